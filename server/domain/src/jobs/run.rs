//! The work itself, in batches: each is one transaction with its changes, events and progress, so
//! that a job that is killed and taken over does nothing twice and forgets nothing.

use std::collections::HashMap;

use db::entities::{job_items, jobs};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::bulk::{BulkAction, JobState};
use types::{AccountId, JobId, Timestamp};

use crate::database::TO_CHANGE;
use crate::users::bulk::{self, ItemOutcome};
use crate::{Context, Error, Origin, Result, Staff};

/// Accounts in a batch: small enough that other writers wait less than 100 ms.
const BATCH: u64 = 250;
/// Without a batch for this long the node is believed dead, and another goes on.
const LEASE_SECONDS: i64 = 30;

pub(super) fn lease_until(context: &Context) -> Timestamp {
    context.now().plus_seconds(LEASE_SECONDS)
}

/// Takes one job that nobody works on and does it to its end; gives whether there was one.
pub async fn run_open(context: &Context) -> Result<bool> {
    let Some(job) = jobs::Entity::find()
        .filter(jobs::Column::FinishedAt.is_null())
        .filter(jobs::Column::LeasedUntil.lt(context.now()))
        .order_by_asc(jobs::Column::LeasedUntil)
        .one(context.database.read())
        .await?
    else {
        return Ok(false);
    };
    let transaction = context.database.begin().await?;
    let taken = jobs::Entity::update_many()
        .col_expr(jobs::Column::LeasedUntil, lease_until(context).into())
        .filter(jobs::Column::Id.eq(job.id))
        .filter(jobs::Column::LeasedUntil.eq(job.leased_until))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    if taken.rows_affected > 0 {
        work(context, job.id).await?;
    }
    Ok(true)
}

