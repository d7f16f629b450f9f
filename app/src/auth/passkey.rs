//! The part of a page that asks the device for a passkey. Without script it is not there.

use leptos::prelude::*;

use crate::ui::{Glyph, Icon};

/// A form whose button asks the device; `public/passkey.js` shows it where there are passkeys.
#[component]
pub fn PasskeyForm(
    #[prop(into)] action: String,
    /// Where what the device is asked comes from.
    question: &'static str,
    /// Whether a new passkey is made.
    #[prop(optional)]
    creates: bool,
    /// Whether the browser offers passkeys beside the name too.
    #[prop(optional)]
    offers: bool,
    /// The address that passkeys work at: on a page that was opened at another one the script leads there.
    #[prop(optional_no_strip)]
    address: Option<String>,
    /// What the button says.
    submit: &'static str,
    #[prop(optional)] is_primary: bool,
    /// What was wrong with the last answer.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// Other fields.
    children: Children,
) -> impl IntoView {
    let kind = if creates { "create" } else { "get" };
    let class = if is_primary { "btn btn-primary" } else { "btn" };
    let class = format!("{class} plain-button plain-button-wide");
    let is_wrong = error.is_some();
    view! {
        <form
            method="post"
            action=action
            class="plain-form passkey-form"
            data-passkey=kind
            data-question=question
            data-passkey-address=address
            data-passkey-offer=offers.then_some("")
            hidden=true
        >
            <input type="hidden" name="sealed" value="" />
            <input type="hidden" name="response" value="" />
            {children()}
            <p class="plain-error" role="alert" data-passkey-problem="" hidden=true></p>
            {error.map(|error| view! { <p class="plain-error" id="field-passkey-error">{error}</p> })}
            <button
                type="submit"
                id="field-passkey"
                class=class
                aria-describedby=is_wrong.then_some("field-passkey-error")
            >
                <Icon glyph=Glyph::Key />
                {submit}
            </button>
        </form>
        <script src="/passkey.js" defer=true></script>
    }
}

/// What is said where there is no other way on the page, until the script has found passkeys.
#[component]
pub fn WithoutPasskeys() -> impl IntoView {
    view! {
        <p class="plain-hint" data-without-passkeys="">
            "Passkeys need JavaScript, and a browser that has them."
        </p>
    }
}
