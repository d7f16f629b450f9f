//! How people sign in (S4).

use serde::{Deserialize, Serialize};

use crate::FieldErrors;
use crate::authenticators::SecondFactorPolicy;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignIn {
    /// Who is asked for a second factor.
    pub second_factor: SecondFactorPolicy,
}

impl SignIn {
    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        Ok(())
    }
}
