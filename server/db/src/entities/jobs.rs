//! Long work: a lease, progress, a cancel flag.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    pub action: String,
    /// What the action needs to know besides whom, as JSON.
    pub parameters: String,
    /// The group or role by name, as it was called at the start.
    pub detail: Option<String>,
    pub state: String,
    pub total: i64,
    pub done: i64,
    pub skipped: i64,
    pub failed: i64,
    /// The position of the last item that was handled; 0 before the first.
    pub handled_to: i64,
    /// Where the work goes on, in the words of its kind.
    pub resume: Option<String>,
    /// Outlives the account.
    pub started_by: Option<AccountId>,
    pub session_id: Option<SessionId>,
    pub ip: Option<String>,
    pub browser: Option<String>,
    /// Where the address is.
    pub place: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub cancel_requested_at: Option<Timestamp>,
    /// When **Undo** took it back.
    pub undone_at: Option<Timestamp>,
    /// Until when the node that works on it is believed to be alive.
    pub leased_until: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
