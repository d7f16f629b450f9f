//! What each kind of message says, besides who it is for.

use serde::{Deserialize, Serialize};
use types::messages::MessageKind;
use types::{AccountId, Timestamp};

use super::Alert;
use crate::codes::{self, CodeFor};
use crate::sealing::Purpose;
use crate::{Context, Error, Result};

/// What a template is filled with. Tokens are here in clear: the row is erased when it is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Activation {
        token: String,
        hours: i64,
    },
    Invitation {
        token: String,
        hours: i64,
        invited_by: String,
        organization: Option<String>,
    },
    Welcome,
    PasswordReset {
        token: String,
        minutes: i64,
        by_staff: bool,
    },
    /// To the new address of somebody who changes theirs.
    EmailConfirmation {
        token: String,
        hours: i64,
    },
    /// Before, and when, a password stops working.
    PasswordExpiry {
        at: Timestamp,
        over: bool,
    },
    Alert {
        alert: Alert,
        at: Timestamp,
        /// Where it was done; none for what staff did.
        ip: Option<String>,
        browser: Option<String>,
        #[serde(default)]
        place: Option<String>,
    },
    /// By mail or SMS. The code is sealed in the queue, and opened to be sent.
    Code {
        code: String,
        what: CodeFor,
    },
}

/// Messages without a link are of no use after so long.
const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

impl Content {
    pub fn kind(&self) -> MessageKind {
        match self {
            Self::Activation { .. } => MessageKind::Activation,
            Self::Invitation { .. } => MessageKind::Invitation,
            Self::Welcome => MessageKind::Welcome,
            Self::PasswordReset { .. } => MessageKind::PasswordReset,
            Self::EmailConfirmation { .. } => MessageKind::EmailConfirmation,
            Self::PasswordExpiry { .. } => MessageKind::PasswordExpiry,
            Self::Alert { .. } => MessageKind::Alert,
            Self::Code { .. } => MessageKind::Code,
        }
    }

    /// How long it is worth sending.
    pub(super) fn useful_seconds(&self) -> i64 {
        match self {
            Self::Activation { hours, .. } | Self::Invitation { hours, .. } | Self::EmailConfirmation { hours, .. } => {
                hours * 60 * 60
            }
            Self::PasswordReset { minutes, .. } => minutes * 60,
            Self::Code { .. } => codes::LIFE_SECONDS,
            Self::Welcome | Self::PasswordExpiry { .. } | Self::Alert { .. } => KEPT_SECONDS,
        }
    }

    /// With what was sealed in the clear, to be sent at once and kept nowhere.
    pub(super) fn opened(self, context: &Context, account: Option<AccountId>) -> Result<Self> {
        let Self::Code { code, what } = self else { return Ok(self) };
        let opened = account.and_then(|account| context.sealer.open(Purpose::QueuedCode, account, &code));
        let code = opened.and_then(|bytes| String::from_utf8(bytes).ok());
        let code = code.ok_or_else(|| Error::Internal("a queued code does not open".into()))?;
        Ok(Self::Code { code, what })
    }
}
