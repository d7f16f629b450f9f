//! Who is in which group.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_memberships")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: GroupId,
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
