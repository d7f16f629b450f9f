//! For `roster seed` only: rows with a past, which no verb can make. They go through the same columns
//! as all others, so that search texts and sort keys are right.

use db::entities::accounts;
use sea_orm::ConnectionTrait;
use types::accounts::AccountFields;
use types::attributes::{AttributeDefinition, AttributeForm};
use types::{AccountId, AttributeId, StoreId, Timestamp};

use crate::Result;

/// An account as it was when it was made; the caller adds what happened since, writes it in a
/// transaction and adds it to [`crate::users::counts`].
pub fn account(id: AccountId, store: StoreId, fields: &AccountFields, created_at: Timestamp) -> accounts::ActiveModel {
    crate::users::columns::new_row(id, store, fields, created_at)
}

/// An attribute of a store, without an event.
pub async fn attribute(
    connection: &impl ConnectionTrait,
    id: AttributeId,
    store: StoreId,
    form: &AttributeForm,
    position: i64,
    now: Timestamp,
) -> Result<AttributeDefinition> {
    crate::attributes::insert_for_seed(connection, id, store, form, position, now).await
}
