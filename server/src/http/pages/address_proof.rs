//! The two steps of verifying an address or a number: what was typed, and what the page shows.

use app::plain::{AddressProofView, Problem};
use axum::response::{IntoResponse, Redirect, Response};
use domain::Error;
use domain::codes::OpenCode;
use serde::Deserialize;
use types::countries;
use types::messages::Channel;

use super::answer::{Refused, failure};
use super::confirm::ask_for_proof;
use super::query;
use crate::http::AppState;

/// The form of either step.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AddressForm {
    pub sign_in: String,
    step: String,
    country: String,
    address: String,
    pub code: String,
}

/// What a form asks for.
pub enum AddressStep {
    /// A code to this address.
    Send(String),
    /// Another code to the same.
    Again,
    Confirm,
}

impl AddressForm {
    pub fn step(&self, channel: Channel) -> AddressStep {
        match self.step.as_str() {
            "confirm" => AddressStep::Confirm,
            "again" => AddressStep::Again,
            _ => AddressStep::Send(self.whole_address(channel)),
        }
    }

    /// A number without a country code is one of the chosen country.
    fn whole_address(&self, channel: Channel) -> String {
        let typed = self.address.trim();
        if channel == Channel::Sms && !typed.is_empty() && !typed.starts_with('+') && !self.country.is_empty() {
            countries::with_country(typed, &self.country)
        } else {
            typed.to_owned()
        }
    }
}

/// The answer to either step: onward, to a recent proof and back `here`, or the page again with the error
/// at its field.
pub async fn answer<F: Future<Output = domain::Result<String>>>(
    state: &AppState,
    done: domain::Result<&str>,
    here: &str,
    shown: impl FnOnce(Problem) -> F,
) -> Response {
    let refused = match done {
        Ok(onward) => return Redirect::to(onward).into_response(),
        Err(Error::ProofNeeded) => return ask_for_proof(here),
        Err(error) => Refused::of(error),
    };
    match shown(refused.problem.clone()).await {
        Ok(page) => refused.answer(page),
        Err(error) => failure(state, error),
    }
}

/// The page of the step at hand. `form`: what comes back with the problem.
pub fn view(
    channel: Channel,
    action: String,
    sent: Option<OpenCode>,
    suggested: Option<String>,
    asked: Option<&str>,
    came_back: Option<(AddressForm, Problem)>,
) -> AddressProofView {
    let (form, problem) = came_back.unwrap_or_default();
    let wants_another = query::has(asked, "change") || problem.at("address").is_some();
    let sent_to = sent.filter(|_| !wants_another).map(|sent| sent.address);
    let address = if form.address.is_empty() { suggested.unwrap_or_default() } else { form.address };
    AddressProofView { channel, action, sign_in: form.sign_in, sent_to, address, country: form.country, problem }
}
