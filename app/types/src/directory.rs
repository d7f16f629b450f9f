//! What stands around accounts: groups, organizations, roles, as the console lists them.

use serde::{Deserialize, Serialize};

use crate::{GroupId, OrganizationId, Permission, RoleId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryGroup {
    pub id: GroupId,
    pub name: String,
    pub description: String,
    pub members: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryOrganization {
    pub id: OrganizationId,
    pub name: String,
    pub members: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryRole {
    pub id: RoleId,
    pub name: String,
    pub description: String,
    pub permissions: Vec<Permission>,
}
