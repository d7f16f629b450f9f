//! **Security** (E2): changing one's password.

use leptos::prelude::*;

use super::frame::{AccountPage, FrameView, account_document};
use crate::auth::setup::PASSWORD_HINT;
use crate::plain::{Heading, Notice, PlainField, Problem, ProblemSummary, Site};

const LABELS: &[(&str, &str)] = &[("current_password", "Current password"), ("new_password", "New password")];

/// What the page shows; no password is in it.
#[derive(Clone, Debug, Default)]
pub struct SecurityView {
    /// For password managers, which keep the new password under this name.
    pub email: String,
    pub notice: Option<String>,
    pub problem: Problem,
}

pub fn security_page(site: &Site, frame: FrameView, view: SecurityView) -> String {
    let heading = Heading::failed_if("Security", !view.problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || content(view))
}

fn content(view: SecurityView) -> impl IntoView {
    let SecurityView { email, notice, problem } = view;
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
                    hint=PASSWORD_HINT
                    error=problem.at("new_password")
                    required=true
                />
                <button type="submit" class="btn btn-primary plain-button">
                    "Change password"
                </button>
            </form>
        </section>
    }
}
