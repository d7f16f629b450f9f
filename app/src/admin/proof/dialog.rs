//! **Confirm it's you**: the password, or a passkey.

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::authenticators::ProofWays;

use super::api::{confirm_identity, proof_ways};
use super::{ANSWERED, Proof, begin_renewing};
use crate::ui::{Dialog, Glyph, Icon, TextField, sign_in_again};

const SCRIPT: &str = "/passkey.js";
/// How long somebody may take with their device.
const DEVICE_ANSWERS: Duration = Duration::from_secs(60);

pub fn dialog(proof: Proof) -> AnyView {
    let ways = RwSignal::new(None::<ProofWays>);
    let password = RwSignal::new(String::new());
    let pending = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    Effect::new(move || {
        if !proof.open.get() {
            return;
        }
        password.set(String::new());
        error.set(None);
        spawn_local(async move {
            if let Ok(found) = proof_ways().await {
                if found.passkey {
                    load_script();
                }
                let _ = ways.try_set(Some(found));
            }
        });
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        error.set(None);
        begin_renewing(ANSWERED);
        spawn_local(async move {
            let confirmed = confirm_identity(password.get_untracked()).await;
            let _ = pending.try_set(false);
            begin_renewing(ANSWERED);
            match confirmed {
                Ok(()) => proof.answer(true),
                Err(problem) if sign_in_again(&problem) => {}
                Err(problem) => {
                    let _ = error.try_set(Some(problem.to_string()));
                }
            }
        });
    };
    let email = move || ways.with(|ways| ways.as_ref().map(|ways| ways.email.clone()).unwrap_or_default());
    let passkey = move || ways.with(|ways| ways.as_ref().is_some_and(|ways| ways.passkey)).then(|| passkey_form(proof));
    view! {
        <Dialog open=proof.open id="confirm-identity" title="Confirm it's you" keeps_input=true>
            <p class="dialog-message">
                "You signed in a while ago, and this matters. What you began goes on afterwards."
            </p>
            {passkey}
            <form class="form" on:submit=submit novalidate=true>
                <input type="text" name="username" autocomplete="username" prop:value=email hidden=true readonly=true />
                <TextField
                    form="confirm-identity"
                    name="password"
                    label="Password"
                    value=password
                    error
                    kind="password"
                    autocomplete="current-password"
                    autofocus=true
                />
                <div class="dialog-actions">
                    <button type="button" class="btn btn-sm" on:click=move |_| proof.open.set(false)>
                        "Cancel"
                    </button>
                    <button
                        type="submit"
                        class="btn btn-sm btn-primary"
                        disabled=pending
                        aria-busy=move || pending.get().then_some("true")
                    >
                        "Confirm"
                    </button>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}

/// Answered by the script, which stays on the page and tells when the server has taken the answer.
fn passkey_form(proof: Proof) -> AnyView {
    view! {
        <form
            method="post"
            action="/account/confirm"
            class="form"
            data-passkey="get"
            data-passkey-stays=""
            data-question="/account/confirm/question"
            on:submit=|_| begin_renewing(DEVICE_ANSWERS)
            on:passkeyproven=move |_: web_sys::Event| proof.answer(true)
        >
            <input type="hidden" name="sealed" value="" />
            <input type="hidden" name="response" value="" />
            <p class="form-error" role="alert" data-passkey-problem="" hidden=true></p>
            <button type="submit" class="btn btn-sm">
                <Icon glyph=Glyph::Key />
                "Use your passkey"
            </button>
        </form>
    }
    .into_any()
}

/// Listens for all forms of the document, so once is enough.
fn load_script() {
    let document = document();
    if document.query_selector("script[src='/passkey.js']").ok().flatten().is_some() {
        return;
    }
    if let (Ok(script), Some(body)) = (document.create_element("script"), document.body()) {
        let _ = script.set_attribute("src", SCRIPT);
        let _ = body.append_child(&script);
    }
}
