//! `/admin/users/recycle-bin`: who was deleted, **Restore**, **Delete permanently** (U15).

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use types::bulk::{BulkAction, Selection};
use types::recycle_bin::{DeletedUser, RecycleBinPage};
use types::user_list::grouped;
use types::{AccountId, Permission, StoreId};

use super::api::recycle_bin;
use super::bulk::{BulkDialogs, Request};
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{BulkBar, Choice, EmptyState, Glyph, Icon, Moment, PageError, SkeletonLines, deferred};

const PATH: &str = "/admin/users/recycle-bin";

type Pages = Resource<Result<RecycleBinPage, ApiError>>;

/// Whose recycle bin (`None`: the default store's), and the page before.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    store: Option<StoreId>,
    older: Option<String>,
}

impl Asked {
    fn href(&self, older: Option<String>) -> String {
        let store = self.store.map(|store| format!("store={store}"));
        let pairs: Vec<_> = store.into_iter().chain(older.map(|older| format!("older={older}"))).collect();
        if pairs.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", pairs.join("&")) }
    }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Bin {
    asked: Memo<Asked>,
    pages: Pages,
    rows: RwSignal<Vec<DeletedUser>>,
    selected: RwSignal<Vec<AccountId>>,
    request: RwSignal<Option<Request>>,
}

impl Bin {
    fn ask(self, action: BulkAction, ids: Vec<AccountId>) {
        let names: Vec<_> = self.rows.with_untracked(|rows| {
            rows.iter().filter(|row| ids.contains(&row.id)).map(|row| row.name.clone()).collect()
        });
        let whom = (ids.len() == 1).then(|| names.first().cloned()).flatten();
        let count = ids.len() as i64;
        let names = names.into_iter().take(3).collect();
        let store = self.asked.with_untracked(|asked| asked.store);
        let selection = Selection::Accounts(ids);
        self.request.set(Some(Request { action, store, selection, count, names, whom }));
    }
}

/// `/admin/users/recycle-bin`.
pub fn page() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query
            .with(|query| Asked { store: query.get("store").and_then(|id| id.parse().ok()), older: query.get("older") })
    });
    let pages: Pages = resource(move || asked.get(), |Asked { store, older }| recycle_bin(store, older));
    mark_ready();
    let bin = Bin {
        asked,
        pages,
        rows: RwSignal::new(Vec::new()),
        selected: RwSignal::new(Vec::new()),
        request: RwSignal::new(None),
    };
    let viewer = use_viewer();
    let on_done = Callback::new(move |_| {
        bin.selected.set(Vec::new());
        bin.pages.refetch();
    });
    let content = move || async move {
        let may = viewer.await.is_ok_and(|viewer| viewer.may(Permission::DeleteUsers));
        match pages.await {
            Err(error) => {
                let retry = Callback::new(move |()| pages.refetch());
                view! { <PageError error retry /> }.into_any()
            }
            Ok(page) if page.rows.is_empty() => {
                bin.rows.set(Vec::new());
                nobody(&asked.get_untracked(), page.wait_days)
            }
            Ok(page) => {
                bin.rows.set(page.rows.clone());
                table(bin, &asked.get_untracked(), may, page)
            }
        }
    };
    view! {
        <PageTitle text="Recycle bin – Roster" />
        <nav class="crumbs" aria-label="Breadcrumb">
            <a class="crumb" href="/admin/users">
                <Icon glyph=Glyph::ChevronLeft />
                "Users"
            </a>
        </nav>
        <div class="page-head">
            <h1 class="page-title">"Recycle bin"</h1>
        </div>
        {deferred(|| view! { <SkeletonLines lines=6 /> }.into_any(), content)}
        {bar(bin)}
        <BulkDialogs request=bin.request on_done />
    }
    .into_any()
}

fn about(wait_days: i64) -> String {
    match wait_days {
        0 => "Whoever is deleted is gone at once.".into(),
        1 => "Whoever is deleted waits here for a day, then nothing is left of them.".into(),
        days => format!("Whoever is deleted waits here for {days} days, then nothing is left of them."),
    }
}

fn nobody(asked: &Asked, wait_days: i64) -> AnyView {
    let text = about(wait_days);
    let is_later_page = asked.older.is_some();
    let href = if is_later_page { asked.href(None) } else { "/admin/users".to_owned() };
    view! {
        <EmptyState glyph=Glyph::Trash title="The recycle bin is empty" text=text>
            <a class="btn btn-sm" href=href>
                {if is_later_page { "To the first page" } else { "Go to users" }}
            </a>
        </EmptyState>
    }
    .into_any()
}

