//! Setting up an authenticator app: at a sign-in whose policy asks for it, and in one's own account.

use leptos::prelude::*;
use types::authenticators::FactorKind;
use types::messages::Channel;

use super::set_up_code::address_of;
use crate::plain::{Card, Heading, PlainField, Problem, ProblemSummary, QrCode, Site, document};

pub const SET_UP_LABELS: &[(&str, &str)] = &[("code", "Code"), ("name", "Name")];

/// A key that waits for its first code.
#[derive(Clone, Debug)]
pub struct SetUpView {
    /// Goes back with the form.
    pub sealed: String,
    /// In groups of four, to type in.
    pub key: String,
    /// What the QR code says.
    pub address: String,
    /// As typed.
    pub name: String,
    pub problem: Problem,
}

/// At a sign-in; `sign_in`: which one the form belongs to.
/// `codes`: the kinds of codes that can be set up in its place.
pub fn forced_set_up_page(site: &Site, sign_in: String, codes: Vec<FactorKind>, view: SetUpView) -> String {
    let heading = Heading::failed_if("Set up a second factor", !view.problem.is_none());
    document(site, heading, || {
        let lead = "Signing in here needs a second factor beside the password: an authenticator app on your phone.";
        let problem = view.problem.clone();
        view! {
            <Card title="Set up a second factor" lead=lead.to_owned()>
                <ProblemSummary problem labels=SET_UP_LABELS />
                <form method="post" action="/login/set-up-second-factor" class="plain-form">
                    <input type="hidden" name="sign_in" value=sign_in />
                    <SetUpFields view submit="Verify and go on" />
                </form>
                {other_kinds(codes)}
            </Card>
        }
    })
}

fn other_kinds(codes: Vec<FactorKind>) -> Option<AnyView> {
    let links = codes
        .iter()
        .map(|kind| {
            let label = match kind.channel() {
                Some(Channel::Sms) => "Get codes by SMS instead",
                _ => "Get codes by email instead",
            };
            view! {
                <li>
                    <a class="plain-way" href=address_of(*kind)>
                        {label}
                    </a>
                </li>
            }
        })
        .collect_view();
    (!codes.is_empty()).then(|| view! { <ul class="plain-ways">{links}</ul> }.into_any())
}

/// The QR code, the key and the fields of the form.
#[component]
pub fn SetUpFields(view: SetUpView, submit: &'static str) -> impl IntoView {
    let SetUpView { sealed, key, address, name, problem } = view;
    let first_time = problem.is_none();
    view! {
        <input type="hidden" name="sealed" value=sealed />
        <ol class="plain-steps">
            <li>"Open an authenticator app, such as Aegis, Google Authenticator or 1Password."</li>
            <li>
                "Scan this code with it." <QrCode text=address label="QR code for the authenticator app" />
                <details class="plain-details">
                    <summary>"Type the key in instead"</summary>
                    <p>"Account: time-based, 6 digits. Key:"</p>
                    <p>
                        <code class="plain-key">{key}</code>
                    </p>
                </details>
            </li>
            <li>"Type the code that the app shows now."</li>
        </ol>
        <PlainField
            name="code"
            label="Code"
            autocomplete="one-time-code"
            error=problem.at("code")
            autofocus=first_time
            required=true
            verbatim=true
            digits=true
        />
        <PlainField
            name="name"
            label="Name"
            value=name
            hint="To tell several apart, such as “Work phone”."
            autocomplete="off"
            error=problem.at("name")
            may_stay_empty=true
        />
        <button type="submit" class="btn btn-primary plain-button plain-button-wide">
            {submit}
        </button>
    }
}
