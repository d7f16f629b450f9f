//! **Profile** (E1): what the holder sees of the account, and may change.

use leptos::prelude::*;

use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::{FixedField, Heading, Notice, PlainField, Problem, ProblemSummary, Site};

const LABELS: &[(&str, &str)] = &[("first_name", "First name"), ("last_name", "Last name")];

/// What the page shows.
#[derive(Clone, Debug)]
pub struct ProfileView {
    pub email: String,
    pub username: Option<String>,
    pub phone: Option<String>,
    /// As stored, or as typed when the form comes back.
    pub first_name: String,
    pub last_name: String,
    pub notice: Option<String>,
    pub problem: Problem,
}

pub fn profile_page(site: &Site, frame: FrameView, view: ProfileView) -> String {
    let heading = Heading::failed_if("Profile", !view.problem.is_none());
    account_document(site, frame, AccountPage::Profile, heading, || content(view))
}

fn content(view: ProfileView) -> impl IntoView {
    let ProfileView { email, username, phone, first_name, last_name, notice, problem } = view;
    view! {
        <h1 class="account-title">"Profile"</h1>
        <Notice text=notice />
        <ProblemSummary problem=problem.clone() labels=LABELS />
        <section class="account-section" aria-labelledby="name-heading">
            <h2 id="name-heading">"Name"</h2>
            <p class="account-lead">"How you appear to others here and in the applications you use."</p>
            <form method="post" action="/account" class="plain-form">
                <div class="plain-pair">
                    <PlainField
                        name="first_name"
                        label="First name"
                        value=first_name
                        autocomplete="given-name"
                        error=problem.at("first_name")
                    />
                    <PlainField
                        name="last_name"
                        label="Last name"
                        value=last_name
                        autocomplete="family-name"
                        error=problem.at("last_name")
                    />
                </div>
                <button type="submit" class="btn btn-primary plain-button">
                    "Save"
                </button>
            </form>
        </section>
        <section class="account-section" aria-labelledby="contact-heading">
            <h2 id="contact-heading">"Sign-in and contact"</h2>
            <p class="account-lead">"Ask an administrator when your username or phone has to change."</p>
            <dl class="fixed-fields">
                <FixedField label="Email" value=Some(email) />
                <FixedField label="Username" value=username />
                <FixedField label="Phone" value=phone />
            </dl>
            <a class="btn plain-button" href="/account/email">
                "Change email"
            </a>
        </section>
    }
}
