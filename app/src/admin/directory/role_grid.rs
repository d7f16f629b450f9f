//! The permissions of a role, as a grid of boxes by what they are about.

use leptos::prelude::*;
use types::Permission;

/// The parts of the grid, in order.
const SECTIONS: [&str; 4] = ["People", "Credentials and sessions", "Groups, organizations and roles", "Installation"];

/// Which part a permission belongs to; what nobody has placed is about the installation.
fn section(permission: Permission) -> &'static str {
    use Permission::*;
    match permission {
        ViewUsers | CreateUsers | EditUsers | ExportUsers | DisableUsers | DeleteUsers | UnlockUsers
        | ManageDevices | ImpersonateUsers | ViewEvents => SECTIONS[0],
        SetPasswords | EndSessions | ManageAuthenticators | GenerateBackupCodes | RemoveIdentities | SendMails
        | CopyActivationLinks => SECTIONS[1],
        ManageMemberships | AssignRoles | ViewDirectory | ManageDirectory | ManageRoles => SECTIONS[2],
        _ => SECTIONS[3],
    }
}

/// Boxes for `permissions`; those that the reader does not hold cannot be changed.
pub fn grid(ticked: RwSignal<Vec<Permission>>, grantable: &[Permission], read_only: bool) -> AnyView {
    let sections = SECTIONS
        .into_iter()
        .map(|name| {
            let boxes = Permission::ALL
                .iter()
                .copied()
                .filter(|permission| section(*permission) == name)
                .map(|permission| one(ticked, permission, read_only || !grantable.contains(&permission), read_only))
                .collect_view();
            view! {
                <fieldset class="permission-section">
                    <legend class="field-label">{name}</legend>
                    {boxes}
                </fieldset>
            }
        })
        .collect_view();
    view! { <div class="permission-grid">{sections}</div> }.into_any()
}

fn one(ticked: RwSignal<Vec<Permission>>, permission: Permission, disabled: bool, read_only: bool) -> AnyView {
    let toggle = move |_| {
        ticked.update(|ticked| match ticked.iter().position(|one| *one == permission) {
            Some(at) => {
                ticked.remove(at);
            }
            None => ticked.push(permission),
        });
    };
    let why = (disabled && !read_only).then(|| view! { <span class="muted">" (you do not hold it)"</span> });
    view! {
        <label class="check">
            <input
                type="checkbox"
                class="checkbox checkbox-sm"
                autocomplete="off"
                disabled=disabled
                checked=ticked.with_untracked(|ticked| ticked.contains(&permission))
                prop:checked=move || ticked.with(|ticked| ticked.contains(&permission))
                on:change=toggle
            />
            <span>{permission.label()} {why}</span>
        </label>
    }
    .into_any()
}
