//! **Change email** (E1): the new address and the password; a mail to the new address does the rest.

use leptos::prelude::*;

use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::{FixedField, Heading, PlainField, Problem, ProblemSummary, Site};

const LABELS: &[(&str, &str)] = &[("email", "New email"), ("current_password", "Current password")];

/// What the page shows; no password is in it.
#[derive(Clone, Debug, Default)]
pub struct ChangeEmailView {
    /// The address of today.
    pub current: String,
    /// As typed.
    pub email: String,
    /// An address that waits to be confirmed.
    pub pending: Option<String>,
    pub problem: Problem,
}

/// Takes back that the address is to be another one.
pub(super) fn withdraw_form() -> AnyView {
    view! {
        <form method="post" action="/account/email/withdraw" class="plain-row">
            <button type="submit" class="btn plain-button">
                "Withdraw new email"
            </button>
        </form>
    }
    .into_any()
}

pub fn change_email_page(site: &Site, frame: FrameView, view: ChangeEmailView) -> String {
    let heading = Heading::failed_if("Change email", !view.problem.is_none());
    account_document(site, frame, AccountPage::Profile, heading, || {
        let ChangeEmailView { current, email, pending, problem } = view;
        view! {
            <h1 class="account-title">"Change email"</h1>
            <ProblemSummary problem=problem.clone() labels=LABELS />
            <section class="account-section">
                <p class="account-lead">
                    "We mail a link to the new address. Your address changes when you follow it; the old one is told."
                </p>
                <dl class="fixed-fields">
                    <FixedField label="Email now" value=Some(current.clone()) />
                    {pending.clone().map(|pending| view! { <FixedField label="Waiting to be confirmed" value=Some(pending) /> })}
                </dl>
                {pending.is_some().then(withdraw_form)}
                <form method="post" action="/account/email" class="plain-form plain-form-narrow" novalidate=true>
                    <input type="text" name="username" value=current autocomplete="username" hidden=true readonly=true />
                    <PlainField
                        name="email"
                        label="New email"
                        kind="email"
                        value=email
                        autocomplete="email"
                        error=problem.at("email")
                        required=true
                        verbatim=true
                    />
                    <PlainField
                        name="current_password"
                        label="Current password"
                        kind="password"
                        autocomplete="current-password"
                        error=problem.at("current_password")
                        required=true
                    />
                    <button type="submit" class="btn btn-primary plain-button">
                        "Send link"
                    </button>
                    <a class="btn plain-button" href="/account">
                        "Cancel"
                    </a>
                </form>
            </section>
        }
    })
}
