//! The work itself, in batches: each is one transaction with its changes, events and progress, so
//! that a job that is killed and taken over does nothing twice and forgets nothing.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use db::entities::{job_items, jobs};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::bulk::{BulkAction, JobKind, JobState};
use types::{JobId, Timestamp};

use crate::database::TO_CHANGE;
use crate::users::bulk::{self, ItemOutcome, Outcomes};
use crate::{Context, Error, Origin, Result, Staff, imports};

/// Accounts in the first batch.
const BATCH: u64 = 50;
/// Accounts in a batch at most: the bound values of a statement are numbered.
const BATCH_MOST: u64 = 2_000;
/// How long a batch may keep other writers waiting; the next one is made smaller or larger by it.
const BATCH_TIME: Duration = Duration::from_millis(25);
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
    let mut size = BATCH;
    let mut memory = imports::Memory::default();
    loop {
        let begun = Instant::now();
        match batch(context, id, (size, false), &mut memory).await {
            Ok(true) => return Ok(()),
            Ok(false) => size = next_size(size, begun.elapsed()),
            Err(error) if error.is_database_away() => return Err(error),
            // One account must not stop the others: it is found by ever smaller batches.
            Err(error) if size > 1 => {
                tracing::warn!(%error, job = %id, size, "a batch failed; it is tried again in smaller ones");
                size = Ord::max(size / 8, 1);
            }
            Err(error) => {
                tracing::error!(%error, job = %id, "an account of a job failed");
                if batch(context, id, (1, true), &mut memory).await? {
                    return Ok(());
                }
            }
        }
        // Between two batches others may write; SQLite's lock is not fair by itself.
        tokio::task::yield_now().await;
    }
}

fn next_size(size: u64, took: Duration) -> u64 {
    if took > BATCH_TIME {
        Ord::max(size / 2, 25)
    } else if took < BATCH_TIME / 3 {
        Ord::min(size * 2, BATCH_MOST)
    } else {
        size
    }
}

/// One batch; gives whether the job is over. `give_up`: what it holds is marked as failed.
async fn batch(
    context: &Context,
    id: JobId,
    (size, give_up): (u64, bool),
    memory: &mut imports::Memory,
) -> Result<bool> {
    let transaction = context.database.begin().await?;
    let Some(job) = lock(&transaction, context, id).await? else {
        transaction.commit().await?;
        return Ok(true);
    };
    let progress = match JobKind::from_key(&job.action) {
        Some(JobKind::Bulk(action)) => bulk_batch(&transaction, context, &job, action, (size, give_up)).await?,
        Some(kind) => {
            let is_dry = kind == JobKind::ImportDryRun;
            let made = match starter(&transaction, &job).await {
                Ok(staff) => {
                    let context = as_starter(context, &job);
                    let how_many = (size, give_up);
                    imports::batch(&transaction, &context, &staff, &job, how_many, is_dry, memory).await
                }
                Err(error) => Err(error),
            };
            match made {
                // Nothing more is done when whoever started it may not any more.
                Err(Error::NotAllowed(_)) => Progress { handled_to: job.total, ..Progress::default() },
                made => made?,
            }
        }
        None => return Err(Error::Internal(format!("a job with the unknown action {}", job.action))),
    };
    let over = record(&transaction, context, &job, &progress).await?;
    transaction.commit().await?;
    memory.keep();
    Ok(over)
}

/// The job, locked. `None` when it is over, which is then recorded.
async fn lock(transaction: &DatabaseTransaction, context: &Context, id: JobId) -> Result<Option<jobs::Model>> {
    let job = jobs::Entity::find_by_id(id)
        .lock(TO_CHANGE)
        .one(transaction)
        .await?
        .ok_or_else(|| Error::Internal(format!("the job {id} is gone")))?;
    if job.finished_at.is_some() {
        return Ok(None);
    }
    if job.cancel_requested_at.is_some() {
        finish(transaction, context, id, JobState::Cancelled).await?;
        return Ok(None);
    }
    Ok(Some(job))
}

/// How far a batch has brought the job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) done: i64,
    pub(crate) skipped: i64,
    pub(crate) failed: i64,
    /// The position of the last item.
    pub(crate) handled_to: i64,
    pub(crate) resume: Option<String>,
}