/// Batch after batch, until the job is over.
pub(super) async fn work(context: &Context, id: JobId) -> Result<()> {
    while !batch(context, id).await? {
        // Between two batches others may write; SQLite's lock is not fair by itself.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// One batch; gives whether the job is over.
async fn batch(context: &Context, id: JobId) -> Result<bool> {
    let transaction = context.database.begin().await?;
    let job = jobs::Entity::find_by_id(id)
        .lock(TO_CHANGE)
        .one(&transaction)
        .await?
        .ok_or_else(|| Error::Internal(format!("the job {id} is gone")))?;
    if job.finished_at.is_some() {
        return Ok(true);
    }
    let items = job_items::Entity::find()
        .filter(job_items::Column::JobId.eq(id))
        .filter(job_items::Column::Outcome.is_null())
        .order_by_asc(job_items::Column::Position)
        .limit(BATCH)
        .all(&transaction)
        .await?;
    let state = if job.cancel_requested_at.is_some() { JobState::Cancelled } else { JobState::Done };
    if items.is_empty() || state == JobState::Cancelled {
        finish(&transaction, context, id, state).await?;
        transaction.commit().await?;
        return Ok(true);
    }
    let last = (items.len() as u64) < BATCH;
    let outcomes = apply(&transaction, context, &job, &items).await?;
    record(&transaction, context, &job, &items, &outcomes).await?;
    if last {
        finish(&transaction, context, id, JobState::Done).await?;
    }
    transaction.commit().await?;
    Ok(last)
}

async fn apply(
    transaction: &DatabaseTransaction,
    context: &Context,
    job: &jobs::Model,
    items: &[job_items::Model],
) -> Result<HashMap<AccountId, ItemOutcome>> {
    let ids: Vec<_> = items.iter().map(|item| item.account_id).collect();
    let action = BulkAction::from_key(&job.action)
        .ok_or_else(|| Error::Internal(format!("a job with the unknown action {}", job.action)))?;
    let everybody = |why| ids.iter().map(|id| (*id, ItemOutcome::Skipped(why))).collect();
    // Who started it may have lost the role, or the account, since.
    let staff = match Staff::of_job(transaction, job.started_by, job.session_id).await {
        Ok(staff) => staff,
        Err(Error::NotAllowed(_)) => return Ok(everybody(NO_LONGER_ALLOWED)),
        Err(error) => return Err(error),
    };
    let origin = Origin { ip: job.ip.clone(), browser: job.browser.clone() };
    let context = Context { roster: context.roster.clone(), origin };
    match bulk::apply(transaction, &context, &staff, action, &ids, job.reason.as_deref()).await {
        Err(Error::NotAllowed(_)) => Ok(everybody(NO_LONGER_ALLOWED)),
        outcomes => outcomes,
    }
}

const NO_LONGER_ALLOWED: &str = "not allowed any more";

async fn record(
    transaction: &DatabaseTransaction,
    context: &Context,
    job: &jobs::Model,
    items: &[job_items::Model],
    outcomes: &HashMap<AccountId, ItemOutcome>,
) -> Result<()> {
    let mut by_outcome: HashMap<&ItemOutcome, Vec<i64>> = HashMap::new();
    for item in items {
        let outcome = outcomes.get(&item.account_id).unwrap_or(&ItemOutcome::Skipped("not there"));
        by_outcome.entry(outcome).or_default().push(item.position);
    }
    let (mut done, mut skipped) = (0, 0);
    for (outcome, positions) in by_outcome {
        let count = i64::try_from(positions.len()).unwrap_or_default();
        let (word, reason) = match outcome {
            ItemOutcome::Done => {
                done += count;
                ("done", None)
            }
            ItemOutcome::Skipped(why) => {
                skipped += count;
                ("skipped", Some((*why).to_owned()))
            }
        };
        job_items::Entity::update_many()
            .col_expr(job_items::Column::Outcome, word.into())
            .col_expr(job_items::Column::Reason, Expr::val(reason))
            .filter(job_items::Column::JobId.eq(job.id))
            .filter(job_items::Column::Position.is_in(positions))
            .exec(transaction)
            .await?;
    }
    jobs::Entity::update_many()
        .col_expr(jobs::Column::State, JobState::Running.key().into())
        .col_expr(jobs::Column::Done, Expr::col(jobs::Column::Done).add(done))
        .col_expr(jobs::Column::Skipped, Expr::col(jobs::Column::Skipped).add(skipped))
        .col_expr(jobs::Column::LeasedUntil, lease_until(context).into())
        .filter(jobs::Column::Id.eq(job.id))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn finish(transaction: &DatabaseTransaction, context: &Context, id: JobId, state: JobState) -> Result<()> {
    jobs::Entity::update_many()
        .col_expr(jobs::Column::State, state.key().into())
        .col_expr(jobs::Column::FinishedAt, context.now().into())
        .filter(jobs::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::entities::{events, role_assignments};
    use types::bulk::{BulkReport, Selection};
    use types::events::EventKind;
    use types::permissions::BuiltInRole;
    use types::user_list::Filter;

    use super::*;
    use crate::jobs::{cancel, report, start};
    use crate::testing;

    const MANY: usize = 600;

    /// Many people, and a job that waits to disable them.
    async fn waiting(context: &Context, staff: &Staff) -> JobId {
        testing::many(context, MANY, |at| testing::form(&format!("person{at}"))).await;
        let all = Selection::Matching(Filter { q: "person".into(), ..Filter::default() });
        let report = start(context, staff, BulkAction::Disable, &all, Some("left")).await.unwrap();
        assert_eq!((report.state, report.total, report.handled()), (JobState::Waiting, MANY as i64, 0));
        report.job
    }

    async fn seen(context: &Context, staff: &Staff, id: JobId) -> BulkReport {
        report(&context.database, staff, id).await.unwrap()
    }

    /// How many accounts have an event of the kind, and how many events there are.
    async fn logged(context: &Context, kind: EventKind) -> (usize, usize) {
        let rows = events::Entity::find().filter(events::Column::Kind.eq(kind.key()));
        let rows = rows.all(context.database.read()).await.unwrap();
        let subjects: std::collections::HashSet<_> = rows.iter().map(|row| row.subject_id).collect();
        (subjects.len(), rows.len())
    }

    #[tokio::test]
    async fn more_than_a_few_are_done_by_the_runner_with_one_event_each() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = waiting(&context, &owner).await;
            let late = testing::user(&context, &owner, "person-too-late").await;
            let mut node = context.clone();
            node.origin = Origin::default();
            assert!(run_open(&node).await.unwrap());
            assert!(!run_open(&node).await.unwrap());
            let report = seen(&context, &owner, id).await;
            assert_eq!((report.state, report.done, report.skipped), (JobState::Done, MANY as i64, 0));
            assert_eq!(report.finished_at, Some(context.now()));
            assert_eq!(logged(&context, EventKind::AccountDisabled).await, (MANY, MANY));
            assert!(testing::account(&context, late).await.disabled_at.is_none());
            let row = events::Entity::find().filter(events::Column::Kind.eq(EventKind::AccountDisabled.key()));
            let row = row.one(context.database.read()).await.unwrap().unwrap();
            assert_eq!(
                (row.actor_id, row.ip, row.note.as_deref()),
                (Some(owner.account), context.origin.ip, Some("left"))
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_job_whose_node_died_is_taken_over_when_its_lease_is_over() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = waiting(&context, &owner).await;
            assert!(!batch(&context, id).await.unwrap());
            let report = seen(&context, &owner, id).await;
            assert_eq!((report.state, report.done), (JobState::Running, BATCH as i64));
            assert!(!run_open(&context).await.unwrap());
            context.clock.advance_seconds(LEASE_SECONDS + 1);
            assert!(run_open(&context).await.unwrap());
            assert_eq!(seen(&context, &owner, id).await.done, MANY as i64);
            assert_eq!(logged(&context, EventKind::AccountDisabled).await, (MANY, MANY));
        })
        .await;
    }

    #[tokio::test]
    async fn a_batch_that_is_not_committed_has_not_happened() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = waiting(&context, &owner).await;
            let _ = futures::poll!(std::pin::pin!(batch(&context, id)));
            let report = seen(&context, &owner, id).await;
            assert_eq!((report.handled(), logged(&context, EventKind::AccountDisabled).await), (0, (0, 0)));
            work(&context, id).await.unwrap();
            assert_eq!(logged(&context, EventKind::AccountDisabled).await, (MANY, MANY));
        })
        .await;
    }

    #[tokio::test]
    async fn runners_at_once_do_nothing_twice() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = waiting(&context, &owner).await;
            let (one, two, three, four) =
                tokio::join!(run_open(&context), run_open(&context), work(&context, id), work(&context, id));
            assert!(one.is_ok() && two.is_ok() && three.is_ok() && four.is_ok());
            let report = seen(&context, &owner, id).await;
            assert_eq!((report.state, report.done, report.skipped), (JobState::Done, MANY as i64, 0));
            assert_eq!(logged(&context, EventKind::AccountDisabled).await, (MANY, MANY));
        })
        .await;
    }

    #[tokio::test]
    async fn cancelling_stops_before_the_next_batch_and_keeps_what_is_done() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let id = waiting(&context, &owner).await;
            batch(&context, id).await.unwrap();
            assert!(matches!(cancel(&context, &desk, id).await, Err(Error::NotAllowed(_))));
            cancel(&context, &admin, id).await.unwrap();
            context.clock.advance_seconds(LEASE_SECONDS + 1);
            assert!(run_open(&context).await.unwrap());
            let report = cancel(&context, &owner, id).await.unwrap();
            assert_eq!((report.state, report.done), (JobState::Cancelled, BATCH as i64));
            assert_eq!(logged(&context, EventKind::AccountDisabled).await, (BATCH as usize, BATCH as usize));
            assert!(!run_open(&context).await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn who_started_it_and_lost_the_role_meanwhile_does_nothing_more() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let id = waiting(&context, &desk).await;
            batch(&context, id).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            role_assignments::Entity::delete_many()
                .filter(role_assignments::Column::AccountId.eq(desk.account))
                .exec(&transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            work(&context, id).await.unwrap();
            let report = seen(&context, &owner, id).await;
            let left = (MANY as u64 - BATCH) as i64;
            assert_eq!((report.state, report.done, report.skipped), (JobState::Done, BATCH as i64, left));
            assert_eq!(report.reasons, [(NO_LONGER_ALLOWED.to_owned(), left)]);
        })
        .await;
    }

    #[tokio::test]
    async fn who_started_it_and_was_disabled_meanwhile_does_nothing_more() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let id = waiting(&context, &desk).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[desk.account]).await;
            work(&context, id).await.unwrap();
            let report = seen(&context, &owner, id).await;
            assert_eq!(report.reasons, [(NO_LONGER_ALLOWED.to_owned(), MANY as i64)]);
        })
        .await;
    }

    #[tokio::test]
    async fn who_left_the_organization_meanwhile_is_left_alone() {
        testing::on_both(|context| async move {
            use sea_orm::ConnectionTrait;
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, MANY, |at| testing::form(&format!("person{at}"))).await;
            let acme = testing::organization(&context, "Acme", &ids).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let job = start(&context, &desk, BulkAction::Disable, &Selection::Accounts(ids), None).await.unwrap().job;
            let transaction = context.database.begin().await.unwrap();
            transaction.execute_unprepared("DELETE FROM organization_memberships").await.unwrap();
            transaction.commit().await.unwrap();
            work(&context, job).await.unwrap();
            assert_eq!(seen(&context, &owner, job).await.reasons, [("not there".to_owned(), MANY as i64)]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_restored_account_is_as_it_was_and_its_sessions_stay_ended() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            testing::bulk(&context, &owner, BulkAction::Delete, &[ada]).await;
            assert!(testing::account(&context, ada).await.deleted_at.is_some());
            let report = testing::bulk(&context, &owner, BulkAction::Restore, &[ada]).await;
            assert_eq!(report.done, 1);
            let row = testing::account(&context, ada).await;
            assert_eq!((row.deleted_at, row.disabled_at), (None, None));
            assert_eq!(testing::open_sessions(&context, ada).await, 0);
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountRestored).await, 1);
        })
        .await;
    }
}
