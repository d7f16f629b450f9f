//! What an account proves itself with, as its holder and staff see it (S2, P6).

use serde::{Deserialize, Serialize};

use crate::messages::Channel;
use crate::recovery::Recovery;
use crate::{AuthenticatorId, Timestamp};

/// A kind of second factor. The key is what the database keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    AuthenticatorApp,
    Passkey,
    EmailCode,
    SmsCode,
}

impl FactorKind {
    pub const ALL: [Self; 4] = [Self::AuthenticatorApp, Self::Passkey, Self::EmailCode, Self::SmsCode];

    pub fn key(self) -> &'static str {
        match self {
            Self::AuthenticatorApp => "authenticator_app",
            Self::EmailCode => "email_code",
            Self::SmsCode => "sms_code",
            Self::Passkey => "passkey",
        }
    }

    /// `None` for a kind that this version does not know.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::AuthenticatorApp => "Authenticator app",
            Self::Passkey => "Security key or passkey",
            Self::EmailCode => "Email code",
            Self::SmsCode => "SMS code",
        }
    }

    /// By which way its codes are sent; `None` for a kind that sends none.
    pub fn channel(self) -> Option<Channel> {
        match self {
            Self::EmailCode => Some(Channel::Mail),
            Self::SmsCode => Some(Channel::Sms),
            Self::AuthenticatorApp | Self::Passkey => None,
        }
    }
}

/// How a step of a sign-in was proven; what a session remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Password,
    Factor(FactorKind),
    SecurityCode,
    BackupCode,
    /// **Forgot my phone** (S7).
    ForgotPhone,
}

impl Method {
    pub fn key(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Factor(kind) => kind.key(),
            Self::SecurityCode => "security_code",
            Self::BackupCode => "backup_code",
            Self::ForgotPhone => "forgot_phone",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "password" => Some(Self::Password),
            "security_code" => Some(Self::SecurityCode),
            "backup_code" => Some(Self::BackupCode),
            "forgot_phone" => Some(Self::ForgotPhone),
            key => FactorKind::from_key(key).map(Self::Factor),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::Factor(kind) => kind.label(),
            Self::SecurityCode => "Security code",
            Self::BackupCode => "Backup code",
            Self::ForgotPhone => "Forgot my phone",
        }
    }
}

/// When the second factor is asked for (S4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorPolicy {
    /// Nobody is asked, not even those who have one.
    Off,
    /// Whoever has one is asked.
    #[default]
    Optional,
    /// Whoever has none sets one up at the sign-in.
    Required,
}

impl SecondFactorPolicy {
    pub const ALL: [Self; 3] = [Self::Off, Self::Optional, Self::Required];

    pub fn key(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Off => "Off",
            Self::Optional => "Optional",
            Self::Required => "Required",
        }
    }
}

/// One enrolled second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticatorRow {
    pub id: AuthenticatorId,
    pub kind: FactorKind,
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// Everything that an account proves itself with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticators {
    pub password: Option<PasswordState>,
    pub factors: Vec<AuthenticatorRow>,
    /// Which kind is asked for first.
    pub default: Option<FactorKind>,
    /// Security codes that are not used up, and when they were made.
    pub codes: Option<CodesState>,
    /// Until when a backup code that staff made still works.
    pub backup_code_until: Option<Timestamp>,
    pub locked_until: Option<Timestamp>,
    /// Whether staff may make a backup code (S9).
    pub one_time_codes_enabled: bool,
    pub static_codes_enabled: bool,
    pub policy: SecondFactorPolicy,
    /// Where codes could go once the holder has verified it.
    pub unverified: Vec<CodeAddress>,
    /// The kinds of codes that can be sent and that the settings allow.
    pub code_kinds: Vec<FactorKind>,
    pub recovery: Recovery,
}

/// What stands in for a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandIn {
    /// All static ones.
    SecurityCodes,
    BackupCode,
    SecurityQuestions,
    AlternateEmail,
}

impl StandIn {
    pub const ALL: [Self; 4] = [Self::SecurityCodes, Self::BackupCode, Self::SecurityQuestions, Self::AlternateEmail];

    /// In the middle of a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::SecurityCodes => "static long-lived codes",
            Self::BackupCode => "backup code",
            Self::SecurityQuestions => "security questions",
            Self::AlternateEmail => "alternate email address",
        }
    }
}

/// An address or a number for codes that staff have added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeAddress {
    pub kind: FactorKind,
    pub address: String,
    pub added_at: Timestamp,
}

/// An address as others may see it: enough to know one's own by.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}•••@{domain}", local.chars().take(1).collect::<String>()),
        None => {
            let digits: Vec<_> = address.chars().collect();
            format!("•••{}", digits[digits.len().saturating_sub(2)..].iter().collect::<String>())
        }
    }
}

/// How somebody who is signed in can prove who they are once more (S12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofWays {
    /// For password managers, which keep the password under this name.
    pub email: String,
    pub passkey: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordState {
    pub changed_at: Timestamp,
    pub must_change: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodesState {
    pub left: i64,
    pub created_at: Timestamp,
}

/// The longest name of an authenticator.
pub const NAME_MOST_CHARACTERS: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_survives_its_key() {
        let factors = FactorKind::ALL.into_iter().map(Method::Factor);
        let others = [Method::Password, Method::SecurityCode, Method::BackupCode, Method::ForgotPhone];
        for method in factors.chain(others) {
            assert_eq!(Method::from_key(method.key()), Some(method));
        }
        assert_eq!(Method::from_key("smoke"), None);
    }

    #[test]
    fn a_masked_address_tells_little() {
        assert_eq!(masked("ada.lovelace@example.com"), "a•••@example.com");
        assert_eq!(masked("+41446681800"), "•••00");
        assert_eq!(masked(""), "•••");
    }
}
