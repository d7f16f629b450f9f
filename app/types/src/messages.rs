//! The mail log (N1).

use serde::{Deserialize, Serialize};

use crate::{AccountId, MessageId, Timestamp};

macro_rules! message_kinds {
    ($($name:ident = $key:literal, $label:literal;)+) => {
        /// What a message is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum MessageKind { $(#[serde(rename = $key)] $name,)+ }

        impl MessageKind {
            pub const ALL: &'static [MessageKind] = &[$(Self::$name,)+];

            /// Also the name of the template's folder.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

message_kinds! {
    Activation = "activation", "Activation";
    Invitation = "invitation", "Invitation";
    Welcome = "welcome", "Welcome";
    PasswordReset = "password_reset", "Password reset";
    EmailConfirmation = "email_confirmation", "Email confirmation";
    PasswordExpiry = "password_expiry", "Password expiry";
    Alert = "alert", "Security alert";
    Code = "code", "Code";
}

/// The way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Mail,
    Sms,
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Mail, Self::Sms];

    pub fn key(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Mail => "Mail",
            Self::Sms => "SMS",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.key() == key)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    Queued,
    Sent,
    Failed,
}

impl MessageState {
    pub const ALL: [Self; 3] = [Self::Queued, Self::Sent, Self::Failed];

    pub fn key(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Sent => "Sent",
            Self::Failed => "Failed",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// A line of the log. What the message says is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    pub id: MessageId,
    pub kind: MessageKind,
    pub channel: Channel,
    pub account: Option<AccountId>,
    pub recipient: String,
    pub recipient_name: String,
    pub state: MessageState,
    pub attempts: i64,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    pub created_at: Timestamp,
    /// Of a queued one that failed before.
    pub next_attempt_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    /// Whether what it says is still kept.
    pub is_kept: bool,
    /// Whether the reader may read it: a mail without a mail server, and never a code.
    pub may_read: bool,
    /// Whether it can be sent again.
    pub may_retry: bool,
}

/// A page of the log, newest first; `older` asks for the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    pub rows: Vec<MessageRow>,
    pub older: Option<String>,
    /// Whether a mail server is set up; without one, messages wait here to be read.
    pub delivers: bool,
    /// Whether the reader may read what mails say.
    pub may_read: bool,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageText {
    pub subject: String,
    pub text: String,
}
