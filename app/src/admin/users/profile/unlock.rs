//! **Unlock** (A16): nothing to lose, so it does not ask.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::AccountId;

use super::page::Page;
use crate::admin::users::api::unlock_user;
use crate::ui::{Glyph, Icon};

pub fn button(page: Page, id: AccountId) -> AnyView {
    let unlock = move |_| {
        page.unlocking.set(true);
        spawn_local(async move {
            let unlocked = unlock_user(id).await;
            let _ = page.unlocking.try_set(false);
            match unlocked {
                Ok(()) => page.toasts.success("Unlocked."),
                Err(error) => page.failed(&error),
            }
            page.refresh();
        });
    };
    view! {
        <button type="button" class="btn btn-sm" disabled=page.unlocking on:click=unlock>
            <Icon glyph=Glyph::Unlock />
            "Unlock"
        </button>
    }
    .into_any()
}
