//! Who belongs to which organization.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_memberships")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    pub added_at: Timestamp,
    /// What the list is sorted by, as the account has it: the database fills it in and keeps it up.
    pub name_key: String,
    pub email_key: String,
    pub account_created_at: Timestamp,
    pub last_sign_in_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
