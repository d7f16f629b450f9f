//! What staff may do. A role is a set of these; it holds everywhere or for named organizations.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $key:literal, $label:literal;)+) => {
        /// One thing that a role can allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission { $($(#[$doc])* $name,)+ }

        impl Permission {
            /// All of them, in the order of the role editor.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)+];

            /// How the database and the log spell it.
            pub fn key(self) -> &'static str {
                match self { $(Permission::$name => $key,)+ }
            }

            /// How a person reads it.
            pub fn label(self) -> &'static str {
                match self { $(Permission::$name => $label,)+ }
            }

            /// `None` for a key that this version does not know: it grants nothing.
            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Permission::$name),)+ _ => None }
            }
        }
    };
}

permissions! {
    ViewUsers = "view_users", "View users";
    CreateUsers = "create_users", "Add users";
    EditUsers = "edit_users", "Edit users";
    ExportUsers = "export_users", "Export users";
    DisableUsers = "disable_users", "Disable and enable users";
    DeleteUsers = "delete_users", "Delete users";
    UnlockUsers = "unlock_users", "Unlock users";
    SetPasswords = "set_passwords", "Set passwords";
    EndSessions = "end_sessions", "End sessions";
    ManageDevices = "manage_devices", "Remove devices and change device limits";
    ManageAuthenticators = "manage_authenticators", "Change and reset second factors";
    GenerateBackupCodes = "generate_backup_codes", "Generate backup codes";
    RemoveIdentities = "remove_identities", "Remove user identities";
    ImpersonateUsers = "impersonate_users", "Impersonate users";
    SendMails = "send_mails", "Send activation, welcome and password reset mails";
    CopyActivationLinks = "copy_activation_links", "Copy activation links";
    ManageMemberships = "manage_memberships", "Change the groups of users";
    AssignRoles = "assign_roles", "Assign and remove roles";
    ViewEvents = "view_events", "View activity";
    ViewDirectory = "view_directory", "View groups, organizations and roles";
    ManageDirectory = "manage_directory", "Change groups and organizations";
    ManageRoles = "manage_roles", "Create and change roles";
    ManageStores = "manage_stores", "Change identity stores and their attributes";
    ViewMail = "view_mail", "View the mail log";
    ManageSettings = "manage_settings", "Change settings";
    /// Held by Owners only; what keeps everybody else from acting on them (D6).
    OwnEverything = "own_everything", "Own this installation";
}

/// The roles that every installation has (D4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BuiltInRole {
    Owner,
    Administrator,
    HelpDesk,
    Auditor,
}

impl BuiltInRole {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Administrator, Self::HelpDesk, Self::Auditor];

    pub fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::HelpDesk => "help_desk",
            Self::Auditor => "auditor",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Administrator => "Administrator",
            Self::HelpDesk => "Help desk",
            Self::Auditor => "Auditor",
        }
    }

    pub fn description(self) -> &'static str {
        match self {
            Self::Owner => "Everything, and the only role that can act on other Owners.",
            Self::Administrator => "All accounts, groups, organizations and settings.",
            Self::HelpDesk => {
                "Finds, edits, unlocks, disables and enables people; ends their sessions; sends them mails."
            }
            Self::Auditor => "Sees everything, changes nothing.",
        }
    }

    pub fn permissions(self) -> Vec<Permission> {
        use Permission::*;
        match self {
            Self::Owner => Permission::ALL.to_vec(),
            Self::Administrator => Permission::ALL.iter().copied().filter(|p| *p != OwnEverything).collect(),
            Self::HelpDesk => vec![
                ViewUsers,
                EditUsers,
                DisableUsers,
                UnlockUsers,
                EndSessions,
                ManageDevices,
                ManageAuthenticators,
                GenerateBackupCodes,
                SendMails,
                ViewMail,
                ManageMemberships,
                ViewEvents,
                ViewDirectory,
            ],
            Self::Auditor => vec![ViewUsers, ViewEvents, ViewDirectory, ViewMail],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_survives_its_key() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_key(permission.key()), Some(*permission));
        }
        assert_eq!(Permission::from_key("fly"), None);
    }

    #[test]
    fn only_owners_own() {
        for role in BuiltInRole::ALL {
            assert_eq!(role.permissions().contains(&Permission::OwnEverything), role == BuiltInRole::Owner);
        }
    }
}
