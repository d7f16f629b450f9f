//! `/admin/stores/{id}`: the attributes of one store, in the order in which forms show them.

use std::time::Duration;

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use types::attributes::AttributeDefinition;
use types::stores::{AttributeRow, StoreView};
use types::user_list::grouped;
use types::{AttributeId, StoreId};

use super::api::{order_attributes, store_view};
use super::attribute_dialog::{self, AttributeEditor};
use crate::ApiError;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{
    Badge, EmptyState, Glyph, Icon, PageError, Progress, SkeletonLines, Toasts, Tone, deferred, nothing, sign_in_again,
    use_toasts,
};

/// How often a page with work under way asks again.
const POLL: Duration = Duration::from_secs(1);

type Loaded = Resource<Result<StoreView, ApiError>>;

/// What the page's parts share.
#[derive(Clone, Copy)]
struct Page {
    store: Loaded,
    editor: AttributeEditor,
    /// Whether a new order is on its way.
    ordering: RwSignal<bool>,
    toasts: Toasts,
}

/// `/admin/stores/{id}`.
pub fn page() -> AnyView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<StoreId>().ok()));
    let store = resource(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => store_view(id).await,
                None => Err(ApiError::not_found("identity store")),
            }
        },
    );
    poll_while_working(store);
    mark_ready();
    let refetch = Callback::new(move |()| store.refetch());
    let page =
        Page { store, editor: AttributeEditor::new(refetch), ordering: RwSignal::new(false), toasts: use_toasts() };
    let head = move || async move { store.await.map_or_else(|_| nothing(), |view| head(page, &view)) };
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a class="crumb" href="/admin/stores">
                <Icon glyph=Glyph::ChevronLeft />
                "Identity stores"
            </a>
        </nav>
        {deferred(nothing, head)}
        {deferred(
            || view! { <SkeletonLines lines=8 /> }.into_any(),
            move || async move {
                match store.await {
                    Err(error) => view! { <PageError error retry=refetch whole_page=true /> }.into_any(),
                    Ok(view) if view.attributes.is_empty() => no_attributes(page, &view),
                    Ok(view) => table(page, view),
                }
            },
        )}
        {attribute_dialog::view(page.editor)}
    }
    .into_any()
}

fn poll_while_working(store: Loaded) {
    Effect::new(move || {
        let working = store.with(|store| match store {
            Some(Ok(store)) => store.attributes.iter().any(|row| row.work.is_some()),
            _ => false,
        });
        if working && let Ok(timer) = set_timeout_with_handle(move || store.refetch(), POLL) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn head(page: Page, view: &StoreView) -> AnyView {
    let (id, name) = (view.store.id, view.store.name.clone());
    let users = match view.store.accounts {
        None => "Users".to_owned(),
        Some(1) => "1 user".to_owned(),
        Some(count) => format!("{} users", grouped(count)),
    };
    view! {
        <PageTitle text=format!("{name} – Roster") />
        <div class="page-head">
            <h1 class="page-title">{name}</h1>
            <a class="link" href=format!("/admin/users?store={id}")>
                {users}
            </a>
            {view
                .may_manage
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn btn-sm btn-primary page-action"
                            on:click=move |_| page.editor.add(id)
                        >
                            <Icon glyph=Glyph::Plus />
                            "Add attribute"
                        </button>
                    }
                })}
        </div>
        <p class="page-lead muted">
            "E-mail, username, names and phone are there always; these come after them, in forms, lists and files."
        </p>
    }
    .into_any()
}

fn no_attributes(page: Page, view: &StoreView) -> AnyView {
    let (id, may_manage) = (view.store.id, view.may_manage);
    let text = "An attribute is a field of your own: a department, an employee number, the day somebody was hired.";
    view! {
        <EmptyState glyph=Glyph::Edit title="No attributes yet" text>
            {may_manage
                .then(|| {
                    view! {
                        <button type="button" class="btn btn-sm" on:click=move |_| page.editor.add(id)>
                            "Add attribute"
                        </button>
                    }
                })}
        </EmptyState>
    }
    .into_any()
}

