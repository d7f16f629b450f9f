//! `/admin/groups/{id}` and `/admin/organizations/{id}`: one of them, and its members (D2, D3).

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use types::directory::{MemberPage, Unit, UnitKind, UnitName, UnitView};
use types::user_list::{MatchCount, Position};

use super::address::{self, Asked};
use super::api::{unit_members, view_unit};
use super::members::{self, Members};
use super::unit_form::{self, Editing};
use super::{add_members, delete_unit};
use crate::ApiError;
use crate::admin::users::profile::question::Question;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{Glyph, Icon, Moment, PageError, SearchBox, SkeletonLines, Toasts, deferred, nothing, use_toasts};

pub type Loaded<T> = Resource<Result<T, ApiError>>;

/// `/admin/groups/{id}` and `/admin/organizations/{id}`.
pub fn page(kind: UnitKind) -> AnyView {
    Page::new(kind).view()
}

/// The state of one page.
#[derive(Clone, Copy)]
struct Page {
    kind: UnitKind,
    unit: Memo<Option<Unit>>,
    asked: Memo<Asked>,
    loaded: Loaded<UnitView>,
    members: Loaded<MemberPage>,
}

impl Page {
    fn new(kind: UnitKind) -> Self {
        let params = use_params_map();
        let unit = Memo::new(move |_| {
            let id = params.with(|params| params.get("id"))?;
            match kind {
                UnitKind::Group => id.parse().ok().map(Unit::Group),
                UnitKind::Organization => id.parse().ok().map(Unit::Organization),
            }
        });
        let asked = address::use_asked();
        let missing = move || ApiError::not_found(kind.word());
        Self {
            kind,
            unit,
            asked,
            loaded: resource(move || unit.get(), move |unit| async move { view_unit(unit.ok_or_else(missing)?).await }),
            members: resource(
                move || (unit.get(), asked.get()),
                move |(unit, (q, position))| async move { unit_members(unit.ok_or_else(missing)?, q, position).await },
            ),
        }
    }

    fn view(self) -> AnyView {
        mark_ready();
        let toasts = use_toasts();
        let shown = RwSignal::new(None::<UnitView>);
        let refresh = Callback::new(move |()| {
            self.loaded.refetch();
            self.members.refetch();
        });
        let on_changed = Callback::new(move |()| {
            toasts.success("Saved.");
            refresh.run(());
        });
        let editing = Editing::new(self.kind, Callback::new(|_| {}), on_changed);
        let deleting = Question::new();
        let list = Members::new(shown, refresh, toasts);
        let go = use_navigate();
        let unit = self.unit;
        let search = go.clone();
        let on_search = Callback::new(move |q: String| {
            if let Some(unit) = unit.get_untracked() {
                let here = address::href(&unit.path(), &q, &Position::First);
                search(&here, NavigateOptions { replace: true, scroll: false, ..Default::default() });
            }
        });
        let q = Signal::derive(move || self.asked.with(|(q, _)| q.clone()));
        let head = move || async move {
            match self.loaded.await {
                Err(error) => {
                    view! { <div class="unit-missing"><PageError error retry=refresh whole_page=true /></div> }
                        .into_any()
                }
                Ok(view) => {
                    list.keep_only(&view);
                    shown.set(Some(view.clone()));
                    heading(view, editing, deleting)
                }
            }
        };
        let rows = move || async move {
            match (self.loaded.await, self.members.await) {
                // Said above.
                (Err(_), _) => ().into_any(),
                (_, Err(error)) => view! { <PageError error retry=refresh /> }.into_any(),
                (Ok(view), Ok(page)) => {
                    let (q, _) = self.asked.get_untracked();
                    members::table(list, &view, &q, page)
                }
            }
        };
        let kind = self.kind;
        let gone = Callback::new(move |()| go(kind.path(), NavigateOptions::default()));
        let actions =
            move || async move { self.loaded.await.map_or_else(|_| nothing(), |view| members::actions(list, &view)) };
        view! {
            <nav class="crumbs" aria-label="Breadcrumb">
                <a class="crumb" href=kind.path()>
                    <Icon glyph=Glyph::ChevronLeft />
                    {kind.plural()}
                </a>
            </nav>
            {deferred(|| view! { <SkeletonLines lines=4 /> }.into_any(), head)}
            <section class="tab members" aria-labelledby="members-title">
                <div class="tab-head">
                    <h2 id="members-title" class="panel-title" tabindex="-1">
                        "Members"
                    </h2>
                    {deferred(nothing, actions)}
                </div>
                <SearchBox id="member-search" label="Search members" q on_search />
                {deferred(|| view! { <SkeletonLines lines=8 /> }.into_any(), rows)}
            </section>
            {unit_form::dialog(editing)}
            {delete_unit::dialog(shown, deleting, toasts, gone)}
            {add_members::dialog(list)}
            {members::remove_dialog(list)}
        }
        .into_any()
    }
}

fn heading(unit: UnitView, editing: Editing, deleting: Question) -> AnyView {
    let edit = unit.may_edit.then(|| {
        let unit = unit.clone();
        view! {
            <button type="button" class="btn btn-sm" on:click=move |_| editing.change(&unit)>
                <Icon glyph=Glyph::Edit />
                "Edit"
            </button>
        }
    });
    let delete = unit.may_delete.then(|| {
        view! {
            <button type="button" class="btn btn-sm overview-danger" on:click=move |_| deleting.ask()>
                <Icon glyph=Glyph::Trash />
                "Delete"
            </button>
        }
    });
    let around = (!unit.path.is_empty()).then(|| definition("Inside", unit.path));
    let within = (!unit.children.is_empty()).then(|| definition("Groups in it", unit.children));
    let name = unit.form.name.clone();
    view! {
        <PageTitle text=format!("{name} – Roster") />
        <div class="page-head">
            <h1 class="page-title unit-name">{name.clone()}</h1>
            <div class="tab-actions page-action">{edit} {delete}</div>
        </div>
        <dl class="details-list unit-details">
            {(!unit.form.description.is_empty())
                .then(|| {
                    view! {
                        <dt>"Description"</dt>
                        <dd>{unit.form.description}</dd>
                    }
                })}
            {around}
            {within}
            <dt>"Created"</dt>
            <dd>
                <Moment at=unit.created_at />
            </dd>
        </dl>
    }
    .into_any()
}

fn definition(label: &'static str, units: Vec<UnitName>) -> AnyView {
    let links = units
        .into_iter()
        .map(|group| {
            view! {
                <li>
                    <a class="link" href=group.unit.path()>
                        {group.name}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <dt>{label}</dt>
        <dd>
            <ul class="inline-list">{links}</ul>
        </dd>
    }
    .into_any()
}

/// `12 members`.
pub fn members_text(count: MatchCount) -> String {
    match count {
        MatchCount::Exactly(1) => "1 member".to_owned(),
        count => format!("{count} members"),
    }
}

/// Says what came of adding or removing.
pub fn report(toasts: Toasts, report: types::directory::MemberReport, past: &str) {
    let text = match report.done {
        1 => format!("1 person {past}."),
        count => format!("{count} people {past}."),
    };
    let details = report.skipped.into_iter().map(|(why, count)| format!("{count} left out: {why}")).collect();
    toasts.outcome(report.done == 0, text, details, None, None);
}
