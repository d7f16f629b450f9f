//! The page behind the link of an activation mail (O1): a password; then a second factor is offered.

use leptos::prelude::*;

use super::setup::PASSWORD_HINT;
use crate::plain::{Card, Heading, PasswordStrength, PlainField, Problem, ProblemSummary, Site, document};

const LABELS: &[(&str, &str)] = &[("password", "Password")];

/// What the page shows; the password is not in it.
#[derive(Clone, Debug, Default)]
pub struct ActivateView {
    /// The link's secret: a hidden field, so that it does not appear in another address.
    pub token: String,
    pub name: String,
    /// For password managers, which keep the password under this name.
    pub email: String,
    pub problem: Problem,
}

pub fn activate_page(site: &Site, view: ActivateView) -> String {
    let failed = !view.problem.is_none();
    let heading = Heading { secret_address: true, ..Heading::failed_if("Activate your account", failed) };
    document(site, heading, || form(view))
}

fn form(view: ActivateView) -> impl IntoView {
    let ActivateView { token, name, email, problem } = view;
    let first_time = problem.is_none();
    let lead = format!("Welcome, {name}. Choose a password for your account.");
    view! {
        <Card title="Activate your account" lead=lead>
            <ProblemSummary problem=problem.clone() labels=LABELS />
            <form method="post" action="/activate" class="plain-form">
                <input type="hidden" name="token" value=token />
                <p class="card-text">"You will sign in with " <bdi>{email.clone()}</bdi> "."</p>
                <input type="text" name="username" value=email autocomplete="username" hidden=true readonly=true />
                <PlainField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    hint=PASSWORD_HINT
                    error=problem.at("password")
                    autofocus=first_time
                    required=true
                />
                <PasswordStrength input="field-password" />
                <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                    "Activate account"
                </button>
            </form>
        </Card>
    }
}