fn table(page: Page, view: StoreView) -> AnyView {
    let StoreView { store, attributes, may_manage } = view;
    let order: Vec<_> = attributes.iter().filter(|row| !row.removed).map(|row| row.definition.id).collect();
    let rows = attributes
        .into_iter()
        .map(|attribute| {
            let place = order.iter().position(|id| *id == attribute.definition.id);
            row(page, store.id, attribute, place.filter(|_| may_manage).map(|place| (place, order.clone())), may_manage)
        })
        .collect_view();
    view! {
        <div class="table-frame">
            <table class="table attributes-table">
                <caption class="sr-only">"Attributes, in their order"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Attribute"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Section"</th>
                        <th scope="col">"Rules"</th>
                        <th scope="col">"Console"</th>
                        <th scope="col">"Holder"</th>
                        {may_manage
                            .then(|| {
                                view! {
                                    <th scope="col">
                                        <span class="sr-only">"Actions"</span>
                                    </th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(
    page: Page,
    store: StoreId,
    row: AttributeRow,
    place: Option<(usize, Vec<AttributeId>)>,
    may_manage: bool,
) -> AnyView {
    let AttributeRow { definition, work, removed } = row;
    let label = definition.label.clone();
    let flags = |visible, editable| match (visible, editable) {
        (false, _) => "Hidden",
        (true, false) => "Visible",
        (true, true) => "Editable",
    };
    let rules = [
        (definition.required, Glyph::Alert, "Required"),
        (definition.unique, Glyph::Key, "Unique"),
        (definition.pattern.is_some(), Glyph::Check, "Pattern"),
        (definition.searchable, Glyph::Search, "Searchable"),
    ];
    let rules = rules
        .into_iter()
        .filter(|(holds, ..)| *holds)
        .map(|(_, glyph, text)| view! { <Badge tone=Tone::Neutral glyph text /> })
        .collect_view();
    let under_way = work.map(|work| {
        let what = match removed {
            true => "Clearing the values away",
            false => "Looking at every user",
        };
        view! {
            <p class="attribute-work" role="status">
                {what}
                <Progress label=format!("{what}: {label}") value=work.done most=work.total />
            </p>
        }
    });
    let actions = may_manage.then(|| {
        let buttons = (!removed).then(|| buttons(page, store, &definition, place));
        view! { <td class="cell-actions">{buttons}</td> }
    });
    view! {
        <tr>
            <td class="cell-wrap">
                <span class="attribute-label">{label.clone()}</span>
                <code class="attribute-key">{definition.key.clone()}</code>
                {removed.then(|| view! { <Badge tone=Tone::Warning glyph=Glyph::Trash text="Removed" /> })}
                {under_way}
            </td>
            <td data-label="Type">{definition.kind.label()}</td>
            <td class="cell-wrap" data-label="Section">{definition.section.clone()}</td>
            <td>
                <div class="attribute-rules">{rules}</div>
            </td>
            <td data-label="Console">{flags(definition.console_visible, definition.console_editable)}</td>
            <td data-label="Holder">{flags(definition.holder_visible, definition.holder_editable)}</td>
            {actions}
        </tr>
    }
    .into_any()
}

fn buttons(
    page: Page,
    store: StoreId,
    definition: &AttributeDefinition,
    place: Option<(usize, Vec<AttributeId>)>,
) -> AnyView {
    let label = definition.label.clone();
    let (to_edit, to_remove) = (definition.clone(), definition.clone());
    let moves = place.map(|(at, order)| {
        let up = at.checked_sub(1);
        let down = Some(at + 1).filter(|to| *to < order.len());
        [("up", Glyph::ArrowUp, up), ("down", Glyph::ArrowDown, down)]
            .map(|(way, glyph, to)| {
                let order = order.clone();
                view! {
                    <button
                        type="button"
                        class="btn btn-sm btn-ghost btn-square"
                        aria-label=format!("Move {label} {way}")
                        disabled=move || to.is_none() || page.ordering.get()
                        on:click=move |_| {
                            if let Some(to) = to {
                                let mut order = order.clone();
                                order.swap(at, to);
                                put_in_order(page, store, order);
                            }
                        }
                    >
                        <Icon glyph />
                    </button>
                }
            })
            .into_iter()
            .collect_view()
    });
    view! {
        <div class="cell-buttons">
            {moves}
            <button
                type="button"
                class="btn btn-sm"
                aria-label=format!("Edit {label}")
                on:click=move |_| page.editor.edit(to_edit.clone())
            >
                "Edit"
            </button>
            <button
                type="button"
                class="btn btn-sm"
                aria-label=format!("Remove {label}")
                on:click=move |_| page.editor.ask_to_remove(to_remove.clone())
            >
                "Remove"
            </button>
        </div>
    }
    .into_any()
}

fn put_in_order(page: Page, store: StoreId, order: Vec<AttributeId>) {
    page.ordering.set(true);
    spawn_local(async move {
        match order_attributes(store, order).await {
            Ok(()) => {}
            Err(error) if sign_in_again(&error) => {}
            Err(error) => page.toasts.error(error.to_string()),
        }
        let _ = page.ordering.try_set(false);
        page.store.refetch();
    });
}
