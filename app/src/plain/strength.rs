//! How strong a new password is, shown while it is typed (S6). Without script there is nothing to see;
//! the rules are the server's either way.

use leptos::prelude::*;

/// Below the input of that id.
#[component]
pub fn PasswordStrength(input: &'static str) -> impl IntoView {
    view! {
        <p class="plain-strength" data-strength-of=input hidden=true>
            <meter min="0" max="4" low="2" high="3" optimum="4" value="0" aria-label="Password strength"></meter>
            <span aria-live="polite"></span>
        </p>
        <script src="/password-strength.js" defer=true></script>
    }
}
