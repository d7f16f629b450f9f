//! One batch of a bulk action: who is left out and why, the rest changed, with their events.
//!
//! The verbs themselves are in `enable.rs`, `disable.rs`, `delete.rs` and `restore.rs`.

use std::collections::{HashMap, HashSet};

use db::entities::accounts;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::AccountId;
use types::bulk::BulkAction;

use super::{counts, delete, disable, enable, restore};
use crate::authority::{holding_more, is_last_owner_among};
use crate::{Context, Result, Staff, events};

/// What came of one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ItemOutcome {
    Done,
    Skipped(&'static str),
}

const NOT_THERE: &str = "not there";
const YOURSELF: &str = "your own account";
const HOLDS_MORE: &str = "not allowed: holds permissions that you do not have";
const LAST_OWNER: &str = "the last Owner stays";

/// Does the action to those of `ids` that may be acted on, inside the caller's transaction.
/// Scope and permission are asked now, not when the job was started.
pub(crate) async fn apply(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    action: BulkAction,
    ids: &[AccountId],
    reason: Option<&str>,
) -> Result<HashMap<AccountId, ItemOutcome>> {
    let mut outcomes: HashMap<_, _> = ids.iter().map(|id| (*id, ItemOutcome::Skipped(NOT_THERE))).collect();
    let scope = staff.require(action.permission())?;
    let select = if action == BulkAction::Restore { scope.accounts_and_deleted() } else { scope.accounts() };
    // Locked in the order of ids, so that two batches wait for each other instead of deadlocking.
    let rows = select
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(accounts::Column::Id)
        .lock_exclusive()
        .all(transaction)
        .await?;
    let found: Vec<_> = rows.iter().map(|row| row.id).collect();
    let holding_more = holding_more(transaction, staff, &found).await?;
    let mut chosen = Vec::new();
    for row in rows {
        let skipped = if row.id == staff.account && action != BulkAction::Enable {
            Some(YOURSELF)
        } else if holding_more.contains(&row.id) {
            Some(HOLDS_MORE)
        } else {
            already(action, &row)
        };
        match skipped {
            Some(why) => {
                outcomes.insert(row.id, ItemOutcome::Skipped(why));
            }
            None => chosen.push(row),
        }
    }
    if matches!(action, BulkAction::Disable | BulkAction::Delete) {
        let leaving: Vec<_> = chosen.iter().map(|row| row.id).collect();
        if staff.holds(types::Permission::OwnEverything, None) && is_last_owner_among(transaction, &leaving).await? {
            let owners = owners_among(transaction, &leaving).await?;
            for id in &owners {
                outcomes.insert(*id, ItemOutcome::Skipped(LAST_OWNER));
            }
            chosen.retain(|row| !owners.contains(&row.id));
        }
    }
    if chosen.is_empty() {
        return Ok(outcomes);
    }
    let ids: Vec<_> = chosen.iter().map(|row| row.id).collect();
    let change = match action {
        BulkAction::Enable => enable::enable(transaction, context, &ids).await?,
        BulkAction::Disable => disable::disable(transaction, context, &ids, reason).await?,
        BulkAction::Delete => delete::delete(transaction, context, &chosen).await?,
        BulkAction::Restore => restore::restore(transaction, context, &chosen).await?,
    };
    count(transaction, &chosen, change).await?;
    let written = ids.iter().map(|id| events::Event::new(change.kind).by(staff).on(*id).note(reason)).collect();
    events::write_all(transaction, context, written).await?;
    for id in ids {
        outcomes.insert(id, ItemOutcome::Done);
    }
    Ok(outcomes)
}

/// What one account's change of state adds to the counts, and how the log calls it.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    pub kind: types::events::EventKind,
    /// What an enabled account adds.
    pub enabled: counts::Change,
    /// What a disabled account adds.
    pub disabled: counts::Change,
}

async fn count(transaction: &DatabaseTransaction, chosen: &[accounts::Model], change: Change) -> Result<()> {
    let mut by_store: HashMap<_, counts::Change> = HashMap::new();
    for row in chosen {
        let one = if row.disabled_at.is_some() { change.disabled } else { change.enabled };
        let sum = by_store.entry(row.store_id).or_default();
        sum.live += one.live;
        sum.disabled += one.disabled;
    }
    for (store, change) in by_store {
        counts::apply(transaction, store, change).await?;
    }
    Ok(())
}

/// Why the action would change nothing.
fn already(action: BulkAction, row: &accounts::Model) -> Option<&'static str> {
    match action {
        BulkAction::Enable if row.disabled_at.is_none() => Some("already enabled"),
        BulkAction::Disable if row.disabled_at.is_some() => Some("already disabled"),
        BulkAction::Restore if row.deleted_at.is_none() => Some("not deleted"),
        _ => None,
    }
}

async fn owners_among(transaction: &DatabaseTransaction, ids: &[AccountId]) -> Result<HashSet<AccountId>> {
    use db::entities::role_assignments;
    let owner = crate::stores::built_in_role(transaction, types::permissions::BuiltInRole::Owner).await?;
    Ok(role_assignments::Entity::find()
        .filter(role_assignments::Column::RoleId.eq(owner))
        .filter(role_assignments::Column::AccountId.is_in(ids.iter().copied()))
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| row.account_id)
        .collect())
}
