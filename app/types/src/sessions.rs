//! Sessions as their holder and staff see them.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Permission, SessionId, Timestamp};

/// One live session (E3, A15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    pub id: SessionId,
    /// `Chrome on Linux`.
    pub browser: String,
    pub ip: String,
    /// Where that address is; empty when unknown.
    pub place: String,
    /// What the sign-in was proven with.
    pub method: String,
    pub started_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub current: bool,
    /// Staff look at the account in its holder's place.
    pub is_impersonation: bool,
}

/// One live session, as staff see it (A15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSession {
    pub id: SessionId,
    /// `Chrome`; empty when unknown.
    pub browser: String,
    /// `Linux`.
    pub system: String,
    pub ip: String,
    /// Where that address is; empty when unknown.
    pub place: String,
    /// What the sign-in was proven with.
    pub method: String,
    pub started_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// The reader's own, in this browser.
    pub current: bool,
}

impl UserSession {
    /// What kind of device the system runs on.
    pub fn device(&self) -> &'static str {
        match self.system.as_str() {
            "" => "Unknown device",
            "iPhone" => "Phone",
            "iPad" => "Tablet",
            "Android" => "Phone or tablet",
            _ => "Computer",
        }
    }
}

/// Who is signed in to the console: what the frame of every page needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub permissions: Vec<Permission>,
    /// Those of them that hold for everybody, not only in some organizations.
    pub everywhere: Vec<Permission>,
    /// Names of the organizations their authority is confined to; empty: everywhere.
    pub confined_to: Vec<String>,
    /// Whether there is a mail server; without one mails wait in the log.
    pub mail_arrives: bool,
    /// Whether the default store's settings let staff make backup codes (S9).
    pub one_time_codes: bool,
}

impl Viewer {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// For what has no organization, such as adding an account: somewhere is not enough.
    pub fn may_everywhere(&self, permission: Permission) -> bool {
        self.everywhere.contains(&permission)
    }

    /// **Invite user** adds an account and mails it at once.
    pub fn may_invite(&self) -> bool {
        self.may_everywhere(Permission::CreateUsers) && self.may_everywhere(Permission::SendMails)
    }
}
