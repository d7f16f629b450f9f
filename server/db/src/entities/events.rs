//! What happened. Rows are only ever added.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    pub at: Timestamp,
    pub kind: String,
    pub outcome: String,
    pub actor_id: Option<AccountId>,
    pub on_behalf_of: Option<AccountId>,
    pub subject_id: Option<AccountId>,
    pub session_id: Option<SessionId>,
    pub ip: Option<String>,
    pub browser: Option<String>,
    /// JSON list of field changes; null when there are none.
    pub changes: Option<String>,
    pub note: Option<String>,
    /// Where the address is.
    pub place: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
