//! For `roster seed` only: a row with a past, which no verb can make. It goes through the same
//! columns as every other account, so that its search text and sort keys are right.

use db::entities::accounts;
use types::accounts::AccountFields;
use types::{AccountId, StoreId, Timestamp};

/// An account as it was when it was made; the caller adds what happened since, writes it in a
/// transaction and adds it to [`crate::users::counts`].
pub fn account(id: AccountId, store: StoreId, fields: &AccountFields, created_at: Timestamp) -> accounts::ActiveModel {
    crate::users::columns::new_row(id, store, fields, created_at)
}
