//! Setting up an authenticator app: at a sign-in that asks for it or offers it, and in one's own account.

use leptos::prelude::*;
use types::authenticators::FactorKind;
use types::messages::Channel;

use super::passkey::PasskeyForm;
use super::set_up_code::address_of;
use crate::plain::{Card, Heading, PlainField, Problem, ProblemSummary, QrCode, Site, document};

pub const SET_UP_LABELS: &[(&str, &str)] = &[("code", "Code"), ("name", "Name"), ("passkey", "Passkey")];

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

/// The sign-in that a second factor is set up at.
#[derive(Clone, Debug)]
pub struct SignInSetUp {
    /// Which one the forms belong to.
    pub sign_in: String,
    /// The kinds of codes that can be set up in the app's place.
    pub codes: Vec<FactorKind>,
    /// The address that passkeys work at, where this server has them.
    pub passkeys: Option<String>,
    /// Whether it goes on without (O1).
    pub may_skip: bool,
}

/// At a sign-in.
pub fn sign_in_set_up_page(site: &Site, at: SignInSetUp, view: SetUpView) -> String {
    let heading = Heading::failed_if("Set up a second factor", !view.problem.is_none());
    document(site, heading, || {
        let SignInSetUp { sign_in, codes, passkeys, may_skip } = at;
        let problem = view.problem.clone();
        let wrong_passkey = problem.at("passkey");
        let (id, to_skip) = (sign_in.clone(), may_skip.then(|| sign_in.clone()));
        view! {
            <Card title="Set up a second factor" lead=lead("an authenticator app on your phone", may_skip)>
                <ProblemSummary problem labels=SET_UP_LABELS />
                <form method="post" action="/login/set-up-second-factor" class="plain-form">
                    <input type="hidden" name="sign_in" value=sign_in />
                    <SetUpFields view submit="Verify and go on" />
                </form>
                {passkeys
                    .map(|address| {
                        view! {
                            <PasskeyForm
                                action="/login/set-up-passkey"
                                question="/login/set-up-passkey/question"
                                creates=true
                                address=Some(address)
                                submit="Use a security key or passkey instead"
                                error=wrong_passkey
                            >
                                <input type="hidden" name="sign_in" value=id />
                            </PasskeyForm>
                        }
                    })}
                {other_kinds(codes)}
                {to_skip.map(skip)}
            </Card>
        }
    })
}

/// Why it is set up. `what`: in what follows.
pub fn lead(what: &str, may_skip: bool) -> String {
    if may_skip {
        format!("With it a stolen password is not enough to get into your account: {what}. You can add one later, too.")
    } else {
        format!("Signing in here needs a second factor beside the password: {what}.")
    }
}

/// **Skip**: one press, and one is in.
pub fn skip(sign_in: String) -> AnyView {
    view! {
        <form method="post" action="/login/set-up-second-factor/skip" class="plain-form">
            <input type="hidden" name="sign_in" value=sign_in />
            <button type="submit" class="btn plain-button plain-button-wide">
                "Skip"
            </button>
        </form>
    }
    .into_any()
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
