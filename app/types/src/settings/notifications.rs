//! What holders are told of by mail (N4). All of it, until somebody chooses otherwise.

use serde::{Deserialize, Serialize};

use crate::FieldErrors;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    /// Their password was changed, reset or set by staff.
    pub password: bool,
    /// A second factor was added, removed or reset, codes were made.
    pub second_factors: bool,
    /// Their e-mail address was changed; the old address is told too.
    pub email: bool,
    /// Staff ended their sessions.
    pub sessions: bool,
    /// They signed in with a new device or from a new country (S13), or a device was removed.
    pub devices: bool,
    /// Staff disabled, enabled or deleted the account.
    pub account: bool,
}

impl Default for Notifications {
    fn default() -> Self {
        Self { password: true, second_factors: true, email: true, sessions: true, devices: true, account: true }
    }
}

impl Notifications {
    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        Ok(())
    }
}
