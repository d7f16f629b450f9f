//! Which accounts have which value: of attributes that are searched for or unique.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_attributes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub attribute_id: AttributeId,
    /// The value, folded; one row for each part of a multiple choice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value_key: String,
    /// Whether nobody else may have it.
    pub is_unique: bool,
    /// Whether parts of it are searched for.
    pub is_text: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
