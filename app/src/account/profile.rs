//! **Profile** (E1): what the holder sees of the account, and may change.

use leptos::prelude::*;
use types::attributes::{AttributeDefinition, Values};

use super::attributes::attribute_fields;
use super::change_email::withdraw_form;
use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::{FixedField, Heading, Notice, PlainField, Problem, ProblemSummary, Site};

const LABELS: &[(&str, &str)] = &[("first_name", "First name"), ("last_name", "Last name")];

/// What the page shows.
#[derive(Clone, Debug)]
pub struct ProfileView {
    pub email: String,
    /// A new address that waits to be confirmed.
    pub pending_email: Option<String>,
    pub username: Option<String>,
    pub phone: Option<String>,
    pub phone_is_verified: bool,
    /// Whether codes can be sent to a new one.
    pub can_change_phone: bool,
    /// As stored, or as typed when the form comes back.
    pub first_name: String,
    pub last_name: String,
    /// Those that the holder may see, in their order.
    pub attributes: Vec<AttributeDefinition>,
    /// As stored, or as typed when the form comes back.
    pub values: Values,
    /// What the form begins from.
    pub version: i64,
    pub notice: Option<String>,
    pub problem: Problem,
}

pub fn profile_page(site: &Site, frame: FrameView, view: ProfileView) -> String {
    let heading = Heading::failed_if("Profile", !view.problem.is_none());
    account_document(site, frame, AccountPage::Profile, heading, || content(view))
}

fn content(view: ProfileView) -> impl IntoView {
    let ProfileView {
        email,
        pending_email,
        username,
        first_name,
        last_name,
        attributes,
        values,
        version,
        notice,
        problem,
        ..
    } = view;
    let can_change_phone = view.can_change_phone;
    let fixed = if can_change_phone { "username" } else { "username or phone" };
    let phone = view.phone.map(|phone| if view.phone_is_verified { format!("{phone} (verified)") } else { phone });
    let more_labels = attributes.iter().map(|one| (one.key.clone(), one.label.clone())).collect();
    let fields = attribute_fields(&attributes, &values, &problem);
    view! {
        <h1 class="account-title">"Profile"</h1>
        <Notice text=notice />
        <ProblemSummary problem=problem.clone() labels=LABELS more_labels />
        <section class="account-section" aria-labelledby="name-heading">
            <h2 id="name-heading">"About you"</h2>
            <p class="account-lead">"How you appear to others here and in the applications you use."</p>
            <form method="post" action="/account" class="plain-form">
                <input type="hidden" name="version" value=version.to_string() />
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
                {fields}
                <button type="submit" class="btn btn-primary plain-button">
                    "Save"
                </button>
            </form>
        </section>
        <section class="account-section" aria-labelledby="contact-heading">
            <h2 id="contact-heading">"Sign-in and contact"</h2>
            <p class="account-lead">{format!("Ask an administrator when your {fixed} has to change.")}</p>
            <dl class="fixed-fields">
                <FixedField label="Email" value=Some(email) />
                {pending_email.clone().map(|email| view! { <FixedField label="New email, to be confirmed" value=Some(email) /> })}
                <FixedField label="Username" value=username />
                <FixedField label="Phone" value=phone />
            </dl>
            {pending_email.is_some().then(withdraw_form)}
            <div class="plain-row">
                <a class="btn plain-button" href="/account/email">
                    "Change email"
                </a>
                {can_change_phone.then(|| view! {
                    <a class="btn plain-button" href="/account/mobile">
                        "Change mobile"
                    </a>
                })}
            </div>
        </section>
    }
}
