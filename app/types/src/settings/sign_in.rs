//! How people sign in (S2, S4).

use serde::{Deserialize, Serialize};

use crate::FieldErrors;
use crate::authenticators::SecondFactorPolicy;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignIn {
    /// Who is asked for a second factor.
    pub second_factor: SecondFactorPolicy,
    /// Whether **Email code** can be set up; who has it keeps it.
    pub email_codes: bool,
    /// The same for **SMS code**.
    pub sms_codes: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { second_factor: SecondFactorPolicy::default(), email_codes: true, sms_codes: true }
    }
}

impl SignIn {
    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        Ok(())
    }
}
