//! Looking at an account in its holder's place (A11).

use serde::{Deserialize, Serialize};

/// What is asked before it begins, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImpersonationForm {
    pub reason: String,
    /// **Notify the account holder**.
    pub notify: bool,
}

/// The longest reason.
pub const REASON_MOST_CHARACTERS: usize = 300;
