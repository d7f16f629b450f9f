//! What an account proves itself with beside its password.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authenticators")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuthenticatorId,
    pub account_id: AccountId,
    /// A `types::authenticators::FactorKind`.
    pub kind: String,
    /// What the holder calls it.
    pub name: String,
    /// Sealed; see `domain::sealing`.
    pub secret: String,
    /// What must not be there twice: what the browser knows a passkey by, an HMAC of the rest.
    pub credential_id: Option<String>,
    /// Of an authenticator app: the 30 seconds of the last code that was accepted.
    pub last_step: i64,
    pub created_at: Timestamp,
    /// 0: never.
    pub last_used_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
