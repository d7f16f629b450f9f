//! **Unlock** (A16) from a row's menu: nothing to lose, so it does not ask.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::AccountId;

use crate::admin::users::api::unlock_user;
use crate::ui::{sign_in_again, use_toasts};

/// Shows nothing. `whose`: id and name; `None` again once it is on its way.
#[component]
pub fn Unlock(whose: RwSignal<Option<(AccountId, String)>>, on_done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    Effect::new(move || {
        let Some((id, name)) = whose.get() else { return };
        whose.set(None);
        spawn_local(async move {
            match unlock_user(id).await {
                Ok(()) => toasts.success(format!("{name} is unlocked.")),
                Err(error) if sign_in_again(&error) => {}
                Err(error) => toasts.error(error.to_string()),
            }
            on_done.try_run(());
        });
    });
}
