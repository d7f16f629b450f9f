//! The two steps of verifying an address or a number: what was typed, and what the page shows.

use app::plain::{AddressProofView, Problem};
use domain::codes::OpenCode;
use serde::Deserialize;
use types::countries;
use types::messages::Channel;

use super::query;

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
