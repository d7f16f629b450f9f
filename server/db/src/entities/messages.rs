//! Mails and text messages that are to be sent, were sent, or could not be.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    pub account_id: Option<AccountId>,
    /// `mail`, `sms`.
    pub channel: String,
    pub kind: String,
    pub recipient: String,
    pub recipient_name: String,
    /// What the template is filled with, as JSON; gone once it is sent, since it may hold a link.
    pub content: Option<String>,
    /// `queued`, `sent`, `failed`.
    pub state: String,
    pub attempts: i64,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    pub created_at: Timestamp,
    /// While it is being sent: when another node may believe that it was not.
    pub next_attempt_at: Timestamp,
    /// Later it is of no use, and not sent any more.
    pub expires_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
