//! Browsers that an account has signed in with, as their holder and staff see them (S10, A9).

use serde::{Deserialize, Serialize};

use crate::{DeviceId, FieldErrors, Timestamp};

/// One registered browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    pub id: DeviceId,
    /// `Chrome on Linux`; empty when unknown.
    pub browser: String,
    /// Of the last sign-in.
    pub ip: String,
    /// Where that address is; empty when unknown.
    pub place: String,
    pub registered_at: Timestamp,
    /// The last sign-in, or the last use of a session that is still open.
    pub last_seen_at: Timestamp,
    /// Open sessions, which end when it is removed.
    pub sessions: i64,
    /// The reader's own, in use now.
    pub current: bool,
}

impl DeviceRow {
    /// For sentences and buttons.
    pub fn name(&self) -> &str {
        if self.browser.is_empty() { "Unknown browser" } else { &self.browser }
    }
}

/// The **Devices** tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDevices {
    pub devices: Vec<DeviceRow>,
    /// This account's own limit; `None`: the settings'.
    pub limit: Option<u32>,
    /// The settings'; `None`: there is none.
    pub default_limit: Option<u32>,
}

impl UserDevices {
    /// The limit that holds.
    pub fn in_force(&self) -> Option<u32> {
        self.limit.or(self.default_limit)
    }
}

/// No limit is higher.
pub const MOST_DEVICES: u32 = 100;

/// An account's own limit, as typed.
///
/// # Errors
/// A sentence at the field `limit`.
pub fn parse_limit(text: &str) -> Result<u32, FieldErrors> {
    let limit = text.trim().parse().ok().filter(|limit| (1..=MOST_DEVICES).contains(limit));
    limit.ok_or_else(|| FieldErrors::one("limit", format!("A number from 1 to {MOST_DEVICES}, please.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_whole_numbers_in_bounds() {
        assert_eq!(parse_limit(" 3 "), Ok(3));
        for wrong in ["", "0", "-1", "101", "3.5", "three", "99999999999"] {
            assert!(parse_limit(wrong).is_err(), "{wrong}");
        }
    }
}
