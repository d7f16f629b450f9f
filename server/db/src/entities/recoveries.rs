//! How somebody gets in without their phone (S7).

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recoveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The way that the holder chose; none: the settings' own.
    pub chosen: Option<String>,
    /// Which of the questions is asked: the next one after each right answer.
    pub asked: i64,
    /// Wrong answers since the last right one.
    pub failures: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
