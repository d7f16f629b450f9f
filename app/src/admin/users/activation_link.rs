//! **Copy activation link** (A17): shown once, to be handed over in another way than by mail.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::AccountId;

use super::api::copy_activation_link;
use crate::admin::proof::use_proof;
use crate::ui::{ConfirmDialog, Dialog, TextField, sign_in_again, use_toasts};

/// Whose link is asked for: id and name.
pub type Whose = RwSignal<Option<(AccountId, String)>>;

/// The question, since the links of earlier mails stop working, and then the link.
#[component]
pub fn ActivationLinkDialogs(whose: Whose, on_done: Callback<()>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let showing = RwSignal::new(false);
    let link = RwSignal::new(String::new());
    let pending = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let toasts = use_toasts();
    let proof = use_proof();
    Effect::new(move || {
        if whose.with(Option::is_some) {
            error.set(None);
            asking.set(true);
        }
    });
    Effect::new(move |was: Option<bool>| {
        let now = asking.get();
        if was == Some(true) && !now {
            whose.set(None);
        }
        now
    });
    // The name stays while the dialog closes.
    let name = Memo::new(move |before: Option<&String>| {
        whose.with(|whose| whose.as_ref().map(|(_, name)| name.clone())).or_else(|| before.cloned()).unwrap_or_default()
    });
    let on_confirm = Callback::new(move |()| {
        let Some((id, _)) = whose.get_untracked() else { return };
        pending.set(true);
        error.set(None);
        spawn_local(async move {
            let made = proof.around(|| copy_activation_link(id)).await;
            let _ = pending.try_set(false);
            match made {
                Ok(made) => {
                    let _ = asking.try_set(false);
                    let _ = link.try_set(made);
                    let _ = showing.try_set(true);
                    on_done.try_run(());
                }
                Err(problem) if sign_in_again(&problem) => {}
                Err(problem) => _ = error.try_set(Some(problem.to_string())),
            }
        });
    });
    let copy = move |_| {
        let clipboard = window().navigator().clipboard();
        // Browsers give it to pages of HTTPS and localhost only.
        if clipboard.is_undefined() {
            toasts.error("This browser does not let the page copy. Select the link and copy it yourself.");
        } else {
            let _ = clipboard.write_text(&link.get_untracked());
            toasts.success("Copied.");
        }
    };
    view! {
        <ConfirmDialog
            open=asking
            id="activation-link-confirm"
            title=Signal::derive(move || format!("Copy activation link of {}?", name.get()))
            message="A new link is made, and those of earlier mails stop working. Whoever has the link can take the account: hand it to nobody else."
            confirm="Make link"
            pending
            error
            on_confirm
        />
        <Dialog open=showing id="activation-link" title="Activation link">
            <TextField
                form="activation-link"
                name="link"
                label="Link"
                hint="It works once, and is shown this once."
                value=link
                autocomplete="off"
            />
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| showing.set(false)>
                    "Close"
                </button>
                <button type="button" class="btn btn-sm btn-primary" autofocus=true on:click=copy>
                    "Copy"
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}
