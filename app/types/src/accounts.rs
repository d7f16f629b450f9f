//! An account as forms and the profile show it.

use serde::{Deserialize, Serialize};

use crate::attributes::{AttributeDefinition, Values};
use crate::{
    AccountId, EmailAddress, FieldErrors, GroupId, OrganizationId, Permission, RoleAssignmentId, RoleId, StoreId,
    Timestamp,
};
use crate::{person_name, phone_number, text, username};

/// What is true of an account now: the labels of the list and the profile (U2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusLabel {
    Enabled,
    Disabled,
    Locked,
    VerifiedEmail,
    UnverifiedEmail,
    PasswordExpired,
    NotRegistered,
    PendingActivation,
    /// The same, when the link of the mail does not work any more.
    ActivationExpired,
    Onboarded,
}

impl StatusLabel {
    pub fn text(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Locked => "Locked",
            Self::VerifiedEmail => "Verified email",
            Self::UnverifiedEmail => "Unverified email",
            Self::PasswordExpired => "Password expired",
            Self::NotRegistered => "Not registered",
            Self::PendingActivation => "Pending activation",
            Self::ActivationExpired => "Pending activation (expired)",
            Self::Onboarded => "Onboarded",
        }
    }
}

/// The fields of **Add user**, **Edit** and first-run set-up, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountForm {
    pub email: String,
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    /// Custom attributes by key; those that are not there stay as they are.
    pub attributes: Values,
}

/// The built-in ones of these fields, each known to be storable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFields {
    pub email: EmailAddress,
    pub username: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
}

impl AccountForm {
    /// # Errors
    /// Every field that cannot be stored, with what to do about it.
    pub fn parse(&self) -> Result<AccountFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let email = errors.keep("email", EmailAddress::parse(&self.email));
        let username = errors.keep("username", username::parse(&self.username));
        let name = |text: &str| text::optional_line(text, person_name::MOST_CHARACTERS).map(Option::unwrap_or_default);
        let first_name = errors.keep("first_name", name(&self.first_name));
        let last_name = errors.keep("last_name", name(&self.last_name));
        let phone = errors.keep("phone", phone_number::parse(&self.phone));
        match (email, username, first_name, last_name, phone) {
            (Some(email), Some(username), Some(first_name), Some(last_name), Some(phone)) => {
                Ok(AccountFields { email, username, first_name, last_name, phone })
            }
            _ => Err(errors),
        }
    }
}

/// The fields of **Invite user**, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InviteForm {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub role: Option<RoleId>,
    /// Where the role holds, and what they become a member of; `None`: everywhere, and nothing.
    pub organization: Option<OrganizationId>,
    /// `None`: the default store.
    pub store: Option<StoreId>,
    /// Custom ones, by key; those that the store requires must be among them.
    #[serde(default)]
    pub attributes: Values,
}

/// What comes of an e-mail address that accounts of several identity stores have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedAddress {
    /// This account signs in by it, the others do not.
    IsItsOwn,
    /// Another account does.
    IsAnothers,
}

/// The overview panel and the **Attributes** tab (P1, P2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub id: AccountId,
    pub store_id: StoreId,
    pub store_name: String,
    pub name: String,
    pub form: AccountForm,
    /// The store's attributes that the console shows, in their order; the values are in `form`.
    pub attributes: Vec<AttributeDefinition>,
    /// Rises with every change; an edit names the one it began from (A2).
    pub version: i64,
    pub labels: Vec<StatusLabel>,
    /// Those that the reader reaches, by name.
    pub organizations: Vec<OrganizationChoice>,
    pub disabled: bool,
    pub disabled_reason: Option<String>,
    pub locked: bool,
    pub created_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
    /// Accounts of other stores have the address too; for those who see everybody.
    pub shared_address: Option<SharedAddress>,
    /// What the reader may do here; the server asks again at each action.
    pub may: Vec<Permission>,
    /// The reader's own account: some actions are refused on oneself.
    pub is_self: bool,
}

impl Profile {
    pub fn may(&self, permission: Permission) -> bool {
        self.may.contains(&permission)
    }
}

/// What came of saving an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditOutcome {
    Saved {
        version: i64,
    },
    /// Somebody else saved first: theirs, and the version that overwriting it must name.
    Conflict {
        theirs: AccountForm,
        version: i64,
    },
}

/// A group that an account is in, or could be put into (A3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    pub id: GroupId,
    pub name: String,
    pub description: String,
    pub since: Option<Timestamp>,
}

/// One assignment of a role (P5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignmentRow {
    pub id: RoleAssignmentId,
    pub role: String,
    /// `None`: everywhere.
    pub organization: Option<String>,
    pub assigned_by: Option<String>,
    pub assigned_at: Timestamp,
    /// Whether the reader may remove it (D6).
    pub removable: bool,
}

/// What the **+ Assign role** dialog offers: only what the reader may grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignableRoles {
    pub roles: Vec<RoleChoice>,
    pub organizations: Vec<OrganizationChoice>,
    /// Whether the reader may grant roles that hold everywhere.
    pub everywhere: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChoice {
    pub id: RoleId,
    pub name: String,
    pub description: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationChoice {
    pub id: OrganizationId,
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_has_its_error() {
        let form = AccountForm {
            email: "nobody".into(),
            username: "a b".into(),
            first_name: "\u{202E}x".into(),
            last_name: "x".repeat(101),
            phone: "12".into(),
            ..AccountForm::default()
        };
        let errors = form.parse().unwrap_err();
        let fields: Vec<_> = errors.0.keys().map(String::as_str).collect();
        assert_eq!(fields, ["email", "first_name", "last_name", "phone", "username"]);
    }
}
