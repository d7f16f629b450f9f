//! Starting a bulk action: the count that was confirmed is the count that is done.

use db::entities::{accounts, job_items, jobs};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, Select, Statement,
};
use types::bulk::{BulkAction, BulkReport, INLINE_MOST, JobState, NAMED_MOST, Selection};
use types::text::optional_line;
use types::{AccountId, JobId, Timestamp};

use super::report::report_of;
use super::run::{lease_until, work};
use crate::users::ListQuery;
use crate::{Context, Error, Result, Roster, Scope, Staff};

/// The longest reason of a disabling, in characters.
const REASON_MOST: usize = 500;

/// How many accounts the selection holds right now, within the caller's reach.
pub async fn count(roster: &Roster, staff: &Staff, action: BulkAction, selection: &Selection) -> Result<i64> {
    let scope = staff.require(action.permission())?;
    match selection {
        Selection::Matching(filter) => ListQuery::plan(roster, scope, filter).await?.count_exactly(roster).await,
        Selection::Accounts(ids) => {
            let found = named(&scope, action, bounded(ids)?).count(roster.database.read()).await?;
            Ok(i64::try_from(found).unwrap_or(i64::MAX))
        }
    }
}

/// Fixes the selection and does the action: up to [`INLINE_MOST`] accounts at once, more by the job
/// runner. Needs the action's permission; everybody out of its reach is left out.
///
/// # Errors
/// A reason that cannot be stored; an empty selection.
pub async fn start(
    context: &Context,
    staff: &Staff,
    action: BulkAction,
    selection: &Selection,
    reason: Option<&str>,
) -> Result<BulkReport> {
    let scope = staff.require(action.permission())?;
    let reason = optional_line(reason.unwrap_or_default(), REASON_MOST).map_err(|why| Error::field("reason", why))?;
    let query = match selection {
        Selection::Accounts(ids) => named(&scope, action, bounded(ids)?),
        Selection::Matching(_) if action == BulkAction::Restore => {
            return Err(Error::not_allowed("Deleted users are restored one by one."));
        }
        Selection::Matching(filter) => ListQuery::plan(context, scope, filter).await?.accounts(),
    };
    let id = JobId(context.id());
    let transaction = context.database.begin().await?;
    insert(&transaction, context, staff, id, action, reason).await?;
    let total = fix_selection(&transaction, id, query).await?;
    if total == 0 {
        return Err(Error::Conflict("Nobody matches any more; nothing was changed.".into()));
    }
    let now_or_later = if total <= INLINE_MOST { lease_until(context) } else { Timestamp(0) };
    jobs::Entity::update_many()
        .col_expr(jobs::Column::Total, total.into())
        .col_expr(jobs::Column::LeasedUntil, now_or_later.into())
        .filter(jobs::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    if total <= INLINE_MOST {
        work(context, id).await?;
    }
    report_of(&context.database, id).await
}

fn bounded(ids: &[AccountId]) -> Result<&[AccountId]> {
    if ids.len() > NAMED_MOST {
        return Err(Error::not_allowed(format!(
            "At most {NAMED_MOST} users can be named; select all that match instead."
        )));
    }
    Ok(ids)
}

/// The named accounts within reach. Those out of it are left out without a word: that they exist
/// is not the caller's to know.
fn named(scope: &Scope, action: BulkAction, ids: &[AccountId]) -> Select<accounts::Entity> {
    let select = if action == BulkAction::Restore { scope.accounts_and_deleted() } else { scope.accounts() };
    select.filter(accounts::Column::Id.is_in(ids.iter().copied()))
}

async fn insert(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    id: JobId,
    action: BulkAction,
    reason: Option<String>,
) -> Result<()> {
    let job = jobs::ActiveModel {
        id: Set(id),
        action: Set(action.key().into()),
        state: Set(JobState::Waiting.key().into()),
        reason: Set(reason),
        total: Set(0),
        done: Set(0),
        skipped: Set(0),
        failed: Set(0),
        started_by: Set(staff.account),
        session_id: Set(Some(staff.session)),
        ip: Set(context.origin.ip.clone()),
        browser: Set(context.origin.browser.clone()),
        created_at: Set(context.now()),
        finished_at: Set(None),
        cancel_requested_at: Set(None),
        leased_until: Set(Timestamp(0)),
    };
    jobs::Entity::insert(job).exec_without_returning(transaction).await?;
    Ok(())
}

/// Writes the selected ids into the job's items, inside the database; gives how many.
async fn fix_selection(transaction: &DatabaseTransaction, job: JobId, query: Select<accounts::Entity>) -> Result<i64> {
    let backend = transaction.get_database_backend();
    let inner = query.select_only().column(accounts::Column::Id).build(backend);
    let mut values = inner.values.map(|values| values.0).unwrap_or_default();
    values.push(job.into());
    let place = if backend == sea_orm::DbBackend::Sqlite { "?".to_owned() } else { format!("${}", values.len()) };
    let sql = format!(
        "INSERT INTO job_items (position, account_id, job_id) \
         SELECT ROW_NUMBER() OVER (), chosen.id, {place} FROM ({}) AS chosen",
        inner.sql
    );
    // SQLite counts its `?` from the left: the job's id stands before the inner query's values.
    if backend == sea_orm::DbBackend::Sqlite {
        values.rotate_right(1);
    }
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let total = job_items::Entity::find().filter(job_items::Column::JobId.eq(job)).count(transaction).await?;
    Ok(i64::try_from(total).unwrap_or(i64::MAX))
}
