//! How long deleted accounts can be restored (U15).

use serde::{Deserialize, Serialize};

use super::{all_or, within};
use crate::FieldErrors;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecycleBin {
    /// Days until nothing is left of a deleted account; 0: at once.
    pub wait_days: u32,
}

impl Default for RecycleBin {
    fn default() -> Self {
        Self { wait_days: 7 }
    }
}

impl RecycleBin {
    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        within(&mut errors, "wait_days", self.wait_days, 0, 3_650);
        all_or(errors)
    }
}
