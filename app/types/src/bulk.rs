//! Bulk work: what is asked for, how far it is, and what came of each account (U11–U13).

use serde::{Deserialize, Serialize};

use crate::user_list::Filter;
use crate::{AccountId, JobId, Permission, Timestamp};

/// What can be done to many accounts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Enable,
    Disable,
    Delete,
    /// Takes a deletion back.
    Restore,
}

impl BulkAction {
    pub const ALL: [Self; 4] = [Self::Enable, Self::Disable, Self::Delete, Self::Restore];

    pub fn key(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.key() == key)
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Enable => "Enable",
            Self::Disable => "Disable",
            Self::Delete => "Delete",
            Self::Restore => "Restore",
        }
    }

    /// `12 users disabled`.
    pub fn past(self) -> &'static str {
        match self {
            Self::Enable => "enabled",
            Self::Disable => "disabled",
            Self::Delete => "deleted",
            Self::Restore => "restored",
        }
    }

    pub fn permission(self) -> Permission {
        match self {
            Self::Enable | Self::Disable => Permission::DisableUsers,
            Self::Delete | Self::Restore => Permission::DeleteUsers,
        }
    }

    /// Asks to type the count before it goes ahead.
    pub fn is_destructive(self) -> bool {
        self == Self::Delete
    }
}

/// Whom: the ticked accounts, or everybody that a filter matches at the moment of confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    Accounts(Vec<AccountId>),
    Matching(Filter),
}

/// Over this many accounts the work goes on after the answer, as a job with progress.
pub const INLINE_MOST: i64 = 500;

/// The most accounts that a selection may name one by one; beyond, select by filter.
pub const NAMED_MOST: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Waiting,
    Running,
    Done,
    Cancelled,
}

impl JobState {
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Waiting, Self::Running, Self::Done, Self::Cancelled].into_iter().find(|state| state.key() == key)
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// How far a job is. `done + skipped + failed` reaches `total` when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkReport {
    pub job: JobId,
    pub action: BulkAction,
    pub state: JobState,
    pub total: i64,
    pub done: i64,
    pub skipped: i64,
    pub failed: i64,
    pub started_by: String,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// Why accounts were skipped or failed, and how many each.
    pub reasons: Vec<(String, i64)>,
}

impl BulkReport {
    pub fn handled(&self) -> i64 {
        self.done + self.skipped + self.failed
    }

    /// `3 users disabled, 1 skipped`.
    pub fn summary(&self) -> String {
        let users = if self.done == 1 { "user" } else { "users" };
        let mut text = format!("{} {users} {}", self.done, self.action.past());
        if self.skipped > 0 {
            text += &format!(", {} skipped", self.skipped);
        }
        if self.failed > 0 {
            text += &format!(", {} failed", self.failed);
        }
        text
    }
}
