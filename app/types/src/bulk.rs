//! Bulk work: what is asked for, how far it is, and what came of each account (U11–U13).
//!
//! To add a kind: a line in `bulk_actions!`, what it asks for in [`BulkAction::asks`], an arm in
//! `domain::users::bulk::apply`, and its sentence in `app::admin::users::bulk`.

use serde::{Deserialize, Serialize};

use crate::user_list::{Filter, grouped};
use crate::{AccountId, GroupId, JobId, OrganizationId, Permission, RoleId, Timestamp};

macro_rules! bulk_actions {
    ($($(#[$doc:meta])* $name:ident = $key:literal, $label:literal, $past:literal, $permission:ident;)+) => {
        /// What can be done to many accounts at once.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum BulkAction { $($(#[$doc])* #[serde(rename = $key)] $name,)+ }

        impl BulkAction {
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// How the database and the wire spell it.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$name),)+ _ => None }
            }

            /// The word on the screen.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// `12 users disabled`, `12 users added to Engineering`.
            pub fn past(self) -> &'static str {
                match self { $(Self::$name => $past,)+ }
            }

            pub fn permission(self) -> Permission {
                match self { $(Self::$name => Permission::$permission,)+ }
            }
        }
    };
}

bulk_actions! {
    Enable = "enable", "Enable", "enabled", DisableUsers;
    Disable = "disable", "Disable", "disabled", DisableUsers;
    Delete = "delete", "Delete", "deleted", DeleteUsers;
    /// Takes a deletion back.
    Restore = "restore", "Restore", "restored", DeleteUsers;
    AddToGroup = "add_to_group", "Add to group", "added to", ManageMemberships;
    RemoveFromGroup = "remove_from_group", "Remove from group", "removed from", ManageMemberships;
    AssignRole = "assign_role", "Assign role", "got the role", AssignRoles;
    RemoveRole = "remove_role", "Remove role", "lost the role", AssignRoles;
    SendActivation = "send_activation", "Send activation mail", "sent an activation mail", SendMails;
    SendWelcome = "send_welcome", "Send welcome mail", "sent a welcome mail", SendMails;
    SendPasswordReset = "send_password_reset", "Send password reset", "sent a password reset", SendMails;
    SetPasswordExpiry = "set_password_expiry", "Set password expiry", "given a password expiry", SetPasswords;
    EndSessions = "end_sessions", "End sessions", "signed out", EndSessions;
    /// Forgets second factors (A8).
    ResetMfa = "reset_mfa", "Reset user MFA", "without a second factor now", ManageAuthenticators;
    /// Forgets second factors and password (A5).
    RemoveIdentity = "remove_identity", "Remove user identity", "not registered any more", RemoveIdentities;
    /// For those in the recycle bin: nothing is left of them (U15).
    Purge = "purge", "Delete permanently", "deleted permanently", DeleteUsers;
}

/// What an action asks for, besides the confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    Nothing,
    /// May stay empty.
    Reason,
    Group,
    Role,
    /// A date, or none.
    Expiry,
}

impl BulkAction {
    pub fn asks(self) -> Asks {
        match self {
            Self::Disable => Asks::Reason,
            Self::AddToGroup | Self::RemoveFromGroup => Asks::Group,
            Self::AssignRole | Self::RemoveRole => Asks::Role,
            Self::SetPasswordExpiry => Asks::Expiry,
            _ => Asks::Nothing,
        }
    }

    /// Asks to type the count before it goes ahead.
    pub fn is_destructive(self) -> bool {
        matches!(self, Self::Delete | Self::RemoveIdentity | Self::Purge)
    }

    /// Whether whoever does it has to have proven lately who they are (S12).
    pub fn needs_proof(self) -> bool {
        matches!(
            self,
            Self::Delete | Self::Purge | Self::ResetMfa | Self::RemoveIdentity | Self::AssignRole | Self::RemoveRole
        )
    }

    /// What takes it back for those to whom it was done.
    pub fn reverse(self) -> Option<Self> {
        match self {
            Self::Enable => Some(Self::Disable),
            Self::Disable => Some(Self::Enable),
            Self::Delete => Some(Self::Restore),
            Self::AddToGroup => Some(Self::RemoveFromGroup),
            Self::RemoveFromGroup => Some(Self::AddToGroup),
            Self::AssignRole => Some(Self::RemoveRole),
            Self::RemoveRole => Some(Self::AssignRole),
            Self::Restore
            | Self::EndSessions
            | Self::SendActivation
            | Self::SendWelcome
            | Self::SendPasswordReset
            | Self::SetPasswordExpiry
            | Self::ResetMfa
            | Self::RemoveIdentity
            | Self::Purge => None,
        }
    }

    /// Whether it is for accounts in the recycle bin.
    pub fn is_for_deleted(self) -> bool {
        matches!(self, Self::Restore | Self::Purge)
    }
}

/// What an action needs to know besides whom; kept with the job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameters {
    #[default]
    None,
    /// Of a disabling; shown to staff.
    Reason(String),
    Group(GroupId),
    Role {
        role: RoleId,
        /// `None`: everywhere.
        organization: Option<OrganizationId>,
    },
    /// When a password stops working; `None` takes the date away.
    Expiry(Option<Timestamp>),
}

