//! A forced step of signing in: staff set the password, its holder chooses another.

use leptos::prelude::*;

use super::setup::PASSWORD_HINT;
use crate::plain::{Card, Heading, PasswordStrength, PlainField, Problem, ProblemSummary, Site, document};

/// What a new password must be beside a second factor.
pub const SHORT_PASSWORD_HINT: &str = "At least 8 characters. A few words together are easy to remember.";

/// Which of the two hints is true.
pub fn password_hint(has_second_factor: bool) -> &'static str {
    if has_second_factor { SHORT_PASSWORD_HINT } else { PASSWORD_HINT }
}

/// What the page shows; no password is in it.
#[derive(Clone, Debug)]
pub struct NewPasswordView {
    /// Which sign-in the form belongs to.
    pub sign_in: String,
    /// For password managers, which keep the new password under this name.
    pub email: String,
    pub has_second_factor: bool,
    pub problem: Problem,
}

pub fn new_password_page(site: &Site, view: NewPasswordView) -> String {
    document(site, Heading::failed_if("Choose a new password", !view.problem.is_none()), || form(view))
}

fn form(view: NewPasswordView) -> impl IntoView {
    let NewPasswordView { sign_in, email, has_second_factor, problem } = view;
    let first_time = problem.is_none();
    let lead = "Your password was given to you, or is too short to stand alone. Choose one of your own to go on.";
    view! {
        <Card title="Choose a new password" lead=lead.to_owned()>
            <ProblemSummary problem=problem.clone() labels=&[("new_password", "New password")] />
            <form method="post" action="/login/new-password" class="plain-form">
                <input type="hidden" name="sign_in" value=sign_in />
                <input type="text" name="username" value=email autocomplete="username" hidden=true readonly=true />
                <PlainField
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint=password_hint(has_second_factor)
                    error=problem.at("new_password")
                    autofocus=first_time
                    required=true
                />
                <PasswordStrength input="field-new_password" />
                <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                    "Save and go on"
                </button>
            </form>
        </Card>
    }
}
