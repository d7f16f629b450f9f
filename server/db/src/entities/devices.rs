//! Browsers that accounts have signed in with.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeviceId,
    pub account_id: AccountId,
    /// SHA-256 of what the browser's cookie names it by.
    pub browser_key: String,
    /// `Chrome on Linux`.
    pub browser: String,
    /// Of the last sign-in.
    pub ip: String,
    pub place: String,
    pub registered_at: Timestamp,
    /// The last sign-in.
    pub last_seen_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
