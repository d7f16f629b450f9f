//! **Delete permanently** (U15): of a deleted account nothing is left but that something happened.

use std::collections::BTreeSet;

use db::entities::{accounts, events as event_rows, jobs};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::events::EventKind;
use types::settings::RecycleBin;
use types::{AccountId, StoreId, Timestamp};

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::{Context, Result, Staff, settings, stores};

/// Accounts purged in one transaction.
const BATCH: u64 = 100;

/// Removes deleted accounts, inside the caller's transaction: the row and all that hangs on it, and
/// what events tell of names, addresses and places. `staff`: who asked; `None`: time.
pub(super) async fn purge(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: Option<&Staff>,
    ids: &[AccountId],
) -> Result<()> {
    let nothing = || Expr::val(None::<String>);
    event_rows::Entity::update_many()
        .col_expr(event_rows::Column::Changes, nothing())
        .col_expr(event_rows::Column::Note, nothing())
        .col_expr(event_rows::Column::Ip, nothing())
        .col_expr(event_rows::Column::Browser, nothing())
        .col_expr(event_rows::Column::Place, nothing())
        .filter(event_rows::Column::SubjectId.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    event_rows::Entity::update_many()
        .col_expr(event_rows::Column::Ip, nothing())
        .col_expr(event_rows::Column::Browser, nothing())
        .col_expr(event_rows::Column::Place, nothing())
        .filter(event_rows::Column::ActorId.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    jobs::Entity::update_many()
        .col_expr(jobs::Column::Ip, nothing())
        .col_expr(jobs::Column::Browser, nothing())
        .col_expr(jobs::Column::Place, nothing())
        .filter(jobs::Column::StartedBy.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    // Credentials, memberships, roles, sessions and preferences go with the row.
    accounts::Entity::delete_many()
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .filter(accounts::Column::DeletedAt.is_not_null())
        .exec(transaction)
        .await?;
    let written = ids.iter().map(|id| {
        let event = Event::new(EventKind::AccountPurged).on(*id);
        if let Some(staff) = staff { event.by(staff) } else { event }
    });
    events::write_all(transaction, context, written.collect()).await
}

/// Of those just deleted: where the store keeps deleted accounts for no time, they go at once.
pub(super) async fn at_once(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    chosen: &[accounts::Model],
) -> Result<()> {
    let stores: BTreeSet<_> = chosen.iter().map(|row| row.store_id).collect();
    for store in stores {
        if wait_days(transaction, store).await? == 0 {
            let ids: Vec<_> = chosen.iter().filter(|row| row.store_id == store).map(|row| row.id).collect();
            purge(transaction, context, Some(staff), &ids).await?;
        }
    }
    Ok(())
}

/// Purges whoever has waited long enough. The job runner calls it; nodes that do it at once share
/// the work. Gives how many went.
pub async fn purge_due(context: &Context) -> Result<u64> {
    let mut gone = 0;
    for store in stores::all(context.database.read()).await? {
        let wait = wait_days(context.database.read(), store).await?;
        let before = Timestamp(context.now().0 - wait * 24 * 60 * 60 * 1000);
        loop {
            let purged = purge_some(context, store, before).await?;
            gone += purged;
            if purged < BATCH {
                break;
            }
            // Others may write in between.
            tokio::task::yield_now().await;
        }
    }
    Ok(gone)
}

async fn purge_some(context: &Context, store: StoreId, before: Timestamp) -> Result<u64> {
    let transaction = context.database.begin().await?;
    let ids: Vec<AccountId> = accounts::Entity::find()
        .select_only()
        .column(accounts::Column::Id)
        .filter(accounts::Column::StoreId.eq(store))
        .filter(accounts::Column::DeletedAt.is_not_null())
        .filter(accounts::Column::DeletedAt.lte(before))
        .order_by_asc(accounts::Column::DeletedAt)
        .order_by_asc(accounts::Column::Id)
        .limit(BATCH)
        .lock(TO_CHANGE)
        .into_tuple()
        .all(&transaction)
        .await?;
    if !ids.is_empty() {
        purge(&transaction, context, None, &ids).await?;
    }
    transaction.commit().await?;
    Ok(ids.len() as u64)
}

/// How many days deleted accounts of the store wait; 0: not at all.
pub(super) async fn wait_days(connection: &impl ConnectionTrait, store: StoreId) -> Result<i64> {
    Ok(settings::read::<RecycleBin>(connection, store).await?.wait_days.into())
}

#[cfg(test)]
mod tests {
    use types::bulk::{BulkAction, Parameters, Selection};

    use super::*;
    use crate::{Error, testing};

    const DAY: i64 = 24 * 60 * 60;

    #[tokio::test]
    async fn what_waited_long_enough_goes_for_good_and_leaves_only_that_something_happened() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            testing::group(&context, "Engineering", &[ada]).await;
            testing::organization(&context, "Acme", &[ada, owner.account]).await;
            testing::give_role(&context, ada, types::permissions::BuiltInRole::Auditor, None).await;
            let mut form = testing::form("ada");
            form.last_name = "Lovelace".into();
            crate::users::edit(&context, &owner, ada, &form, testing::account(&context, ada).await.version)
                .await
                .unwrap();
            testing::bulk(&context, &owner, BulkAction::Delete, &[ada]).await;
            let again = crate::users::create(&context, &owner, &testing::form("ada"), &[]).await;
            assert!(matches!(again, Err(Error::Invalid(_))));
            context.clock.advance_seconds(7 * DAY - 1);
            assert_eq!(purge_due(&context.system()).await.unwrap(), 0);
            context.clock.advance_seconds(1);
            assert_eq!(purge_due(&context.system()).await.unwrap(), 1);
            assert_eq!(purge_due(&context.system()).await.unwrap(), 0);
            let rows = event_rows::Entity::find().filter(event_rows::Column::SubjectId.eq(ada));
            let rows = rows.all(context.database.read()).await.unwrap();
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountPurged).await, 1);
            assert!(rows.len() > 3);
            let dump = format!("{rows:?}").to_lowercase();
            assert!(!dump.contains("ada@") && !dump.contains("lovelace") && !dump.contains("192.0.2.1"));
            // The address is free again.
            crate::users::create(&context, &owner, &testing::form("ada"), &[]).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn each_store_says_how_long_they_wait_and_nought_is_at_once() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 4, |at| testing::form(&format!("u{at}"))).await;
            testing::bulk(&context, &owner, BulkAction::Delete, &ids[..1]).await;
            testing::set(&context, &owner, |settings: &mut RecycleBin| settings.wait_days = 2).await;
            context.clock.advance_seconds(2 * DAY - 1);
            assert_eq!(purge_due(&context.system()).await.unwrap(), 0);
            context.clock.advance_seconds(1);
            assert_eq!(purge_due(&context.system()).await.unwrap(), 1);
            testing::bulk(&context, &owner, BulkAction::Delete, &ids[1..2]).await;
            testing::set(&context, &owner, |settings: &mut RecycleBin| settings.wait_days = 0).await;
            let gone = testing::bulk(&context, &owner, BulkAction::Delete, &ids[2..]).await;
            // Nothing takes it back, and nobody offers to.
            assert_eq!((gone.done, gone.undo), (2, None));
            for id in &ids[2..] {
                assert_eq!(testing::events_of(&context, *id, EventKind::AccountDeleted).await, 1);
                assert_eq!(testing::events_of(&context, *id, EventKind::AccountPurged).await, 1);
            }
            let left = accounts::Entity::find().filter(accounts::Column::Id.is_in(ids.iter().copied()));
            let left: Vec<_> = left.all(context.database.read()).await.unwrap().iter().map(|row| row.id).collect();
            assert_eq!(left, ids[1..2]);
            // Who waited already goes with the next round.
            assert_eq!(purge_due(&context.system()).await.unwrap(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn only_the_deleted_are_purged_and_jobs_outlive_who_started_them() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let role = types::permissions::BuiltInRole::Administrator;
            let admin = testing::staff_with(&context, &owner, "admin", role, None).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let job = testing::bulk(&context, &admin, BulkAction::Disable, &[ada]).await.job;
            let refused = testing::bulk(&context, &owner, BulkAction::Purge, &[admin.account]).await;
            assert_eq!(refused.reasons, [("not deleted".to_owned(), 1)]);
            testing::bulk(&context, &owner, BulkAction::Delete, &[admin.account]).await;
            let purged = testing::bulk(&context, &owner, BulkAction::Purge, &[admin.account]).await;
            assert_eq!(purged.done, 1);
            let report = crate::jobs::report(&context.database, &owner, job).await.unwrap();
            assert_eq!((report.started_by.as_str(), report.done), ("A former account", 1));
            let (whom, what) = (Selection::Accounts(vec![admin.account]), Parameters::None);
            let gone = crate::jobs::start(&context, &owner, BulkAction::Restore, &whom, &what).await;
            assert!(matches!(gone, Err(Error::Conflict(_))));
        })
        .await;
    }
}
