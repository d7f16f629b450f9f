//! The table: one listener and one menu for all rows, so that 200 of them stay quick.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use types::accounts::StatusLabel;
use types::bulk::{self, BulkAction};
use types::sessions::Viewer;
use types::user_list::{Direction, ListColumn, ListState, UserRow};
use types::{AccountId, Permission};
use web_sys::Element;

use super::{List, address, columns, keyboard};
use crate::admin::users::bulk::Request;
use crate::admin::users::profile::{ASSIGN_GROUPS, BACKUP_CODE, DEVICE_LIMIT, SET_PASSWORD};
use crate::ui::menu::toggle_menu;
use crate::ui::selection::PageState;
use crate::ui::{Glyph, Icon, Menu, MenuItem, SortHeader};

/// What the id of a row's menu button begins with; the account's id follows.
const ACTIONS: &str = "actions-";

/// The columns that are shown, and what the store's own attributes among them are called.
pub type Shown = (Vec<ListColumn>, BTreeMap<String, String>);

/// The rows that were loaded for `state`.
pub fn table(list: List, state: &ListState, shown: &Shown, rows: Vec<UserRow>) -> AnyView {
    let q = state.filter.q.as_str();
    // Shared by the rows, and theirs as long as they are on the screen: nothing reactive is needed.
    let filter = Arc::new(state.filter.clone());
    let ids: Arc<[AccountId]> = rows.iter().map(|row| row.id).collect();
    let page_state = {
        let (ids, filter) = (Arc::clone(&ids), Arc::clone(&filter));
        Memo::new(move |_| list.selection.with(|selection| selection.page_state(&ids, &filter)))
    };
    let (shown, labels) = shown;
    let heads = shown.iter().map(|column| head(list, column, labels)).collect_view();
    let rows = rows
        .into_iter()
        .map(|row| {
            let (id, filter) = (row.id, Arc::clone(&filter));
            table_row(&row, shown, q, move || list.selection.with(|selection| selection.contains(id, &filter)))
        })
        .collect_view();
    let select_page = move |_| list.selection.update(|selection| selection.toggle_page(&ids, &filter));

    view! {
        <div class="table-frame">
            <table class="table users-table">
                <caption class="sr-only">"Users"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="cell-select">
                            <input
                                type="checkbox"
                                class="checkbox checkbox-sm"
                                aria-label="Select all on this page"
                                autocomplete="off"
                                prop:checked=move || page_state.get() == PageState::All
                                prop:indeterminate=move || page_state.get() == PageState::Some
                                on:change=select_page
                            />
                        </th>
                        {heads}
                        <th scope="col" class="cell-actions">
                            <span class="sr-only">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody
                    on:click=move |event| clicked(list, &event)
                    on:keydown=move |event| keyboard::in_row(list, &event)
                >
                    {rows}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The one menu of all rows.
pub fn row_menu(list: List, viewer: &Viewer) -> AnyView {
    let viewer = viewer.clone();
    let items = Callback::new(move |()| menu_items(list, &viewer));
    let label = Signal::derive(move || {
        let name = list.menu.with(|opener| row_of_button(list, opener.as_deref()?).map(|row| row.name));
        name.map_or_else(|| "Actions".to_owned(), |name| format!("Actions for {name}"))
    });
    view! { <Menu anchor=list.menu id="row-menu" label items /> }.into_any()
}

fn head(list: List, column: &ListColumn, labels: &BTreeMap<String, String>) -> AnyView {
    let label = match column {
        ListColumn::Attribute(key) => labels.get(key).map_or(key.as_str(), String::as_str),
        built_in => built_in.label(),
    };
    let class = columns::class(column);
    let label = label.to_owned();
    let Some(key) = columns::sort_key(column) else {
        return view! {
            <th scope="col" class=class title=label.clone()>
                {label.clone()}
            </th>
        }
        .into_any();
    };
    let href = Signal::derive(move || {
        list.state.with(|state| {
            address::href_with(state, |next| {
                next.dir = if state.sort == key { state.dir.reversed() } else { Direction::Ascending };
                next.sort = key;
            })
        })
    });
    let ascending = Signal::derive(move || {
        list.state.with(|state| (state.sort == key).then_some(state.dir == Direction::Ascending))
    });
    view! { <SortHeader label href ascending class /> }.into_any()
}

fn table_row(
    row: &UserRow,
    shown: &[ListColumn],
    q: &str,
    checked: impl Fn() -> bool + Send + Sync + 'static,
) -> AnyView {
    let cells = shown
        .iter()
        .map(|column| view! { <td class=columns::class(column)>{columns::cell(column, row, q)}</td> })
        .collect_view();
    view! {
        <tr data-id=row.id.to_string()>
            <td class="cell-select">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    aria-label=format!("Select {}", row.name)
                    autocomplete="off"
                    prop:checked=checked
                />
            </td>
            {cells}
            <td class="cell-actions">
                <button
                    type="button"
                    id=format!("{ACTIONS}{}", row.id)
                    class="btn btn-ghost btn-square btn-sm row-menu"
                    aria-label=format!("Actions for {}", row.name)
                    aria-haspopup="menu"
                    aria-expanded="false"
                >
                    <Icon glyph=Glyph::Dots />
                </button>
            </td>
        </tr>
    }
    .into_any()
}

/// The account of the row around an element.
pub fn account_of(element: &Element) -> Option<AccountId> {
    element.closest("tr[data-id]").ok()??.get_attribute("data-id")?.parse().ok()
}

fn inside(element: &Element, selector: &str) -> Option<Element> {
    element.closest(selector).ok().flatten()
}

fn clicked(list: List, event: &MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Some(id) = account_of(&target) else { return };
    if target.matches("input[type=checkbox]").unwrap_or(false) {
        list.toggle(id, event.shift_key());
    } else if let Some(button) = inside(&target, ".row-menu") {
        toggle_menu(list.menu, &button.id());
    } else if inside(&target, "a, .cell-select, .cell-actions").is_none() && !selects_text() {
        // A click beside the link means the same as on it.
        list.open_profile(id);
    }
}

/// Whether the mouse was dragged over text to copy it.
fn selects_text() -> bool {
    window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed())
}

fn row_of_button(list: List, button: &str) -> Option<UserRow> {
    let id: AccountId = button.strip_prefix(ACTIONS)?.parse().ok()?;
    list.rows.with_value(|rows| rows.iter().find(|row| row.id == id).cloned())
}

fn menu_items(list: List, viewer: &Viewer) -> Vec<MenuItem> {
    let Some(row) = list.menu.with_untracked(|opener| row_of_button(list, opener.as_deref()?)) else {
        return Vec::new();
    };
    let id = row.id;
    let (disabled, has_factor) = (row.is_disabled(), row.second_factor.is_some());
    let onboarded = row.labels.contains(&StatusLabel::Onboarded);
    let locked = row.labels.contains(&StatusLabel::Locked);
    let name = row.name.clone();
    let ask = move |action| {
        let row = row.clone();
        move || {
            list.request.set(Some(Request {
                action,
                store: list.state.with_untracked(|state| state.filter.store),
                selection: bulk::Selection::Accounts(vec![row.id]),
                count: 1,
                names: vec![row.name.clone()],
                whom: Some(row.name.clone()),
            }));
        }
    };
    // Where one is asked for an account.
    let about = move |whose: RwSignal<Option<(AccountId, String)>>| {
        let name = name.clone();
        move || whose.set(Some((id, name.clone())))
    };
    // A tab of the profile, with the dialog that opens there.
    let go = move |tab: &'static str, dialog: &'static str| {
        move || list.go(format!("/admin/users/{id}/{tab}{dialog}"), false)
    };
    let may = |permission| viewer.may(permission);
    // What nobody does to themselves.
    let may_others = |permission| viewer.may(permission) && viewer.id != id;
    let label = if may(Permission::EditUsers) { "Edit" } else { "View" };
    let mut items = vec![
        MenuItem::new(label, Glyph::Edit, go("attributes", "")),
        MenuItem::new("View groups", Glyph::Group, go("groups", "")),
        MenuItem::new("All active sessions", Glyph::Monitor, go("sessions", "")),
    ];
    let mut offer = |offered: bool, item: MenuItem| {
        if offered {
            items.push(item);
        }
    };
    let assign = MenuItem::new("Assign groups", Glyph::Plus, go("groups", ASSIGN_GROUPS));
    offer(may(Permission::ManageMemberships), assign);
    offer(locked && may(Permission::UnlockUsers), MenuItem::new("Unlock", Glyph::Unlock, about(list.unlocking)));
    let enable = MenuItem::new("Enable user", Glyph::Check, ask(BulkAction::Enable));
    offer(disabled && may(Permission::DisableUsers), enable);
    let disable = MenuItem::new("Disable user", Glyph::Ban, ask(BulkAction::Disable));
    offer(!disabled && may_others(Permission::DisableUsers), disable);
    let mails = !disabled && may_others(Permission::SendMails);
    offer(mails && onboarded, MenuItem::new("Password reset", Glyph::Key, ask(BulkAction::SendPasswordReset)));
    offer(mails && onboarded, MenuItem::new("Send welcome mail", Glyph::Mail, ask(BulkAction::SendWelcome)));
    offer(mails && !onboarded, MenuItem::new("Send activation mail", Glyph::Mail, ask(BulkAction::SendActivation)));
    let link = MenuItem::new("Copy activation link", Glyph::Copy, about(list.activation_link));
    offer(may(Permission::CopyActivationLinks) && !onboarded && !disabled, link);
    let passwords = may_others(Permission::SetPasswords);
    offer(passwords, MenuItem::new("Set password", Glyph::Key, go("authenticators", SET_PASSWORD)));
    let expiry = MenuItem::new("Set password expiry", Glyph::Clock, ask(BulkAction::SetPasswordExpiry));
    offer(passwords && onboarded, expiry);
    let change = MenuItem::new("Change second factor", Glyph::Shield, about(list.second_factor));
    offer(may(Permission::ManageAuthenticators), change);
    let reset = MenuItem::new("Reset user MFA", Glyph::Undo, ask(BulkAction::ResetMfa));
    offer(may_others(Permission::ManageAuthenticators), reset);
    let backup = MenuItem::new("Generate backup code", Glyph::Key, go("authenticators", BACKUP_CODE));
    offer(may_others(Permission::GenerateBackupCodes) && viewer.one_time_codes && has_factor, backup);
    let limit = MenuItem::new("Update device limit", Glyph::Monitor, go("devices", DEVICE_LIMIT));
    offer(may(Permission::ManageDevices), limit);
    let impersonate = MenuItem::new("Impersonate user", Glyph::User, move || {
        // Not a page of the console.
        let _ = window().location().assign(&format!("/admin/users/{id}/impersonate"));
    });
    offer(may_others(Permission::ImpersonateUsers) && onboarded && !disabled, impersonate);
    let remove = MenuItem::new("Remove user identity", Glyph::Unlock, ask(BulkAction::RemoveIdentity)).danger();
    offer(may_others(Permission::RemoveIdentities) && onboarded, remove);
    let delete = MenuItem::new("Delete", Glyph::Trash, ask(BulkAction::Delete)).danger();
    offer(may_others(Permission::DeleteUsers), delete);
    items
}
