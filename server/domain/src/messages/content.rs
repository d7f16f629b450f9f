//! What each kind of message says, besides who it is for.

use serde::{Deserialize, Serialize};
use types::messages::MessageKind;
use types::{AccountId, Timestamp};

use super::Alert;
use crate::codes::{self, CodeFor};
use crate::sealing::{self, Purpose};
use crate::{Context, Error, Result};

/// What a template is filled with. What is secret of it is sealed in the queue, and erased when it is sent.
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
        /// The holder has said **This wasn't me**.
        #[serde(default)]
        disowned: bool,
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
    /// By mail or SMS.
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

    /// What lets whoever reads it in, and what it is sealed for.
    fn secret(&mut self) -> Option<(&mut String, Purpose)> {
        match self {
            Self::Activation { token, .. }
            | Self::Invitation { token, .. }
            | Self::PasswordReset { token, .. }
            | Self::EmailConfirmation { token, .. } => Some((token, Purpose::QueuedLink)),
            Self::Code { code, .. } => Some((code, Purpose::QueuedCode)),
            Self::Welcome | Self::PasswordExpiry { .. } | Self::Alert { .. } => None,
        }
    }

    /// As it is kept in the queue.
    pub(super) fn sealed(mut self, context: &Context, account: AccountId) -> Result<Self> {
        if let Some((secret, purpose)) = self.secret() {
            *secret = context.sealer.seal(&context.random, purpose, account, secret.as_bytes())?;
        }
        Ok(self)
    }

    /// With what was sealed in the clear, to be sent at once and kept nowhere. Links that an earlier version
    /// queued are not sealed.
    pub(crate) fn opened(mut self, context: &Context, account: Option<AccountId>) -> Result<Self> {
        let Some((secret, purpose)) = self.secret() else { return Ok(self) };
        if purpose == Purpose::QueuedLink && !sealing::is_sealed(secret) {
            return Ok(self);
        }
        let opened = account.and_then(|account| context.sealer.open(purpose, account, secret));
        let opened = opened.and_then(|bytes| String::from_utf8(bytes).ok());
        *secret = opened.ok_or_else(|| Error::Internal("what is secret in a queued message does not open".into()))?;
        Ok(self)
    }
}
