//! `/admin/groups` and `/admin/organizations`: the lists (D2, D3).

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use types::Permission;
use types::directory::{Unit, UnitKind, UnitPage, UnitRow};
use types::user_list::Position;

use super::address::{self, Asked};
use super::api::list_units;
use super::unit_form::{self, Editing};
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{
    EmptyState, Glyph, Icon, PageError, PageLinks, SearchBox, SkeletonLines, deferred, nothing, use_toasts,
};

type Units = Resource<Result<UnitPage, ApiError>>;

/// `/admin/groups` and `/admin/organizations`.
pub fn page(kind: UnitKind) -> AnyView {
    List::new(kind).view()
}

#[derive(Clone, Copy)]
struct List {
    kind: UnitKind,
    asked: Memo<Asked>,
    units: Units,
}

impl List {
    fn new(kind: UnitKind) -> Self {
        let asked = address::use_asked();
        Self { kind, asked, units: resource(move || asked.get(), move |(q, position)| list_units(kind, q, position)) }
    }

    fn view(self) -> AnyView {
        let Self { kind, asked, units } = self;
        mark_ready();
        let viewer = use_viewer();
        let toasts = use_toasts();
        let go = use_navigate();
        let open = go.clone();
        let on_saved = Callback::new(move |unit: Unit| {
            toasts.success(format!("{} created.", capital(kind)));
            open(&unit.path(), NavigateOptions::default());
        });
        let editing = Editing::new(kind, on_saved, Callback::new(|()| {}));
        let on_search = Callback::new(move |q: String| {
            let here = address::href(kind.path(), &q, &Position::First);
            go(&here, NavigateOptions { replace: true, scroll: false, ..Default::default() });
        });
        let q = Signal::derive(move || asked.with(|(q, _)| q.clone()));
        let create = move || async move {
            let may = viewer.await.is_ok_and(|viewer| viewer.may_everywhere(Permission::ManageDirectory));
            if may { create_button(editing) } else { nothing() }
        };
        let retry = Callback::new(move |()| units.refetch());
        let content = move || async move {
            match units.await {
                Err(error) => view! { <PageError error retry /> }.into_any(),
                Ok(page) if page.rows.is_empty() => empty(kind, asked),
                Ok(page) => table(kind, asked, page),
            }
        };
        view! {
            <PageTitle text=format!("{} – Roster", kind.plural()) />
            <div class="page-head">
                <h1 class="page-title">{kind.plural()}</h1>
                {deferred(nothing, create)}
            </div>
            <SearchBox id="unit-search" label=search_label(kind) q on_search action=kind.path() />
            {deferred(|| view! { <SkeletonLines lines=8 /> }.into_any(), content)}
            {unit_form::dialog(editing)}
        }
        .into_any()
    }
}

/// `Group`, at the beginning of a sentence.
pub fn capital(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Group => "Group",
        UnitKind::Organization => "Organization",
    }
}

fn search_label(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Group => "Search groups",
        UnitKind::Organization => "Search organizations",
    }
}

fn create_button(editing: Editing) -> AnyView {
    view! {
        <button type="button" class="btn btn-sm btn-primary page-action" on:click=move |_| editing.create()>
            <Icon glyph=Glyph::Plus />
            {format!("Create {}", editing.kind.word())}
        </button>
    }
    .into_any()
}

fn empty(kind: UnitKind, asked: Memo<Asked>) -> AnyView {
    let (q, position) = asked.get_untracked();
    if q.is_empty() && position == Position::First {
        let (title, text) = match kind {
            UnitKind::Group => ("No groups yet", "A group gathers people who need the same applications."),
            UnitKind::Organization => ("No organizations yet", "An organization can have staff of its own."),
        };
        return view! { <EmptyState glyph=Glyph::Building title text /> }.into_any();
    }
    view! {
        <EmptyState glyph=Glyph::Search title=format!("No {}s match", kind.word()) text="Try fewer letters.">
            <a class="btn btn-sm" href=kind.path()>
                "Clear search"
            </a>
        </EmptyState>
    }
    .into_any()
}

fn table(kind: UnitKind, asked: Memo<Asked>, page: UnitPage) -> AnyView {
    let q = asked.with_untracked(|(q, _)| q.clone());
    let links = address::links(kind.path(), &q, page.before.as_ref(), page.after.as_ref());
    let paged = page.before.is_some() || page.after.is_some();
    let text = format!("{} shown", page.rows.len());
    let inside = (kind == UnitKind::Group).then(|| {
        view! {
            <th scope="col" class="wide-only">
                "Inside"
            </th>
        }
    });
    let rows = page.rows.into_iter().map(row).collect_view();
    view! {
        <div class="list">
            <div class="table-frame">
                <table class="table units-table">
                    <caption class="sr-only">{kind.plural()}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            {inside}
                            <th scope="col" class="wide-only">
                                "Description"
                            </th>
                            <th scope="col" class="number">
                                "Members"
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {paged.then(|| view! { <PageLinks links text /> })}
        </div>
    }
    .into_any()
}

fn row(row: UnitRow) -> AnyView {
    let inside = (row.unit.kind() == UnitKind::Group)
        .then(|| view! { <td class="cell-text muted wide-only">{row.parent.unwrap_or_default()}</td> });
    view! {
        <tr>
            <td class="cell-text">
                <a class="row-link" href=row.unit.path()>
                    {row.name}
                </a>
                {row.store.map(|store| view! { <span class="muted">{format!(" in {store}")}</span> })}
            </td>
            {inside}
            <td class="cell-text muted wide-only">{row.description}</td>
            <td class="number">{row.members.to_string()}</td>
        </tr>
    }
    .into_any()
}
