//! What stands around accounts: groups, organizations and roles, as the console shows them (D2–D4).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::user_list::{MatchCount, UserRow};
use crate::{AccountId, FieldErrors, GroupId, OrganizationId, Permission, RoleId, StoreId, Timestamp, text};

/// The most characters of a name and of a description.
pub const NAME_MOST: usize = 100;
pub const DESCRIPTION_MOST: usize = 500;

/// Groups and organizations are handled alike: people are in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    Group,
    Organization,
}

impl UnitKind {
    /// `group`, in the middle of a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Organization => "organization",
        }
    }

    /// The page's name.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Group => "Groups",
            Self::Organization => "Organizations",
        }
    }

    /// The page's address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Group => "/admin/groups",
            Self::Organization => "/admin/organizations",
        }
    }
}

/// One group or organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Group(GroupId),
    Organization(OrganizationId),
}

impl Unit {
    pub fn kind(self) -> UnitKind {
        match self {
            Self::Group(_) => UnitKind::Group,
            Self::Organization(_) => UnitKind::Organization,
        }
    }

    /// Its page.
    pub fn path(self) -> String {
        format!("{}/{self}", self.kind().path())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(id) => id.fmt(f),
            Self::Organization(id) => id.fmt(f),
        }
    }
}

/// What can be changed of a group or organization, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitForm {
    pub name: String,
    pub description: String,
    /// The group that this one is in; organizations are in none.
    pub parent: Option<GroupId>,
    /// Whose people a new group is for, unless the group around it says; `None`: the default store's.
    /// Nothing changes it later.
    pub store: Option<StoreId>,
}

impl UnitForm {
    /// The same with each field known to be storable.
    ///
    /// # Errors
    /// Every field that cannot be stored.
    pub fn parse(&self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.keep("name", text::line(&self.name, NAME_MOST));
        let description = errors.keep("description", text::optional_line(&self.description, DESCRIPTION_MOST));
        match (name, description) {
            (Some(name), Some(description)) => Ok(Self { name, description: description.unwrap_or_default(), ..*self }),
            _ => Err(errors),
        }
    }
}

/// A row of **Groups** or **Organizations**.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRow {
    pub unit: Unit,
    pub name: String,
    pub description: String,
    /// The name of the group that it is in.
    pub parent: Option<String>,
    /// The identity store that a group belongs to, when there are several.
    pub store: Option<String>,
    /// Members whom the reader may see.
    pub members: MatchCount,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitPage {
    pub rows: Vec<UnitRow>,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// A group or organization by name, such as the way down to a nested group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitName {
    pub unit: Unit,
    pub name: String,
}

/// The page of one group or organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitView {
    pub unit: Unit,
    pub form: UnitForm,
    /// Rises with every change; an edit names the one it began from.
    pub version: i64,
    pub created_at: Timestamp,
    /// The groups around it, the outermost first.
    pub path: Vec<UnitName>,
    /// At most a hundred groups directly in it, by name.
    pub children: Vec<UnitName>,
    /// Roles that hold for it, and go with it.
    pub assignments: MatchCount,
    pub members: MatchCount,
    pub may_edit: bool,
    pub may_delete: bool,
    pub may_change_members: bool,
}

/// What came of saving an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved<Form> {
    Saved {
        version: i64,
    },
    /// Somebody else saved first: theirs, and the version that overwriting it must name.
    Conflict {
        theirs: Form,
        version: i64,
    },
}

/// A page of members, those whom the reader may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPage {
    pub rows: Vec<UserRow>,
    pub count: MatchCount,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Somebody who could be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub is_member: bool,
    /// The name of their identity store, where there are several.
    pub store: Option<String>,
}

/// What came of adding or removing many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberReport {
    pub done: i64,
    /// Why the others were left out, and how many each.
    pub skipped: Vec<(String, i64)>,
}

/// The most accounts that can be added or removed at once by naming them.
pub const MEMBERS_MOST: usize = 500;

/// A role as typed: its permissions are a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    pub name: String,
    pub description: String,
    pub permissions: Vec<Permission>,
    /// Whoever holds it signs in with a second factor, whatever the settings say (S4).
    #[serde(default)]
    pub requires_second_factor: bool,
}

impl RoleForm {
    /// The same with each field known to be storable; permissions in their own order, each once.
    ///
    /// # Errors
    /// Every field that cannot be stored.
    pub fn parse(&self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.keep("name", text::line(&self.name, NAME_MOST));
        let description = errors.keep("description", text::optional_line(&self.description, DESCRIPTION_MOST));
        let permissions: Vec<_> =
            Permission::ALL.iter().copied().filter(|one| self.permissions.contains(one)).collect();
        if permissions.is_empty() {
            errors.add("permissions", "Choose at least one permission.");
        }
        match (name, description) {
            (Some(name), Some(description)) if errors.is_empty() => Ok(Self {
                name,
                description: description.unwrap_or_default(),
                permissions,
                requires_second_factor: self.requires_second_factor,
            }),
            _ => Err(errors),
        }
    }
}

/// A row of **Roles**.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRow {
    pub id: RoleId,
    pub name: String,
    pub description: String,
    pub built_in: bool,
    pub permissions: Vec<Permission>,
    pub requires_second_factor: bool,
    /// Assignments that the reader may see.
    pub holders: MatchCount,
}

/// The page of one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleView {
    pub id: RoleId,
    pub form: RoleForm,
    pub version: i64,
    pub built_in: bool,
    pub created_at: Timestamp,
    pub holders: MatchCount,
    /// What the reader holds everywhere, and so may put into a role.
    pub grantable: Vec<Permission>,
    /// Custom, and without a permission that the reader lacks.
    pub may_edit: bool,
    /// Whether they may choose if it requires a second factor, of a built-in role too.
    pub may_require: bool,
}

/// Who holds a role, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderRow {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    /// `None`: everywhere.
    pub organization: Option<String>,
    pub assigned_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderPage {
    pub rows: Vec<HolderRow>,
    pub before: Option<String>,
    pub after: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_every_wrong_field() {
        let form = UnitForm { name: " ".into(), description: "a\nb".into(), ..UnitForm::default() };
        let errors = form.parse().unwrap_err();
        assert_eq!(errors.0.keys().map(String::as_str).collect::<Vec<_>>(), ["description", "name"]);
        let errors = RoleForm { name: "x".repeat(101), ..RoleForm::default() }.parse().unwrap_err();
        assert_eq!(errors.0.keys().map(String::as_str).collect::<Vec<_>>(), ["name", "permissions"]);
    }

    #[test]
    fn permissions_are_a_set() {
        use Permission::{EditUsers, ViewUsers};
        let form = RoleForm {
            name: " Desk ".into(),
            permissions: vec![EditUsers, ViewUsers, EditUsers],
            ..RoleForm::default()
        };
        let form = form.parse().unwrap();
        assert_eq!((form.name.as_str(), form.permissions), ("Desk", vec![ViewUsers, EditUsers]));
    }
}
