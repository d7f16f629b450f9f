//! The recycle bin, as its page shows it (U15).

use serde::{Deserialize, Serialize};

use crate::{AccountId, Timestamp};

/// A deleted account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedUser {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub deleted_at: Timestamp,
    /// `None`: somebody who is gone, or the system.
    pub deleted_by: Option<String>,
    /// From when on nothing is left of it.
    pub purged_at: Timestamp,
}

/// A page, the latest deletion first; `older` asks for the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecycleBinPage {
    pub rows: Vec<DeletedUser>,
    /// Counted to ten thousand.
    pub count: i64,
    pub more_than_counted: bool,
    /// How long a deleted account waits, in days.
    pub wait_days: i64,
    pub older: Option<String>,
}
