//! One batch of a bulk action: who is left out and why, the rest changed, with their events.
//!
//! The verbs themselves are in `enable.rs`, `disable.rs`, `delete.rs` and `restore.rs`.

use std::collections::{BTreeMap, HashMap, HashSet};

use db::entities::accounts;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::AccountId;
use types::bulk::BulkAction;

use super::{counts, delete, disable, enable, restore};
use crate::authority::{holding_more, is_last_owner_among};
use crate::database::TO_CHANGE;
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
        .lock(TO_CHANGE)
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
    // In the order of ids: two that change the same counts wait for each other.
    let mut by_store: BTreeMap<_, counts::Change> = BTreeMap::new();
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

#[cfg(test)]
mod tests {
    use types::Permission;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    fn skipped(why: &'static str) -> (i64, i64, Vec<(String, i64)>) {
        (0, 1, vec![(why.to_owned(), 1)])
    }

    async fn outcome(
        context: &Context,
        staff: &Staff,
        action: BulkAction,
        id: AccountId,
    ) -> (i64, i64, Vec<(String, i64)>) {
        let report = testing::bulk(context, staff, action, &[id]).await;
        (report.done, report.skipped, report.reasons)
    }

    #[tokio::test]
    async fn disabling_and_the_end_of_sessions_are_one_transaction() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            for commit in [false, true] {
                let transaction = context.database.begin().await.unwrap();
                let outcomes = apply(&transaction, &context, &owner, BulkAction::Disable, &[ada], None).await.unwrap();
                assert_eq!(outcomes[&ada], ItemOutcome::Done);
                if commit {
                    transaction.commit().await.unwrap();
                } else {
                    transaction.rollback().await.unwrap();
                }
                assert_eq!(testing::account(&context, ada).await.disabled_at.is_some(), commit);
                assert_eq!(testing::open_sessions(&context, ada).await, u64::from(!commit));
                let logged = testing::events_of(&context, ada, types::events::EventKind::AccountDisabled).await;
                assert_eq!(logged, u64::from(commit));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn doing_it_again_changes_nothing_and_says_why() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let done = (1, 0, Vec::new());
            use BulkAction::*;
            assert_eq!(outcome(&context, &owner, Enable, ada).await, skipped("already enabled"));
            assert_eq!(outcome(&context, &owner, Restore, ada).await, skipped("not deleted"));
            assert_eq!(outcome(&context, &owner, Disable, ada).await, done);
            let before = testing::account(&context, ada).await;
            assert_eq!(outcome(&context, &owner, Disable, ada).await, skipped("already disabled"));
            assert_eq!(testing::account(&context, ada).await, before);
            assert_eq!(outcome(&context, &owner, Delete, ada).await, done);
            assert_eq!(outcome(&context, &owner, Restore, ada).await, done);
            assert!(testing::account(&context, ada).await.disabled_at.is_some());
            assert_eq!(outcome(&context, &owner, Enable, ada).await, done);
            assert_eq!(testing::account(&context, ada).await.disabled_reason, None);
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_disables_or_deletes_themselves() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for action in [BulkAction::Disable, BulkAction::Delete] {
                assert_eq!(outcome(&context, &owner, action, owner.account).await, skipped(YOURSELF));
            }
            assert_eq!(testing::open_sessions(&context, owner.account).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn who_holds_more_is_left_out_and_the_others_are_not() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let peer = testing::staff_with(&context, &owner, "peer", BuiltInRole::HelpDesk, None).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let ids = [owner.account, admin.account, peer.account, ada];
            let report = testing::bulk(&context, &desk, BulkAction::Disable, &ids).await;
            assert_eq!((report.done, report.reasons), (2, vec![(HOLDS_MORE.to_owned(), 2)]));
            assert!(testing::account(&context, admin.account).await.disabled_at.is_none());
            assert!(testing::account(&context, peer.account).await.disabled_at.is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn the_last_owner_stays() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = testing::onboarded(&context, &owner, "equal").await;
            testing::give_permissions(&context, id, Permission::ALL, None).await;
            let equal = testing::staff(&context, id).await;
            // One more who could not sign in is no reason to let the last one go.
            let bare = testing::user(&context, &owner, "bare").await;
            testing::give_role(&context, bare, BuiltInRole::Owner, None).await;
            for action in [BulkAction::Disable, BulkAction::Delete] {
                assert_eq!(outcome(&context, &equal, action, owner.account).await, skipped(LAST_OWNER));
            }
            let second = testing::onboarded(&context, &owner, "second").await;
            testing::give_role(&context, second, BuiltInRole::Owner, None).await;
            let report = testing::bulk(&context, &equal, BulkAction::Delete, &[owner.account, second]).await;
            assert_eq!((report.done, report.reasons), (0, vec![(LAST_OWNER.to_owned(), 2)]));
            assert_eq!(outcome(&context, &equal, BulkAction::Delete, owner.account).await, (1, 0, Vec::new()));
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_owners_who_disable_each_other_at_once_one_stays() {
        testing::on_both(|context| async move {
            let mut one = testing::owner(&context).await;
            let mut two = testing::staff_with(&context, &one, "two", BuiltInRole::Owner, None).await;
            for _ in 0..6 {
                let (ids, others) = ([one.account], [two.account]);
                let (first, second) = tokio::join!(
                    testing::bulk(&context, &one, BulkAction::Disable, &others),
                    testing::bulk(&context, &two, BulkAction::Disable, &ids)
                );
                assert_eq!((first.done + second.done, first.skipped + second.skipped), (1, 1));
                if second.done == 1 {
                    std::mem::swap(&mut one, &mut two);
                }
                testing::bulk(&context, &one, BulkAction::Enable, &[two.account]).await;
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_account_that_is_gone_is_not_there() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let gone = AccountId(context.id());
            let transaction = context.database.begin().await.unwrap();
            let outcomes = apply(&transaction, &context, &owner, BulkAction::Delete, &[gone], None).await.unwrap();
            assert_eq!(outcomes[&gone], ItemOutcome::Skipped(NOT_THERE));
        })
        .await;
    }
}
