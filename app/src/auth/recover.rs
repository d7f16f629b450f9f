//! **Forgot password** (S5), and the page behind the link that it mails.

use leptos::prelude::*;

use super::new_password::password_hint;
use crate::plain::{Card, Heading, PasswordStrength, PlainField, Problem, ProblemSummary, Site, document};

/// Asks for the identifier. `problem`: why nothing was done.
pub fn forgot_password_page(site: &Site, identifier: String, problem: Problem) -> String {
    let heading = Heading::failed_if("Forgot password", !problem.is_none());
    document(site, heading, || {
        let lead = "We will mail you a link to choose a new one.".to_owned();
        view! {
            <Card title="Forgot password" lead=lead>
                <ProblemSummary problem takes_focus=false />
                <form method="post" action="/forgot-password" class="plain-form">
                    <PlainField
                        name="identifier"
                        label="Email or username"
                        value=identifier
                        autocomplete="username"
                        autofocus=true
                        required=true
                        verbatim=true
                    />
                    <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                        "Send link"
                    </button>
                    <a class="btn plain-button plain-button-wide" href="/login">
                        "Back to sign-in"
                    </a>
                </form>
            </Card>
        }
    })
}

/// The one answer to everybody who asked.
pub fn mail_is_on_its_way_page(site: &Site) -> String {
    document(site, Heading::new("Look into your mailbox"), || {
        view! {
            <Card title="Look into your mailbox">
                <p class="card-text">
                    "If there is an account of that name, a mail with a link is on its way to its address."
                </p>
                <p class="card-text">"No mail after some minutes? Look into the spam folder, or ask your administrator."</p>
                <a class="btn plain-button plain-button-wide" href="/login">
                    "Back to sign-in"
                </a>
            </Card>
        }
    })
}

const LABELS: &[(&str, &str)] = &[("password", "New password")];

/// What the page behind the link shows; the password is not in it.
#[derive(Clone, Debug, Default)]
pub struct ResetPasswordView {
    /// The link's secret: a hidden field, so that it does not appear in another address.
    pub token: String,
    /// For password managers, which keep the password under this name.
    pub email: String,
    /// Beside one a shorter password does.
    pub has_second_factor: bool,
    pub problem: Problem,
}

pub fn reset_password_page(site: &Site, view: ResetPasswordView) -> String {
    let failed = !view.problem.is_none();
    let heading = Heading { secret_address: true, ..Heading::failed_if("Choose a new password", failed) };
    document(site, heading, || {
        let ResetPasswordView { token, email, has_second_factor, problem } = view;
        let first_time = problem.is_none();
        let lead = "All your sessions are signed out. Then sign in with the new password.".to_owned();
        view! {
            <Card title="Choose a new password" lead=lead>
                <ProblemSummary problem=problem.clone() labels=LABELS />
                <form method="post" action="/reset-password" class="plain-form">
                    <input type="hidden" name="token" value=token />
                    <input type="text" name="username" value=email autocomplete="username" hidden=true readonly=true />
                    <PlainField
                        name="password"
                        label="New password"
                        kind="password"
                        autocomplete="new-password"
                        hint=password_hint(has_second_factor)
                        error=problem.at("password")
                        autofocus=first_time
                        required=true
                    />
                    <PasswordStrength input="field-password" />
                    <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                        "Set new password"
                    </button>
                </form>
            </Card>
        }
    })
}

/// For somebody whose password was right and does not work any more (A7).
pub fn password_expired_page(site: &Site, identifier: String) -> String {
    document(site, Heading::new("Your password has expired"), || {
        view! {
            <Card title="Your password has expired">
                <p class="card-text">"It does not work any more. We can mail you a link to choose a new one."</p>
                <form method="post" action="/forgot-password" class="plain-form">
                    <input type="hidden" name="identifier" value=identifier />
                    <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                        "Send link"
                    </button>
                    <a class="btn plain-button plain-button-wide" href="/login">
                        "Back to sign-in"
                    </a>
                </form>
            </Card>
        }
    })
}

/// Confirms a new address: by a button, since programs that look at mails follow links.
pub fn confirm_email_page(site: &Site, token: String, email: String) -> String {
    let heading = Heading { secret_address: true, ..Heading::new("Confirm your new email address") };
    document(site, heading, || {
        view! {
            <Card title="Confirm your new email address">
                <p class="card-text">"From then on you sign in with " <bdi>{email}</bdi> "."</p>
                <form method="post" action="/confirm-email" class="plain-form">
                    <input type="hidden" name="token" value=token />
                    <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                        "Confirm address"
                    </button>
                </form>
            </Card>
        }
    })
}
