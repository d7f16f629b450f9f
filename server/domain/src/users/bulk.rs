//! One batch of a bulk action: who is left out and why, the rest changed, with their events.
//!
//! The verbs themselves are in `enable.rs`, `disable.rs`, `delete.rs`, `restore.rs`, `purge.rs`,
//! `groups.rs`, `roles.rs` and `end_sessions.rs`: each takes the accounts that may be acted on, writes its
//! events, and says what came of each.

use std::collections::{HashMap, HashSet};

use db::entities::accounts;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::AccountId;
use types::bulk::{BulkAction, Parameters};

use super::send_activation::{cannot_be_activated, send_activation};
use super::send_password_reset::{ResetBy, send_password_reset};
use super::send_welcome::send_welcome;
use super::set_password_expiry::set_password_expiry;
use super::{delete, disable, enable, end_sessions, purge, remove_identity, reset_mfa, restore};
use crate::authority::{holding_more, is_last_owner_among};
use crate::database::TO_CHANGE;
use crate::messages::{Alert, alert_each};
use crate::{Context, Error, Result, Staff, events, groups, roles};

/// What came of one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ItemOutcome {
    Done,
    Skipped(&'static str),
    Failed(&'static str),
}

pub(crate) type Outcomes = HashMap<AccountId, ItemOutcome>;

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
    parameters: &Parameters,
    ids: &[AccountId],
) -> Result<Outcomes> {
    let mut outcomes: Outcomes = ids.iter().map(|id| (*id, ItemOutcome::Skipped(NOT_THERE))).collect();
    let scope = staff.require(action.permission())?;
    let select = if action.is_for_deleted() { scope.accounts_and_deleted() } else { scope.accounts() };
    // Locked in the order of ids, so that two batches wait for each other instead of deadlocking.
    let rows = select
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(accounts::Column::Id)
        .lock(TO_CHANGE)
        .all(transaction)
        .await?;
    let found: Vec<_> = rows.iter().map(|row| row.id).collect();
    let holding_more = holding_more(transaction, staff, &found).await?;
    let mut chosen = Vec::with_capacity(rows.len());
    for row in rows {
        let skipped = if row.id == staff.account && !may_concern_oneself(action) {
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
    if matches!(action, BulkAction::Disable | BulkAction::Delete | BulkAction::RemoveIdentity) {
        keep_the_last_owner(transaction, staff, &mut chosen, &mut outcomes).await?;
    }
    if chosen.is_empty() {
        return Ok(outcomes);
    }
    let acted = match (action, parameters) {
        (
            BulkAction::Enable
            | BulkAction::Disable
            | BulkAction::Delete
            | BulkAction::Restore
            | BulkAction::ResetMfa
            | BulkAction::RemoveIdentity,
            _,
        ) => change_state(transaction, context, staff, action, parameters, &chosen).await?,
        (BulkAction::AddToGroup, Parameters::Group(group)) => {
            groups::add_all(transaction, context, staff, *group, &chosen).await?
        }
        (BulkAction::RemoveFromGroup, Parameters::Group(group)) => {
            groups::remove_all(transaction, context, staff, *group, &chosen).await?
        }
        (BulkAction::AssignRole, Parameters::Role { role, organization }) => {
            roles::assign_all(transaction, context, staff, (*role, *organization), &chosen).await?
        }
        (BulkAction::RemoveRole, Parameters::Role { role, organization }) => {
            if roles::is_ownership(transaction, *role, *organization).await? {
                keep_the_last_owner(transaction, staff, &mut chosen, &mut outcomes).await?;
            }
            roles::remove_all(transaction, context, staff, (*role, *organization), &chosen).await?
        }
        (BulkAction::SendActivation, _) => {
            send_activation(transaction, context, Some(staff), &chosen, None).await?;
            everybody(&chosen, &ItemOutcome::Done)
        }
        (BulkAction::SendWelcome, _) => {
            send_welcome(transaction, context, Some(staff), &chosen).await?;
            everybody(&chosen, &ItemOutcome::Done)
        }
        (BulkAction::SendPasswordReset, _) => {
            send_password_reset(transaction, context, ResetBy::Staff(staff), &chosen).await?;
            everybody(&chosen, &ItemOutcome::Done)
        }
        (BulkAction::SetPasswordExpiry, Parameters::Expiry(at)) => {
            set_password_expiry(transaction, context, staff, &chosen, *at).await?;
            everybody(&chosen, &ItemOutcome::Done)
        }
        (BulkAction::Purge, _) => {
            let ids: Vec<_> = chosen.iter().map(|row| row.id).collect();
            purge::purge(transaction, context, Some(staff), &ids).await?;
            everybody(&chosen, &ItemOutcome::Done)
        }
        (BulkAction::EndSessions, _) => end_sessions::end_all(transaction, context, staff, &chosen).await?,
        _ => return Err(Error::Internal(format!("the action {} with other parameters than its own", action.key()))),
    };
    outcomes.extend(acted);
    Ok(outcomes)
}

/// The same for everybody.
pub(crate) fn everybody(chosen: &[accounts::Model], outcome: &ItemOutcome) -> Outcomes {
    chosen.iter().map(|row| (row.id, outcome.clone())).collect()
}

/// `Done` for those in `done`, `Skipped` for the others.
pub(crate) fn done_or_skipped(
    chosen: &[accounts::Model],
    done: &HashSet<AccountId>,
    otherwise: &'static str,
) -> Outcomes {
    let outcome = |id| if done.contains(&id) { ItemOutcome::Done } else { ItemOutcome::Skipped(otherwise) };
    chosen.iter().map(|row| (row.id, outcome(row.id))).collect()
}

fn may_concern_oneself(action: BulkAction) -> bool {
    use BulkAction::{AddToGroup, AssignRole, Enable, RemoveFromGroup};
    matches!(action, Enable | AddToGroup | RemoveFromGroup | AssignRole)
}

/// Takes the Owners out of `chosen` when none would be left.
async fn keep_the_last_owner(
    transaction: &DatabaseTransaction,
    staff: &Staff,
    chosen: &mut Vec<accounts::Model>,
    outcomes: &mut Outcomes,
) -> Result<()> {
    let leaving: Vec<_> = chosen.iter().map(|row| row.id).collect();
    if staff.holds(types::Permission::OwnEverything, None) && is_last_owner_among(transaction, &leaving).await? {
        let owners = owners_among(transaction, &leaving).await?;
        outcomes.extend(owners.iter().map(|id| (*id, ItemOutcome::Skipped(LAST_OWNER))));
        chosen.retain(|row| !owners.contains(&row.id));
    }
    Ok(())
}

/// Enable, disable, delete, restore, and what is taken from an account: the change, one event each.
async fn change_state(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    action: BulkAction,
    parameters: &Parameters,
    chosen: &[accounts::Model],
) -> Result<Outcomes> {
    let ids: Vec<_> = chosen.iter().map(|row| row.id).collect();
    let reason = match parameters {
        Parameters::Reason(reason) => Some(reason.as_str()),
        _ => None,
    };
    let kind = match action {
        BulkAction::Disable => disable::disable(transaction, context, &ids, reason).await?,
        BulkAction::Delete => delete::delete(transaction, context, chosen).await?,
        BulkAction::Restore => restore::restore(transaction, context, chosen).await?,
        BulkAction::ResetMfa => reset_mfa::reset_mfa(transaction, context, &ids).await?,
        BulkAction::RemoveIdentity => remove_identity::remove_identity(transaction, context, &ids).await?,
        _ => enable::enable(transaction, context, &ids).await?,
    };
    let written = ids.iter().map(|id| events::Event::new(kind).by(staff).on(*id).note(reason)).collect();
    events::write_all(transaction, context, written).await?;
    tell(transaction, context, action, chosen).await?;
    if action == BulkAction::Delete {
        purge::at_once(transaction, context, staff, chosen).await?;
    }
    Ok(everybody(chosen, &ItemOutcome::Done))
}

/// Tells the holders what staff did to their accounts.
async fn tell(
    transaction: &DatabaseTransaction,
    context: &Context,
    action: BulkAction,
    chosen: &[accounts::Model],
) -> Result<()> {
    let alert = match action {
        BulkAction::Disable => Alert::AccountDisabled,
        BulkAction::Delete => Alert::AccountDeleted,
        BulkAction::ResetMfa => Alert::SecondFactorsResetByStaff,
        BulkAction::RemoveIdentity => Alert::IdentityRemovedByStaff,
        _ => Alert::AccountEnabled,
    };
    // Who never had a way in has nothing to hear.
    let had_a_way_in = chosen.iter().filter(|account| account.onboarded_at.is_some());
    alert_each(transaction, context, had_a_way_in, &alert).await
}

/// Why the action would change nothing.
fn already(action: BulkAction, row: &accounts::Model) -> Option<&'static str> {
    match action {
        BulkAction::Enable if row.disabled_at.is_none() => Some("already enabled"),
        BulkAction::Disable if row.disabled_at.is_some() => Some("already disabled"),
        BulkAction::SendActivation => cannot_be_activated(row),
        BulkAction::SendWelcome | BulkAction::SendPasswordReset if row.disabled_at.is_some() => Some("disabled"),
        BulkAction::SendWelcome | BulkAction::SendPasswordReset | BulkAction::SetPasswordExpiry
            if row.onboarded_at.is_none() =>
        {
            Some("not onboarded")
        }
        BulkAction::Restore | BulkAction::Purge if row.deleted_at.is_none() => Some("not deleted"),
        BulkAction::ResetMfa if row.second_factor.is_none() => Some("no second factor"),
        BulkAction::RemoveIdentity if row.onboarded_at.is_none() => Some("not registered"),
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
                let outcomes = apply(&transaction, &context, &owner, BulkAction::Disable, &Parameters::None, &[ada])
                    .await
                    .unwrap();
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
            let outcomes =
                apply(&transaction, &context, &owner, BulkAction::Delete, &Parameters::None, &[gone]).await.unwrap();
            assert_eq!(outcomes[&gone], ItemOutcome::Skipped(NOT_THERE));
        })
        .await;
    }

    #[tokio::test]
    async fn groups_and_roles_are_given_and_taken_once_with_one_event_each() {
        testing::on_both(|context| async move {
            use types::events::EventKind::{GroupAdded, GroupRemoved, RoleAssigned, RoleRemoved};
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 4, |at| testing::form(&format!("u{at}"))).await;
            let group = testing::group(&context, "Engineering", &ids[..1]).await;
            let role = testing::role(&context, BuiltInRole::Auditor).await;
            testing::give_role(&context, ids[0], BuiltInRole::Auditor, None).await;
            let steps = [
                (BulkAction::AddToGroup, GroupAdded, "already in the group"),
                (BulkAction::RemoveFromGroup, GroupRemoved, "not in the group"),
                (BulkAction::AssignRole, RoleAssigned, "has the role already"),
                (BulkAction::RemoveRole, RoleRemoved, "does not have the role"),
            ];
            for (action, kind, why) in steps {
                let parameters = testing::parameters(action, group, role);
                let gives = matches!(action, BulkAction::AddToGroup | BulkAction::AssignRole);
                let expected = if gives { (3, vec![(why.to_owned(), 1)]) } else { (4, vec![]) };
                let again = (0, vec![(why.to_owned(), 4)]);
                for expected in [expected, again] {
                    let whom = types::bulk::Selection::Accounts(ids.clone());
                    let report = crate::jobs::start(&context, &owner, action, &whom, &parameters).await.unwrap();
                    assert_eq!((report.done, report.reasons), expected, "{action:?}");
                }
                assert_eq!(testing::events_of(&context, ids[3], kind).await, 1);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn sessions_end_for_those_who_have_some() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let bob = testing::user(&context, &owner, "bob").await;
            testing::session(&context, ada).await;
            testing::session(&context, ada).await;
            let report = testing::bulk(&context, &owner, BulkAction::EndSessions, &[ada, bob, owner.account]).await;
            let mut reasons = report.reasons;
            reasons.sort();
            assert_eq!((report.done, reasons), (1, vec![("not signed in".into(), 1), (YOURSELF.to_owned(), 1)]));
            assert_eq!(testing::open_sessions(&context, ada).await, 0);
            assert_eq!(testing::open_sessions(&context, owner.account).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_grants_to_many_what_they_lack_and_the_last_owner_keeps_the_role() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let ownership = testing::role(&context, BuiltInRole::Owner).await;
            let what = Parameters::Role { role: ownership, organization: None };
            let start = async |staff, action, id| {
                crate::jobs::start(&context, staff, action, &types::bulk::Selection::Accounts(vec![id]), &what).await
            };
            for action in [BulkAction::AssignRole, BulkAction::RemoveRole] {
                let refused = start(&admin, action, ada).await;
                assert!(matches!(refused, Err(Error::NotAllowed(_))), "{action:?}");
            }
            let equal = testing::onboarded(&context, &owner, "equal").await;
            testing::give_permissions(&context, equal, Permission::ALL, None).await;
            let equal = testing::staff(&context, equal).await;
            let report = start(&equal, BulkAction::RemoveRole, owner.account).await.unwrap();
            assert_eq!(report.reasons, [(LAST_OWNER.to_owned(), 1)]);
            // Nor with a job that was begun when they could.
            let transaction = context.database.begin().await.unwrap();
            let outcome = apply(&transaction, &context, &admin, BulkAction::AssignRole, &what, &[ada]).await;
            assert!(matches!(outcome, Err(Error::NotAllowed(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn a_group_of_another_store_takes_nobody() {
        testing::on_both(|context| async move {
            use sea_orm::ActiveValue::Set;
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let group = testing::group(&context, "Customers", &[]).await;
            let store = testing::another_store(&context).await;
            let transaction = context.database.begin().await.unwrap();
            let moved = db::entities::groups::ActiveModel { store_id: Set(store), ..Default::default() };
            let query = db::entities::groups::Entity::update_many().set(moved);
            query.filter(db::entities::groups::Column::Id.eq(group)).exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            let what = Parameters::Group(group);
            let whom = types::bulk::Selection::Accounts(vec![ada]);
            let report = crate::jobs::start(&context, &owner, BulkAction::AddToGroup, &whom, &what).await.unwrap();
            assert_eq!((report.done, report.skipped), (0, 1));
        })
        .await;
    }
}
