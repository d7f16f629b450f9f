//! Sessions as their holder and staff see them.

use serde::{Deserialize, Serialize};

use crate::{Permission, SessionId, Timestamp};

/// One live session (E3, A15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    pub id: SessionId,
    /// `Chrome on Linux`.
    pub browser: String,
    pub ip: String,
    pub started_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub current: bool,
}

/// Who is signed in to the console: what the frame of every page needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub name: String,
    pub email: String,
    pub permissions: Vec<Permission>,
    /// Names of the organizations their authority is confined to; empty: everywhere.
    pub confined_to: Vec<String>,
}

impl Viewer {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}
