//! Sign-ins that are not finished: proven in part, worth nothing as a session.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pre_sessions")]
pub struct Model {
    /// In the forms, so that a form of another tab's sign-in is noticed. No secret.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PreSessionId,
    /// SHA-256 of the token in the cookie.
    pub token_hash: String,
    pub account_id: AccountId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Set once: it has become a session, or is void.
    pub finished_at: Option<Timestamp>,
    /// When the password was set that this began with; another one since voids it.
    pub password_changed_at: Option<Timestamp>,
    /// What has been proven with, separated by spaces.
    pub methods: String,
    pub second_factor_done: bool,
    /// Wrong codes.
    pub attempts: i64,
    pub return_to: Option<String>,
    /// How far **Forgot my phone** has come: `questions` once they are answered.
    pub recovered: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
