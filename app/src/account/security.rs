//! **Security** (E2): one's password, second factors and security codes.

use leptos::prelude::*;
use types::authenticators::Authenticators;

use super::frame::{AccountPage, FrameView, account_document};
use super::recovery::ForgotPhone;
use super::second_factors::{SecondFactors, SecurityCodes};
use crate::auth::new_password::password_hint;
use crate::plain::{Heading, Notice, PasswordStrength, PlainField, Problem, ProblemSummary, Site};

const LABELS: &[(&str, &str)] =
    &[("current_password", "Current password"), ("new_password", "New password"), ("name", "New name")];

/// What the page shows; no password is in it.
#[derive(Clone, Debug)]
pub struct SecurityView {
    /// For password managers, which keep the new password under this name.
    pub email: String,
    pub authenticators: Authenticators,
    /// Whether this server has passkeys.
    pub offers_passkeys: bool,
    pub notice: Option<String>,
    pub problem: Problem,
}

pub fn security_page(site: &Site, frame: FrameView, view: SecurityView) -> String {
    let heading = Heading::failed_if("Security", !view.problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || content(view))
}

fn content(view: SecurityView) -> impl IntoView {
    let SecurityView { email, authenticators, offers_passkeys, notice, problem } = view;
    let hint = password_hint(authenticators.default.is_some());
    view! {
        <h1 class="account-title">"Security"</h1>
        <Notice text=notice />
        <ProblemSummary problem=problem.clone() labels=LABELS />
        <section class="account-section" aria-labelledby="password-heading">
            <h2 id="password-heading">"Change password"</h2>
            <p class="account-lead">"All your other sessions are signed out when you change it."</p>
            <form method="post" action="/account/security" class="plain-form plain-form-narrow">
                <input type="text" name="username" value=email autocomplete="username" hidden=true readonly=true />
                <PlainField
                    name="current_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    error=problem.at("current_password")
                    required=true
                />
                <PlainField
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint=hint
                    error=problem.at("new_password")
                    required=true
                />
                <PasswordStrength input="field-new_password" />
                <button type="submit" class="btn btn-primary plain-button">
                    "Change password"
                </button>
            </form>
        </section>
        <SecondFactors authenticators=authenticators.clone() offers_passkeys />
        <SecurityCodes authenticators=authenticators.clone() />
        <ForgotPhone authenticators />
    }
}
