//! The password of an account, as its Argon2id hash.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// PHC string format.
    pub hash: String,
    pub changed_at: Timestamp,
    /// Set by staff: the holder chooses another before anything else.
    pub must_change: bool,
    /// Shorter than a password may be that stands alone: chosen beside a second factor.
    pub is_short: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
