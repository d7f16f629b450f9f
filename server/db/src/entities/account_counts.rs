//! How many accounts of each kind a store has, kept by triggers in the transactions that change them.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_counts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: StoreId,
    /// `onboarded`, `pending_activation` or `not_registered`; with `.disabled` when they are.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    pub count: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
