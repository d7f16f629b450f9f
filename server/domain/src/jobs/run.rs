//! The work itself, in batches: each is one transaction with its changes, events and progress, so
//! that a job that is killed and taken over does nothing twice and forgets nothing.

use std::collections::HashMap;

use db::entities::{job_items, jobs};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::bulk::{BulkAction, JobState};
use types::{AccountId, JobId, Timestamp};

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
        .lock_exclusive()
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
