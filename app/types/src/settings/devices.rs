//! How many browsers one may sign in with (S10).

use serde::{Deserialize, Serialize};

use super::{all_or, within};
use crate::FieldErrors;
use crate::devices::MOST_DEVICES;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Devices {
    /// For accounts that have no limit of their own; 0: any number.
    pub device_limit: u32,
}

impl Devices {
    pub fn limit(&self) -> Option<u32> {
        (self.device_limit > 0).then_some(self.device_limit)
    }

    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        within(&mut errors, "device_limit", self.device_limit, 0, MOST_DEVICES);
        all_or(errors)
    }
}