/// The items whose turn it is, acted on; what came of them written. What is done is not written item
/// by item: an item that the job has come to and that says nothing is done.
async fn bulk_batch(
    transaction: &DatabaseTransaction,
    context: &Context,
    job: &jobs::Model,
    action: BulkAction,
    (size, give_up): (u64, bool),
) -> Result<Progress> {
    let items = job_items::Entity::find()
        .filter(job_items::Column::JobId.eq(job.id))
        .filter(job_items::Column::Position.gt(job.handled_to))
        .order_by_asc(job_items::Column::Position)
        .limit(size)
        .all(transaction)
        .await?;
    let outcomes = if give_up {
        let failed = ItemOutcome::Failed("something went wrong on the server: the log tells what");
        items.iter().map(|item| (item.account_id, failed.clone())).collect()
    } else {
        apply(transaction, context, job, action, &items).await?
    };
    let mut progress =
        Progress { handled_to: items.last().map_or(job.total, |item| item.position), ..Progress::default() };
    let mut not_done: HashMap<(&str, &str), Vec<i64>> = HashMap::new();
    for item in &items {
        let (count, word, reason) = match outcomes.get(&item.account_id) {
            Some(ItemOutcome::Done) => {
                progress.done += 1;
                continue;
            }
            Some(ItemOutcome::Skipped(why)) => (&mut progress.skipped, "skipped", *why),
            Some(ItemOutcome::Failed(why)) => (&mut progress.failed, "failed", *why),
            None => (&mut progress.skipped, "skipped", "not there"),
        };
        *count += 1;
        not_done.entry((word, reason)).or_default().push(item.position);
    }
    for ((word, reason), positions) in not_done {
        job_items::Entity::update_many()
            .col_expr(job_items::Column::Outcome, word.into())
            .col_expr(job_items::Column::Reason, reason.into())
            .filter(job_items::Column::JobId.eq(job.id))
            .filter(job_items::Column::Position.is_in(positions))
            .exec(transaction)
            .await?;
    }
    Ok(progress)
}

async fn apply(
    transaction: &DatabaseTransaction,
    context: &Context,
    job: &jobs::Model,
    action: BulkAction,
    items: &[job_items::Model],
) -> Result<Outcomes> {
    let ids: Vec<_> = items.iter().map(|item| item.account_id).collect();
    let parameters = serde_json::from_str(&job.parameters)
        .map_err(|error| Error::Internal(format!("the parameters of the job {}: {error}", job.id)))?;
    let everybody = |why| ids.iter().map(|id| (*id, ItemOutcome::Skipped(why))).collect();
    // Who started it may have lost the role, or the account, since.
    let staff = match starter(transaction, job).await {
        Ok(staff) => staff,
        Err(Error::NotAllowed(_)) => return Ok(everybody(NO_LONGER_ALLOWED)),
        Err(error) => return Err(error),
    };
    let context = as_starter(context, job);
    match bulk::apply(transaction, &context, &staff, action, &parameters, &ids).await {
        Err(Error::NotAllowed(_)) => Ok(everybody(NO_LONGER_ALLOWED)),
        outcomes => outcomes,
    }
}

/// Who started the job, with the roles they hold now.
///
/// # Errors
/// [`Error::NotAllowed`] when they hold none, or are gone.
async fn starter(transaction: &DatabaseTransaction, job: &jobs::Model) -> Result<Staff> {
    let account = job.started_by.ok_or_else(|| Error::not_allowed(NO_LONGER_ALLOWED))?;
    Staff::of_job(transaction, account, job.session_id).await
}

/// Events of the job say where it was started from.
fn as_starter(context: &Context, job: &jobs::Model) -> Context {
    let origin =
        Origin { ip: job.ip.clone(), browser: job.browser.clone(), place: job.place.clone(), ..Origin::default() };
    Context { roster: context.roster.clone(), origin }
}

const NO_LONGER_ALLOWED: &str = "not allowed any more";

/// Writes how far the job is; gives whether it is over.
async fn record(
    transaction: &DatabaseTransaction,
    context: &Context,
    job: &jobs::Model,
    progress: &Progress,
) -> Result<bool> {
    let mut update = jobs::Entity::update_many()
        .col_expr(jobs::Column::State, JobState::Running.key().into())
        .col_expr(jobs::Column::Done, Expr::col(jobs::Column::Done).add(progress.done))
        .col_expr(jobs::Column::Skipped, Expr::col(jobs::Column::Skipped).add(progress.skipped))
        .col_expr(jobs::Column::Failed, Expr::col(jobs::Column::Failed).add(progress.failed))
        .col_expr(jobs::Column::HandledTo, progress.handled_to.into())
        .col_expr(jobs::Column::LeasedUntil, lease_until(context).into())
        .filter(jobs::Column::Id.eq(job.id));
    if let Some(resume) = &progress.resume {
        update = update.col_expr(jobs::Column::Resume, resume.clone().into());
    }
    update.exec(transaction).await?;
    // Positions are numbered from one without a gap.
    let over = progress.handled_to >= job.total;
    if over {
        finish(transaction, context, job.id, JobState::Done).await?;
    }
    Ok(over)
}

