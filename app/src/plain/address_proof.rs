//! Verifying an address or a number: first where the code goes, then the code.

use leptos::prelude::*;
use types::countries;
use types::messages::Channel;

use super::{PlainField, Problem};

/// What the two forms show. Nobody's code is in it.
#[derive(Clone, Debug)]
pub struct AddressProofView {
    pub channel: Channel,
    /// The address of the page, which its forms go to.
    pub action: String,
    /// Which sign-in the forms belong to; empty in one's own account.
    pub sign_in: String,
    /// Where a code is on its way to: it is asked for.
    pub sent_to: Option<String>,
    /// As typed, or as suggested.
    pub address: String,
    /// The two letters of the country that was chosen.
    pub country: String,
    pub problem: Problem,
}

/// The fields for the summary of errors.
pub const ADDRESS_LABELS: &[(&str, &str)] = &[("address", "Address"), ("code", "Code")];
pub const NUMBER_LABELS: &[(&str, &str)] = &[("address", "Number"), ("code", "Code")];

pub fn labels_of(channel: Channel) -> &'static [(&'static str, &'static str)] {
    match channel {
        Channel::Mail => ADDRESS_LABELS,
        Channel::Sms => NUMBER_LABELS,
    }
}

/// The form of the step at hand; `submit`: what the button beside the code says.
#[component]
pub fn AddressProof(view: AddressProofView, submit: &'static str) -> impl IntoView {
    match view.sent_to.clone() {
        Some(address) => code_forms(view, address, submit),
        None => address_form(view),
    }
}

fn address_form(view: AddressProofView) -> AnyView {
    let AddressProofView { channel, action, sign_in, address, country, problem, .. } = view;
    let error = problem.at("address");
    let first_time = problem.is_none();
    let field = match channel {
        Channel::Mail => view! {
            <PlainField
                name="address"
                label="Email address"
                kind="email"
                value=address
                autocomplete="email"
                error=error
                required=true
                verbatim=true
                autofocus=first_time
            />
        }
        .into_any(),
        Channel::Sms => {
            let chosen = if country.is_empty() { countries::of_number(&address) } else { Some(country.as_str()) };
            let options = countries::options(chosen);
            view! {
                <div class="plain-field">
                    <label class="plain-label" for="field-country">
                        "Country"
                    </label>
                    <select
                        id="field-country"
                        name="country"
                        class="select plain-input"
                        autocomplete="country"
                        inner_html=options
                    ></select>
                </div>
                <PlainField
                    name="address"
                    label="Number"
                    kind="tel"
                    value=address
                    autocomplete="tel"
                    hint="Such as 079 123 45 67, or +41 79 123 45 67 with its country code."
                    error=error
                    required=true
                    verbatim=true
                    autofocus=first_time
                />
            }
            .into_any()
        }
    };
    view! {
        <form method="post" action=action class="plain-form plain-form-narrow" novalidate=true>
            {hidden("sign_in", sign_in)}
            {hidden("step", "send".to_owned())}
            {field}
            <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                "Send code"
            </button>
        </form>
    }
    .into_any()
}

fn code_forms(view: AddressProofView, sent_to: String, submit: &'static str) -> AnyView {
    let AddressProofView { channel, action, sign_in, problem, .. } = view;
    let change = format!("{action}{}change=1", if action.contains('?') { '&' } else { '?' });
    let another = if channel == Channel::Mail { "Use another address" } else { "Use another number" };
    view! {
        <p class="account-lead">"We have sent a code to " <bdi>{sent_to}</bdi> ". It works for 10 minutes."</p>
        <form method="post" action=action.clone() class="plain-form plain-form-narrow" autocomplete="off">
            {hidden("sign_in", sign_in.clone())}
            {hidden("step", "confirm".to_owned())}
            <PlainField
                name="code"
                label="Code"
                autocomplete="one-time-code"
                error=problem.at("code")
                autofocus=problem.is_none()
                required=true
                verbatim=true
                digits=true
            />
            <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                {submit}
            </button>
        </form>
        <div class="plain-row">
            <form method="post" action=action>
                {hidden("sign_in", sign_in)}
                {hidden("step", "again".to_owned())}
                <button type="submit" class="btn plain-button">
                    "Send another code"
                </button>
            </form>
            <a class="btn plain-button" href=change>
                {another}
            </a>
        </div>
    }
    .into_any()
}

fn hidden(name: &'static str, value: String) -> Option<AnyView> {
    (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> }.into_any())
}
