//! The **Roles** tab (P5): what is assigned, where, by whom and when.

use leptos::prelude::*;
use types::Permission;
use types::accounts::{Profile, RoleAssignmentRow};

use super::page::Page;
use super::question::Question;
use crate::admin::users::api::remove_role;
use crate::admin::users::fields::focus_id;
use crate::ui::{ConfirmDialog, EmptyState, Glyph, Moment};

/// What the tab remembers while its rows are loaded anew.
#[derive(Clone, Copy)]
pub struct RolesTab {
    removing: RwSignal<Option<RoleAssignmentRow>>,
    remove: Question,
    pub assigning: RwSignal<bool>,
}

impl RolesTab {
    pub fn new() -> Self {
        Self { removing: RwSignal::new(None), remove: Question::new(), assigning: RwSignal::new(false) }
    }
}

/// `Administrator, Zürich`.
fn described(row: &RoleAssignmentRow) -> String {
    format!("{}, {}", row.role, place(row))
}

fn place(row: &RoleAssignmentRow) -> &str {
    row.organization.as_deref().unwrap_or("Everywhere")
}

pub fn view(page: Page, profile: &Profile, rows: Vec<RoleAssignmentRow>) -> AnyView {
    let may_assign = profile.may(Permission::AssignRoles);
    let assign = may_assign.then(|| {
        view! {
            <button type="button" class="btn btn-sm btn-primary" on:click=move |_| page.roles.assigning.set(true)>
                "+ Assign role"
            </button>
        }
    });
    let body = if rows.is_empty() {
        let text = if may_assign {
            "Assign a role to let this user into the console."
        } else {
            "This user cannot use the console."
        };
        view! { <EmptyState glyph=Glyph::Shield title="No roles" text /> }.into_any()
    } else {
        table(page, rows, may_assign)
    };
    view! {
        <section class="tab" aria-labelledby="tab-title">
            <div class="tab-head">
                <h2 id="tab-title" class="panel-title" tabindex="-1">
                    "Roles"
                </h2>
                <div class="tab-actions">{assign}</div>
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn table(page: Page, rows: Vec<RoleAssignmentRow>, may_assign: bool) -> AnyView {
    let rows = rows.into_iter().map(|row| table_row(page, row, may_assign)).collect_view();
    let head = may_assign.then(|| {
        view! {
            <th scope="col" class="cell-actions">
                <span class="sr-only">"Actions"</span>
            </th>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Roles"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col" class="wide-only">
                            "Assigned by"
                        </th>
                        <th scope="col" class="wide-only">
                            "Assigned"
                        </th>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn table_row(page: Page, row: RoleAssignmentRow, may_assign: bool) -> AnyView {
    let (role, place, assigned_by) = (row.role.clone(), place(&row).to_owned(), row.assigned_by.clone());
    let (assigned_at, removable) = (row.assigned_at, row.removable);
    let label = format!("Remove {}", described(&row));
    let remove = move |_| {
        page.roles.removing.set(Some(row.clone()));
        page.roles.remove.ask();
    };
    let actions = may_assign.then(|| {
        let button = removable.then(|| {
            view! {
                <button type="button" class="btn btn-sm btn-ghost" aria-label=label on:click=remove>
                    "Remove"
                </button>
            }
        });
        view! { <td class="cell-actions">{button}</td> }
    });
    view! {
        <tr>
            <td class="cell-text">{role}</td>
            <td class="cell-text">{place}</td>
            <td class="cell-text wide-only">{assigned_by.unwrap_or_else(|| "–".to_owned())}</td>
            <td class="wide-only">
                <Moment at=assigned_at />
            </td>
            {actions}
        </tr>
    }
    .into_any()
}

pub fn remove_dialog(page: Page) -> AnyView {
    let RolesTab { removing, remove, .. } = page.roles;
    let what = move || removing.with(|row| row.as_ref().map(described).unwrap_or_default());
    let message = Signal::derive(move || {
        format!("{} no longer holds “{}”, and is signed out in every browser.", page.name(), what())
    });
    let on_confirm = Callback::new(move |()| {
        let (Some(id), Some(row)) = (page.id(), removing.get_untracked()) else { return };
        let assignment = row.id;
        remove.answer_proven(
            move || remove_role(id, assignment),
            move |()| {
                page.toasts.success(format!("Removed: {}.", described(&row)));
                page.refresh();
                focus_id("tab-title");
            },
        );
    });
    view! {
        <ConfirmDialog
            open=remove.open
            id="remove-role"
            title="Remove this role?"
            message
            confirm="Remove"
            danger=true
            pending=remove.pending
            error=remove.error
            on_confirm
        />
    }
    .into_any()
}
