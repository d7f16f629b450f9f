//! `/admin/roles`: the built-in roles and those of this installation (D4).

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use types::Permission;
use types::directory::RoleRow;

use super::api::list_roles;
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{Badge, Glyph, Icon, PageError, SkeletonLines, Tone, deferred, nothing};

/// `/admin/roles`.
pub fn page() -> AnyView {
    let roles: Resource<Result<Vec<RoleRow>, ApiError>> = resource(|| (), |()| list_roles());
    mark_ready();
    let viewer = use_viewer();
    let retry = Callback::new(move |()| roles.refetch());
    let create = move || async move {
        let may = viewer.await.is_ok_and(|viewer| viewer.may_everywhere(Permission::ManageRoles));
        if may { create_link() } else { nothing() }
    };
    let content = move || async move {
        match roles.await {
            Err(error) => view! { <PageError error retry /> }.into_any(),
            Ok(rows) => table(rows),
        }
    };
    view! {
        <PageTitle text="Roles – Roster" />
        <div class="page-head">
            <h1 class="page-title">"Roles"</h1>
            {deferred(nothing, create)}
        </div>
        {deferred(|| view! { <SkeletonLines lines=6 /> }.into_any(), content)}
    }
    .into_any()
}

fn create_link() -> AnyView {
    view! {
        <a class="btn btn-sm btn-primary page-action" href="/admin/roles/new">
            <Icon glyph=Glyph::Plus />
            "Create role"
        </a>
    }
    .into_any()
}

fn table(rows: Vec<RoleRow>) -> AnyView {
    let rows = rows
        .into_iter()
        .map(|row| {
            let built_in =
                row.built_in.then(|| view! { <Badge tone=Tone::Neutral glyph=Glyph::Lock text="Built-in" /> });
            let required = row.requires_second_factor.then(|| {
                view! { <Badge tone=Tone::Good glyph=Glyph::Shield text="Second factor" /> }
            });
            view! {
                <tr>
                    <td class="cell-text">
                        <span class="role-name">
                            <a class="row-link" href=format!("/admin/roles/{}", row.id)>
                                {row.name}
                            </a>
                            {built_in}
                            {required}
                        </span>
                    </td>
                    <td class="cell-text muted wide-only">{row.description}</td>
                    <td class="number">{format!("{} of {}", row.permissions.len(), Permission::ALL.len())}</td>
                    <td class="number">{row.holders.to_string()}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Roles"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="wide-only">
                            "Description"
                        </th>
                        <th scope="col" class="number">
                            "Permissions"
                        </th>
                        <th scope="col" class="number">
                            "Held"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
