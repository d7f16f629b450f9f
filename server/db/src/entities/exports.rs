//! Exports that were asked for: what, by whom, and how far.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExportId,
    pub started_by: AccountId,
    /// An `ExportRequest`, as JSON.
    pub request: String,
    pub state: String,
    pub total: i64,
    pub done: i64,
    pub created_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
