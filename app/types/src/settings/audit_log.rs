//! How long the audit log remembers (G2).

use serde::{Deserialize, Serialize};

use super::{all_or, within};
use crate::FieldErrors;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditLog {
    /// Events older than this are deleted; 0: none ever is.
    pub retention_days: u32,
}

impl AuditLog {
    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        // Less than a month would hide what a thief did before somebody looked.
        if self.retention_days != 0 {
            within(&mut errors, "retention_days", self.retention_days, 30, 3_650);
        }
        all_or(errors)
    }
}
