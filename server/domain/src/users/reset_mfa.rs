//! **Reset user MFA** (A8): forget second factors; where a second factor is required the holder sets
//! one up at the next sign-in.

use sea_orm::DatabaseTransaction;
use types::AccountId;
use types::events::EventKind;

use super::bulk::Change;
use super::counts;
use crate::{Context, Result, authenticators, sessions};

/// Forgets second factors and security codes, and ends all sessions.
pub(super) async fn reset_mfa(
    transaction: &DatabaseTransaction,
    context: &Context,
    ids: &[AccountId],
) -> Result<Change> {
    authenticators::forget_all(transaction, context, ids).await?;
    sessions::end_all_of(transaction, context, ids).await?;
    let unchanged = counts::Change::default();
    Ok(Change { kind: EventKind::SecondFactorReset, enabled: unchanged, disabled: unchanged })
}
