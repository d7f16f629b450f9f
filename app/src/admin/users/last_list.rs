//! How the list looked when it was left, so that **Users** on a profile leads back to it (U8), and who
//! was selected there (U11).

use leptos::prelude::*;
use types::user_list::Filter;
use types::{AccountId, bulk};

use crate::ui::selection::Selection;

pub type UserSelection = Selection<AccountId, Filter>;

/// Makes the selection; the console's frame calls this once, so that it outlives the list's page.
pub fn provide_selection() {
    provide_context(RwSignal::new(UserSelection::default()));
}

/// Who is selected.
pub fn selection() -> RwSignal<UserSelection> {
    use_context().unwrap_or_else(|| RwSignal::new(UserSelection::default()))
}

/// Whom that is: also everybody whom a filter matches that the list does not show any more.
pub fn whom(selection: &UserSelection) -> bulk::Selection {
    match selection.matching() {
        Some(filter) => bulk::Selection::Matching(filter.clone()),
        None => bulk::Selection::Accounts(selection.ids().collect()),
    }
}

const LIST: &str = "/admin/users";
const KEY: &str = "roster.users";

/// Keeps an address of the list for this browser tab; nothing on the server.
pub fn remember(address: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(KEY, address);
    }
}

/// Keeps the address in the browser's bar when it is the list's: for a page that is being gone to
/// by a link, since the router changes the bar only once the page is there.
pub fn remember_left() {
    if !cfg!(target_arch = "wasm32") {
        return;
    }
    let location = window().location();
    if location.pathname().is_ok_and(|path| path == LIST) {
        remember(&format!("{LIST}{}", location.search().unwrap_or_default()));
    }
}

/// Where the list goes on: as it was left, or from its beginning.
pub fn address() -> String {
    storage()
        .and_then(|storage| storage.get_item(KEY).ok().flatten())
        .filter(|address| address.starts_with(LIST))
        .unwrap_or_else(|| LIST.to_owned())
}

fn storage() -> Option<web_sys::Storage> {
    if cfg!(target_arch = "wasm32") { window().session_storage().ok().flatten() } else { None }
}