impl Parameters {
    /// Whether this is what the action asks for.
    pub fn suit(&self, action: BulkAction) -> bool {
        matches!(
            (action.asks(), self),
            (Asks::Nothing | Asks::Reason, Self::None)
                | (Asks::Reason, Self::Reason(_))
                | (Asks::Group, Self::Group(_))
                | (Asks::Role, Self::Role { .. })
                | (Asks::Expiry, Self::Expiry(_))
        )
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

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    Bulk(BulkAction),
    Import,
    /// An import that writes nothing.
    ImportDryRun,
}

impl JobKind {
    pub fn key(self) -> &'static str {
        match self {
            Self::Bulk(action) => action.key(),
            Self::Import => "import",
            Self::ImportDryRun => "import_dry_run",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "import" => Some(Self::Import),
            "import_dry_run" => Some(Self::ImportDryRun),
            key => BulkAction::from_key(key).map(Self::Bulk),
        }
    }

    /// Whether it counts rows of a file.
    pub fn is_import(self) -> bool {
        matches!(self, Self::Import | Self::ImportDryRun)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Bulk(action) => action.label(),
            Self::Import => "Import",
            Self::ImportDryRun => "Dry run of an import",
        }
    }

    fn past(self) -> &'static str {
        match self {
            Self::Bulk(action) => action.past(),
            Self::Import => "imported from",
            Self::ImportDryRun => "could be imported from",
        }
    }
}

/// How far a job is. `done + skipped + failed` is `total` when it is over: whoever a cancelled job
/// did not come to is skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkReport {
    pub job: JobId,
    pub kind: JobKind,
    /// The group, role or file, by name.
    pub detail: Option<String>,
    pub state: JobState,
    pub total: i64,
    pub done: i64,
    pub skipped: i64,
    pub failed: i64,
    pub started_by: String,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// Why accounts were skipped or failed, and how many each; of an import how many were new.
    pub reasons: Vec<(String, i64)>,
    /// What takes it back for those to whom it was done; `None` while it runs, and when nothing does.
    pub undo: Option<BulkAction>,
}

impl BulkReport {
    pub fn handled(&self) -> i64 {
        self.done + self.skipped + self.failed
    }

    /// `Disable`, `Add to group: Engineering`.
    pub fn title(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}: {detail}", self.kind.label()),
            None => self.kind.label().to_owned(),
        }
    }

    /// `3 users disabled, 1 skipped`.
    pub fn summary(&self) -> String {
        let users = if self.done == 1 { "user" } else { "users" };
        let mut text = format!("{} {users} {}", grouped(self.done), self.kind.past());
        if let Some(detail) = &self.detail {
            text += &format!(" {detail}");
        }
        if self.skipped > 0 {
            text += &format!(", {} skipped", grouped(self.skipped));
        }
        if self.failed > 0 {
            text += &format!(", {} failed", grouped(self.failed));
        }
        text
    }

    /// Of a job about one person: `Ada: disabled`, or why not: `Disable user: Ada is not there.`
    pub fn about(&self, name: &str) -> String {
        if self.done > 0 {
            let detail = self.detail.as_ref().map(|detail| format!(" {detail}")).unwrap_or_default();
            return format!("{name}: {}{detail}", self.kind.past());
        }
        let action = match self.kind {
            JobKind::Bulk(BulkAction::Enable | BulkAction::Disable) => format!("{} user", self.kind.label()),
            kind => kind.label().to_owned(),
        };
        let reason = self.reasons.first().map_or("nothing was done", |(reason, _)| reason);
        let reason = reason.strip_prefix("not allowed: ").unwrap_or(reason);
        let is = match reason.split(' ').next() {
            Some("holds" | "has" | "does" | "belongs") => " ",
            Some("already" | "not" | "disabled") => " is ",
            _ => ": ",
        };
        format!("{action}: {name}{is}{reason}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_survives_its_key() {
        for action in BulkAction::ALL {
            assert_eq!(BulkAction::from_key(action.key()), Some(*action));
            assert_eq!(JobKind::from_key(action.key()), Some(JobKind::Bulk(*action)));
        }
    }

    #[test]
    fn what_came_of_one_person_is_about_them() {
        let mut report = BulkReport {
            job: JobId(uuid::Uuid::nil()),
            kind: JobKind::Bulk(BulkAction::AssignRole),
            detail: Some("Auditor".into()),
            state: JobState::Done,
            total: 1,
            done: 1,
            skipped: 0,
            failed: 0,
            started_by: String::new(),
            created_at: Timestamp(0),
            finished_at: None,
            reasons: Vec::new(),
            undo: None,
        };
        assert_eq!(report.about("Ada"), "Ada: got the role Auditor");
        (report.done, report.skipped) = (0, 1);
        for (reason, said) in [
            ("has the role already", "Assign role: Ada has the role already."),
            ("not onboarded", "Assign role: Ada is not onboarded."),
            ("the last Owner stays", "Assign role: Ada: the last Owner stays."),
        ] {
            report.reasons = vec![(reason.into(), 1)];
            assert_eq!(report.about("Ada"), said);
        }
        report.kind = JobKind::Bulk(BulkAction::Disable);
        report.reasons = vec![("not allowed: holds permissions that you do not have".into(), 1)];
        assert_eq!(report.about("Olivia"), "Disable user: Olivia holds permissions that you do not have.");
    }

    #[test]
    fn an_action_takes_what_it_asks_for_and_nothing_else() {
        assert!(Parameters::None.suit(BulkAction::Disable) && Parameters::None.suit(BulkAction::Enable));
        assert!(Parameters::Reason("left".into()).suit(BulkAction::Disable));
        assert!(!Parameters::Reason("left".into()).suit(BulkAction::Enable));
        assert!(!Parameters::None.suit(BulkAction::AddToGroup));
        assert!(!Parameters::Group(GroupId(uuid::Uuid::nil())).suit(BulkAction::AssignRole));
    }
}
