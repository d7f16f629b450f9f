//! The code of six digits that went out last, for each purpose. The code itself is nowhere.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// A `domain::codes::CodeFor`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub purpose: String,
    /// HMAC of the code and of all that it is bound to, with a key that is not in the database.
    pub fingerprint: String,
    /// Where it went.
    pub address: String,
    /// The sign-in or the session that asked for it.
    pub bound_to: String,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    /// Wrong ones.
    pub attempts: i64,
    /// Used, or void.
    pub used_at: Option<Timestamp>,
    /// Since when codes sent are counted, and how many there were.
    pub counted_since: Timestamp,
    pub sent_count: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
