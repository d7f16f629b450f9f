//! Attributes of identity stores.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attributes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttributeId,
    pub store_id: StoreId,
    /// Unique in the store; never changed.
    pub key: String,
    pub label: String,
    pub kind: String,
    /// One a line.
    pub choices: String,
    pub hint: String,
    pub required: bool,
    pub is_unique: bool,
    pub pattern: Option<String>,
    pub console_visible: bool,
    pub console_editable: bool,
    pub holder_visible: bool,
    pub holder_editable: bool,
    pub searchable: bool,
    pub section: String,
    pub position: i64,
    /// Rises with every change; a change names the one it began from.
    pub version: i64,
    pub created_at: Timestamp,
    /// The row goes when the values have gone.
    pub removed_at: Option<Timestamp>,
    /// How many accounts there were to look at when the work began; `None`: no work.
    pub work_total: Option<i64>,
    pub work_done: i64,
    /// The last account that has been looked at.
    pub work_after: Option<AccountId>,
    pub leased_until: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
