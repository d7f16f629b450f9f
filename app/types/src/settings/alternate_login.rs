//! What helps when the second factor is not at hand (S7, S9).

use serde::{Deserialize, Serialize};

use crate::FieldErrors;
use crate::recovery::RecoveryMethod;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlternateLogin {
    /// **Enable end users to use security codes to login**.
    pub security_codes_enabled: bool,
    pub security_codes: SecurityCodeKinds,
    /// **Forgot phone**: the second-factor page offers **Forgot my phone**.
    pub forgot_phone_enabled: bool,
    pub forgot_phone: RecoveryMethod,
    /// **Let users choose their method**.
    pub users_choose: bool,
}

impl AlternateLogin {
    /// Which codes work now.
    pub fn codes(&self) -> Option<SecurityCodeKinds> {
        self.security_codes_enabled.then_some(self.security_codes)
    }

    pub fn has_static_codes(&self) -> bool {
        matches!(self.codes(), Some(SecurityCodeKinds::Static | SecurityCodeKinds::Both))
    }

    pub fn has_one_time_codes(&self) -> bool {
        matches!(self.codes(), Some(SecurityCodeKinds::OneTime | SecurityCodeKinds::Both))
    }

    /// The way through **Forgot my phone** for somebody who has chosen one, or has not; `None`: there is none.
    pub fn method_for(&self, chosen: Option<RecoveryMethod>) -> Option<RecoveryMethod> {
        let chosen = chosen.filter(|_| self.users_choose);
        self.forgot_phone_enabled.then(|| chosen.unwrap_or(self.forgot_phone))
    }

    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        Ok(())
    }
}

/// Which security codes there are (S9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityCodeKinds {
    Static,
    OneTime,
    #[default]
    Both,
}

impl SecurityCodeKinds {
    pub const ALL: [Self; 3] = [Self::Static, Self::OneTime, Self::Both];

    pub fn key(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::OneTime => "one_time",
            Self::Both => "both",
        }
    }

    /// The words on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Static => "Static long-lived codes",
            Self::OneTime => "One-time backup code",
            Self::Both => "Both",
        }
    }
}
