//! A row of an import that was rejected, and why.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_problems")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// The row, as a spreadsheet counts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// Pairs of column and message, as JSON.
    pub problems: String,
    /// The row's cells, as JSON.
    pub record: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
