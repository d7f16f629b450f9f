//! **Add user** (A1).

use leptos::prelude::*;

use crate::ui::Dialog;

/// The dialog that adds an account.
#[component]
pub fn AddUserDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open id="add-user" title="Add user" keeps_input=true>
            <p>"…"</p>
        </Dialog>
    }
}