fn table(bin: Bin, asked: &Asked, may: bool, page: RecycleBinPage) -> AnyView {
    let count = match (page.count, page.more_than_counted) {
        (count, true) => format!("More than {} deleted users. ", grouped(count)),
        (1, false) => "1 deleted user. ".to_owned(),
        (count, false) => format!("{} deleted users. ", grouped(count)),
    };
    let ids: Vec<_> = page.rows.iter().map(|row| row.id).collect();
    let all = StoredValue::new(ids);
    let whole = move || bin.selected.with(|selected| all.with_value(|all| all.iter().all(|id| selected.contains(id))));
    let head = may.then(|| {
        view! {
            <th scope="col" class="cell-select">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    aria-label="Select all on this page"
                    autocomplete="off"
                    prop:checked=whole
                    on:change=move |event| {
                        let ids = if event_target_checked(&event) { all.get_value() } else { Vec::new() };
                        bin.selected.set(ids);
                    }
                />
            </th>
        }
    });
    let rows = page.rows.into_iter().map(|user| row(bin, may, user)).collect_view();
    let first = asked.older.is_some().then(|| {
        view! {
            <a class="btn btn-sm" href=asked.href(None)>
                "Newest"
            </a>
        }
    });
    let older = page.older.map(|older| {
        view! {
            <a class="btn btn-sm" href=asked.href(Some(older))>
                "Older"
            </a>
        }
    });
    view! {
        <p class="muted">{count} {about(page.wait_days)}</p>
        <div class="table-frame">
            <table class="table bin-table">
                <caption class="sr-only">"Deleted users, the latest first"</caption>
                <thead>
                    <tr>
                        {head} <th scope="col">"Name"</th> <th scope="col">"Email"</th> <th scope="col">"Deleted"</th>
                        <th scope="col">"By"</th> <th scope="col">"Gone for good"</th>
                        <th scope="col">
                            <span class="sr-only">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <nav class="bin-pages" aria-label="Pages">
            {first}
            {older}
        </nav>
    }
    .into_any()
}

fn row(bin: Bin, may: bool, user: DeletedUser) -> AnyView {
    let id = user.id;
    let select = may.then(|| {
        view! {
            <td class="cell-select">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    aria-label=format!("Select {}", user.name)
                    autocomplete="off"
                    prop:checked=move || bin.selected.with(|selected| selected.contains(&id))
                    on:change=move |event| {
                        bin.selected
                            .update(|selected| {
                                selected.retain(|one| *one != id);
                                if event_target_checked(&event) {
                                    selected.push(id);
                                }
                            });
                    }
                />
            </td>
        }
    });
    let button = |action: BulkAction, danger: bool| {
        view! {
            <button
                type="button"
                class=if danger { "btn btn-sm btn-ghost overview-danger" } else { "btn btn-sm" }
                aria-label=format!("{}: {}", action.label(), user.name)
                on:click=move |_| bin.ask(action, vec![id])
            >
                {action.label()}
            </button>
        }
        .into_any()
    };
    let actions = may.then(|| (button(BulkAction::Restore, false), button(BulkAction::Purge, true)));
    view! {
        <tr>
            {select} <td class="cell-name">{user.name.clone()}</td> <td class="cell-email">{user.email}</td>
            <td data-label="Deleted">
                <Moment at=user.deleted_at />
            </td> <td>{user.deleted_by.unwrap_or_default()}</td>
            <td data-label="Gone for good">
                <Moment at=user.purged_at />
            </td>
            <td class="cell-actions">
                <div class="row-buttons">{actions}</div>
            </td>
        </tr>
    }
    .into_any()
}

fn bar(bin: Bin) -> AnyView {
    let any = Memo::new(move |_| bin.selected.with(|selected| !selected.is_empty()));
    let text = Signal::derive(move || format!("{} selected", grouped(bin.selected.with(Vec::len) as i64)));
    let choices: Vec<_> = [BulkAction::Restore, BulkAction::Purge]
        .iter()
        .map(|action| Choice::new(action.key(), action.label()))
        .collect();
    let on_apply = Callback::new(move |key: String| {
        if let Some(action) = BulkAction::from_key(&key) {
            bin.ask(action, bin.selected.get_untracked());
        }
    });
    let on_clear = Callback::new(move |()| bin.selected.set(Vec::new()));
    let bar = move || {
        let choices = choices.clone();
        any.get().then(|| view! { <BulkBar text choices on_apply on_clear /> })
    };
    bar.into_any()
}
