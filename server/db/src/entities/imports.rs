//! A CSV file that was uploaded to be imported.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportId,
    pub file_name: String,
    /// In bytes.
    pub size: i64,
    /// Without the header.
    pub row_count: i64,
    pub encoding: String,
    pub delimiter: String,
    /// The header's cells, as JSON.
    pub header: String,
    pub uploaded_by: AccountId,
    pub uploaded_at: Timestamp,
    /// Whether all of it has come.
    pub is_complete: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
