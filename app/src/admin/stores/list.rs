//! `/admin/stores`: every identity store.

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use types::Permission;
use types::stores::StoreRow;
use types::user_list::grouped;

use super::api::list_stores;
use super::dialogs::{self, StoreDialogs};
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{Badge, Glyph, Icon, PageError, SkeletonLines, Tone, deferred, nothing};

type Stores = Resource<Result<Vec<StoreRow>, ApiError>>;

/// `/admin/stores`.
pub fn page() -> AnyView {
    let stores: Stores = resource(|| (), |()| list_stores());
    mark_ready();
    let viewer = use_viewer();
    let dialogs = StoreDialogs::new(Callback::new(move |()| stores.refetch()));
    let retry = Callback::new(move |()| stores.refetch());
    let add = move || async move {
        let may = viewer.await.is_ok_and(|viewer| viewer.may_everywhere(Permission::ManageStores));
        if may { add_button(dialogs) } else { nothing() }
    };
    view! {
        <PageTitle text="Identity stores – Roster" />
        <div class="page-head">
            <h1 class="page-title">"Identity stores"</h1>
            {deferred(nothing, add)}
        </div>
        <p class="page-lead muted">
            "Each is a population of its own: an address can be in several, and each has its own attributes."
        </p>
        {deferred(
            || view! { <SkeletonLines lines=4 /> }.into_any(),
            move || async move {
                let viewer = viewer.await;
                match (stores.await, viewer) {
                    (Err(error), _) | (_, Err(error)) => view! { <PageError error retry /> }.into_any(),
                    (Ok(rows), Ok(viewer)) => {
                        let may_manage = viewer.may_everywhere(Permission::ManageStores);
                        table(dialogs, rows, viewer.may_everywhere(Permission::ViewDirectory), may_manage)
                    }
                }
            },
        )}
        {dialogs::view(dialogs)}
    }
    .into_any()
}

fn add_button(dialogs: StoreDialogs) -> AnyView {
    view! {
        <button type="button" class="btn btn-sm btn-primary page-action" on:click=move |_| dialogs.add()>
            <Icon glyph=Glyph::Plus />
            "Add identity store"
        </button>
    }
    .into_any()
}

fn table(dialogs: StoreDialogs, rows: Vec<StoreRow>, may_open: bool, may_manage: bool) -> AnyView {
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Identity stores"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="number">
                            "Users"
                        </th>
                        <th scope="col" class="number">
                            "Attributes"
                        </th>
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
                <tbody>
                    {rows.into_iter().map(|store| row(dialogs, store, may_open, may_manage)).collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(dialogs: StoreDialogs, store: StoreRow, may_open: bool, may_manage: bool) -> AnyView {
    let name = store.name.clone();
    let title = if may_open {
        view! {
            <a class="row-name" href=format!("/admin/stores/{}", store.id)>
                {name.clone()}
            </a>
        }
        .into_any()
    } else {
        view! { <span class="row-name">{name.clone()}</span> }.into_any()
    };
    let users = view! { <a class="link" href=format!("/admin/users?store={}", store.id)>{store.accounts.map_or_else(|| "Users".to_owned(), grouped)}</a> };
    let actions = may_manage.then(|| {
        let (to_rename, to_delete) = (store.clone(), store.clone());
        view! {
            <td class="cell-actions">
                <div class="cell-buttons">
                    <button
                        type="button"
                        class="btn btn-sm"
                        aria-label=format!("Rename {name}")
                        on:click=move |_| dialogs.rename(to_rename.clone())
                    >
                        "Rename"
                    </button>
                    {(!store.is_default)
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="btn btn-sm"
                                    aria-label=format!("Delete {name}")
                                    on:click=move |_| dialogs.delete(to_delete.clone())
                                >
                                    "Delete"
                                </button>
                            }
                        })}
                </div>
            </td>
        }
    });
    view! {
        <tr>
            <td class="cell-wrap">
                {title}
                {store
                    .is_default
                    .then(|| {
                        view! {
                            " "
                            <Badge tone=Tone::Neutral glyph=Glyph::Check text="Default" />
                        }
                    })}
            </td>
            <td class="number">{users}</td>
            <td class="number">{grouped(store.attributes)}</td>
            {actions}
        </tr>
    }
    .into_any()
}
