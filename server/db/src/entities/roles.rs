//! Sets of permissions.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    /// `owner`, `administrator`, `help_desk`, `auditor`; null for custom roles.
    pub built_in: Option<String>,
    pub name: String,
    pub description: String,
    /// Permission keys, joined with spaces.
    pub permissions: String,
    pub created_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
