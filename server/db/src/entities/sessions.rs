//! Sign-ins that may still act. The token itself is only in the cookie.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub account_id: AccountId,
    /// SHA-256 of the token, in base64url.
    pub token_hash: String,
    pub created_at: Timestamp,
    /// To the minute; written at most once a minute.
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub ip: String,
    /// `Chrome on Linux`.
    pub browser: String,
    /// When the holder last proved who they are: at the sign-in, or when asked again (S12).
    pub proved_at: Timestamp,
    /// What the sign-in was proven with, separated by spaces.
    pub methods: String,
    /// Where the address is: `Zürich, Switzerland`; empty when unknown.
    pub place: String,
    /// The browser that began it; none once it was removed, and for impersonation.
    pub device_id: Option<DeviceId>,
    /// The session of the staff member who looks at the account in its holder's place.
    pub actor_session_id: Option<SessionId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
