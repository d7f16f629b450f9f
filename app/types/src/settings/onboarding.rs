//! How people come to their account (O1).

use serde::{Deserialize, Serialize};

use super::{all_or, within};
use crate::FieldErrors;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Onboarding {
    /// How long the link of an activation mail works.
    pub link_hours: u32,
    /// Whether a mail follows the activation.
    pub welcome_mail: bool,
    /// How long the link of a password reset mail works.
    pub reset_minutes: u32,
}

impl Default for Onboarding {
    fn default() -> Self {
        Self { link_hours: 72, welcome_mail: true, reset_minutes: 60 }
    }
}

impl Onboarding {
    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        within(&mut errors, "link_hours", self.link_hours, 1, 30 * 24);
        within(&mut errors, "reset_minutes", self.reset_minutes, 5, 24 * 60);
        all_or(errors)
    }
}
