//! How far jobs are, and what came of them.

use std::collections::{HashMap, HashSet};

use db::entities::{accounts, job_items, jobs};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::bulk::{BulkAction, BulkReport, JobKind, JobState};
use types::import::SHARED_ADDRESS;
use types::{AccountId, JobId, Permission};

use super::undo::{finds_somebody, is_recent, reverse_of};
use crate::{Database, Error, Result, Roster, Staff, imports};

/// Jobs listed, newest first.
const LISTED: u64 = 100;
/// Why an account was skipped that a cancelled job did not come to.
pub(super) const NOT_REACHED: &str = "cancelled before its turn";

/// One job. Whoever started it, or may view users everywhere.
pub async fn report(database: &Database, staff: &Staff, id: JobId) -> Result<BulkReport> {
    visible(database, staff, id).await?;
    report_of(database, id).await
}

/// Not telling apart "not there" from "not yours".
pub(crate) async fn visible(database: &Database, staff: &Staff, id: JobId) -> Result<jobs::Model> {
    jobs::Entity::find_by_id(id)
        .one(database.read())
        .await?
        .filter(|job| job.started_by == Some(staff.account) || sees_all(staff))
        .ok_or(Error::NotFound("job"))
}

fn sees_all(staff: &Staff) -> bool {
    staff.holds(Permission::ViewUsers, None)
}

/// The latest jobs that the caller may see; those that they can take back say so.
pub async fn list(roster: &Roster, staff: &Staff) -> Result<Vec<BulkReport>> {
    let database = &roster.database;
    let mut query =
        jobs::Entity::find().order_by_desc(jobs::Column::CreatedAt).order_by_desc(jobs::Column::Id).limit(LISTED);
    if !sees_all(staff) {
        query = query.filter(jobs::Column::StartedBy.eq(staff.account));
    }
    let rows = query.all(database.read()).await?;
    let names = starters(database, &rows).await?;
    let report = |row: jobs::Model| {
        let can_undo = row.started_by == Some(staff.account) && is_recent(&row, roster.now());
        // What a newer version began is left out rather than shown wrongly.
        let report = as_report(row, &names, Vec::new())?;
        Some(BulkReport { undo: report.undo.filter(|_| can_undo), ..report })
    };
    Ok(rows.into_iter().filter_map(report).collect())
}

pub(super) async fn report_of(database: &Database, id: JobId) -> Result<BulkReport> {
    let connection = database.read();
    let job = jobs::Entity::find_by_id(id).one(connection).await?.ok_or(Error::NotFound("job"))?;
    let rows: Vec<(Option<String>, i64)> = if job.skipped + job.failed > 0 {
        job_items::Entity::find()
            .select_only()
            .column(job_items::Column::Reason)
            .column_as(job_items::Column::Position.count(), "items")
            .filter(job_items::Column::JobId.eq(id))
            .filter(job_items::Column::Outcome.is_not_null())
            .group_by(job_items::Column::Reason)
            .into_tuple()
            .all(connection)
            .await?
    } else {
        Vec::new()
    };
    let mut reasons: Vec<_> = rows.into_iter().filter_map(|(reason, items)| Some((reason?, items))).collect();
    let not_reached = job.total - job.handled_to;
    if job.state == JobState::Cancelled.key() && not_reached > 0 {
        reasons.push((NOT_REACHED.to_owned(), not_reached));
    }
    if let Some(resume) = job.resume.as_deref().and_then(|resume| serde_json::from_str::<imports::Resume>(resume).ok())
    {
        reasons.insert(0, ("created".to_owned(), resume.created));
        reasons.insert(1, ("updated".to_owned(), resume.updated));
        if resume.shared > 0 {
            reasons.insert(2, (SHARED_ADDRESS.to_owned(), resume.shared));
        }
    }
    let names = starters(database, std::slice::from_ref(&job)).await?;
    let was_deletion = reverse_of(&job) == Some(BulkAction::Restore);
    let is_final = was_deletion && !finds_somebody(connection, &job).await?;
    let report = as_report(job, &names, reasons).ok_or(Error::NotFound("job"))?;
    Ok(BulkReport { undo: report.undo.filter(|_| !is_final), ..report })
}

/// The names of those who started the jobs.
async fn starters(database: &Database, jobs: &[jobs::Model]) -> Result<HashMap<AccountId, String>> {
    let ids: HashSet<_> = jobs.iter().filter_map(|job| job.started_by).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<(AccountId, String)> = accounts::Entity::find()
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::Name])
        .filter(accounts::Column::Id.is_in(ids))
        .into_tuple()
        .all(database.read())
        .await?;
    Ok(names.into_iter().collect())
}

fn as_report(job: jobs::Model, names: &HashMap<AccountId, String>, reasons: Vec<(String, i64)>) -> Option<BulkReport> {
    Some(BulkReport {
        undo: reverse_of(&job),
        job: job.id,
        kind: JobKind::from_key(&job.action)?,
        detail: job.detail,
        state: JobState::from_key(&job.state)?,
        total: job.total,
        done: job.done,
        skipped: job.skipped,
        failed: job.failed,
        started_by: match job.started_by {
            Some(id) => names.get(&id).cloned().unwrap_or_else(|| "A former account".into()),
            None => "Roster".into(),
        },
        created_at: job.created_at,
        finished_at: job.finished_at,
        reasons,
    })
}

#[cfg(test)]
mod tests {
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::jobs::start;
    use crate::testing;

    #[tokio::test]
    async fn says_why_and_how_many() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 5, |at| testing::form(&format!("u{at}"))).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &ids[..2]).await;
            let everybody = Selection::Accounts([&ids[..], &[owner.account]].concat());
            let done = start(&context, &owner, BulkAction::Disable, &everybody, &Parameters::None).await.unwrap();
            assert_eq!((done.state, done.total, done.done, done.skipped), (JobState::Done, 6, 3, 3));
            let mut reasons = done.reasons.clone();
            reasons.sort();
            assert_eq!(reasons, [("already disabled".to_owned(), 2), ("your own account".to_owned(), 1)]);
            assert_eq!(done.started_by, "owner");
            assert_eq!(report(&context.database, &owner, done.job).await.unwrap(), done);
        })
        .await;
    }

    #[tokio::test]
    async fn is_for_whoever_started_it_and_who_sees_everybody() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let auditor = testing::staff_with(&context, &owner, "audit", BuiltInRole::Auditor, None).await;
            let theirs = testing::bulk(&context, &desk, BulkAction::Disable, &[ada]).await.job;
            context.clock.advance_seconds(1);
            let owners = testing::bulk(&context, &owner, BulkAction::Enable, &[ada]).await.job;
            let jobs = async |staff| {
                let rows = list(&context, staff).await.unwrap();
                rows.into_iter().map(|row| row.job).collect::<Vec<_>>()
            };
            assert_eq!(jobs(&desk).await, [theirs]);
            assert_eq!(jobs(&auditor).await, [owners, theirs]);
            assert!(matches!(report(&context.database, &desk, owners).await, Err(Error::NotFound("job"))));
            let cancelled = crate::jobs::cancel(&context, &desk, owners).await;
            assert!(matches!(cancelled, Err(Error::NotFound("job"))));
        })
        .await;
    }
}