/// Whoever a cancelled job did not come to is skipped.
async fn finish(transaction: &DatabaseTransaction, context: &Context, id: JobId, state: JobState) -> Result<()> {
    let column = |column: jobs::Column| Expr::col(column);
    let skipped = column(jobs::Column::Total).sub(column(jobs::Column::Done)).sub(column(jobs::Column::Failed));
    jobs::Entity::update_many()
        .col_expr(jobs::Column::State, state.key().into())
        .col_expr(jobs::Column::Skipped, skipped)
        .col_expr(jobs::Column::FinishedAt, context.now().into())
        .filter(jobs::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::entities::{events, role_assignments};
    use types::bulk::{BulkReport, Parameters, Selection};
    use types::events::EventKind;
    use types::permissions::BuiltInRole;
    use types::user_list::Filter;

    use super::*;
    use crate::jobs::report::NOT_REACHED;
    use crate::jobs::{cancel, report, start};
    use crate::testing;

    const MANY: usize = 600;

    /// Many people, and a job that waits to disable them.
    async fn waiting(context: &Context, staff: &Staff) -> JobId {
        testing::many(context, MANY, |at| testing::form(&format!("person{at}"))).await;
        let all = Selection::Matching(Filter { q: "person".into(), ..Filter::default() });
        let report =
            start(context, staff, BulkAction::Disable, &all, &Parameters::Reason("left".into())).await.unwrap();
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
            assert!(!batch(&context, id, (BATCH, false), &mut imports::Memory::default()).await.unwrap());
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
            let _ =
                futures::poll!(std::pin::pin!(batch(&context, id, (BATCH, false), &mut imports::Memory::default())));
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
            batch(&context, id, (BATCH, false), &mut imports::Memory::default()).await.unwrap();
            assert!(matches!(cancel(&context, &desk, id).await, Err(Error::NotAllowed(_))));
            cancel(&context, &admin, id).await.unwrap();
            context.clock.advance_seconds(LEASE_SECONDS + 1);
            assert!(run_open(&context).await.unwrap());
            let report = cancel(&context, &owner, id).await.unwrap();
            assert_eq!((report.state, report.done), (JobState::Cancelled, BATCH as i64));
            let left = MANY as i64 - BATCH as i64;
            assert_eq!((report.handled(), report.skipped), (report.total, left));
            assert_eq!(report.reasons, [(NOT_REACHED.to_owned(), left)]);
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
            batch(&context, id, (BATCH, false), &mut imports::Memory::default()).await.unwrap();
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
            let job = start(&context, &desk, BulkAction::Disable, &Selection::Accounts(ids), &Parameters::None)
                .await
                .unwrap()
                .job;
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

    #[tokio::test]
    async fn a_group_deleted_meanwhile_fails_its_rows_and_the_job_goes_on() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, MANY, |at| testing::form(&format!("person{at}"))).await;
            let group = testing::group(&context, "Engineering", &ids[..3]).await;
            let (all, what) = (Selection::Accounts(ids), Parameters::Group(group));
            let id = start(&context, &owner, BulkAction::AddToGroup, &all, &what).await.unwrap().job;
            batch(&context, id, (BATCH, false), &mut imports::Memory::default()).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            db::entities::groups::Entity::delete_by_id(group).exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            work(&context, id).await.unwrap();
            let report = seen(&context, &owner, id).await;
            let (batch, all) = (BATCH as i64, MANY as i64);
            assert_eq!((report.state, report.total, report.handled()), (JobState::Done, all, all));
            assert_eq!((report.done + report.skipped, report.failed), (batch, all - batch));
            assert_eq!(report.title(), "Add to group: Engineering");
            let done = report.done as usize;
            assert_eq!(logged(&context, EventKind::GroupAdded).await, (done, done));
        })
        .await;
    }

    #[tokio::test]
    async fn an_account_that_cannot_be_changed_fails_alone() {
        testing::on_both(|context| async move {
            use sea_orm::ConnectionTrait;
            let owner = testing::owner(&context).await;
            let id = waiting(&context, &owner).await;
            let transaction = context.database.begin().await.unwrap();
            let refuse = if context.database.is_sqlite() {
                "CREATE TRIGGER refuse BEFORE UPDATE OF disabled_at ON accounts WHEN new.email = 'person7@example.com' \
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            } else {
                "ALTER TABLE accounts ADD CHECK (disabled_at IS NULL OR email <> 'person7@example.com')"
            };
            transaction.execute_unprepared(refuse).await.unwrap();
            transaction.commit().await.unwrap();
            work(&context, id).await.unwrap();
            let report = seen(&context, &owner, id).await;
            assert_eq!((report.state, report.done, report.failed), (JobState::Done, MANY as i64 - 1, 1));
        })
        .await;
    }
}
