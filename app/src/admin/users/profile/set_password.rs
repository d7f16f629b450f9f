//! **Set password** (A6): a first password, read out to its holder, who replaces it at once.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::page::Page;
use crate::admin::users::api::set_user_password;
use crate::ui::{Dialog, TextField};

pub fn dialog(page: Page) -> AnyView {
    view! {
        <Dialog
            open=page.set_password.open
            id="set-password"
            title=page.text(|name| format!("Set password of {name}"))
            keeps_input=true
        >
            {move || form(page)}
        </Dialog>
    }
    .into_any()
}

fn form(page: Page) -> AnyView {
    let question = page.set_password;
    let password = RwSignal::new(String::new());
    let must_change = RwSignal::new(true);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(id) = page.id() else { return };
        let (chosen, must_change) = (password.get_untracked(), must_change.get_untracked());
        let work = move || set_user_password(id, chosen.clone(), must_change);
        question.answer_proven(work, move |()| {
            page.toasts.success("Password set. All sessions of the account ended.");
            page.refresh();
        });
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            // Shown as it is typed: it is read out to somebody, and lives until they sign in.
            <TextField
                form="set-password"
                name="password"
                label="New password"
                value=password
                hint="At least 15 characters, or 8 beside a second factor. A few words together are easy to read out."
                error=question.error
                autocomplete="off"
                autofocus=true
            />
            <label class="check">
                <input type="checkbox" class="checkbox checkbox-sm" prop:checked=must_change on:change=move |event| must_change.set(event_target_checked(&event)) />
                "Must change it at the next sign-in"
            </label>
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| question.open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn btn-sm btn-primary" disabled=question.pending>
                    "Set password"
                </button>
            </div>
        </form>
    }
    .into_any()
}
