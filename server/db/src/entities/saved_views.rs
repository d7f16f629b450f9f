//! A state of the user list that somebody has given a name.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_views")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SavedViewId,
    pub owner_id: AccountId,
    pub name: String,
    pub name_key: String,
    /// The query string of the list, without a position.
    pub query: String,
    /// Offered to all administrators, each of whom sees their own people through it.
    pub is_shared: bool,
    /// Rises with every change.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
