//! How far jobs are, and what came of them.

use db::entities::{accounts, job_items, jobs};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::bulk::{BulkAction, BulkReport, JobState};
use types::{AccountId, JobId, Permission};

use crate::{Database, Error, Result, Staff};

/// Jobs listed, newest first.
const LISTED: u64 = 100;

/// One job. Whoever started it, or may view users everywhere.
pub async fn report(database: &Database, staff: &Staff, id: JobId) -> Result<BulkReport> {
    visible(database, staff, id).await?;
    report_of(database, id).await
}

/// Not telling apart "not there" from "not yours".
pub(super) async fn visible(database: &Database, staff: &Staff, id: JobId) -> Result<jobs::Model> {
    jobs::Entity::find_by_id(id)
        .one(database.read())
        .await?
        .filter(|job| job.started_by == staff.account || sees_all(staff))
        .ok_or(Error::NotFound("job"))
}

fn sees_all(staff: &Staff) -> bool {
    staff.holds(Permission::ViewUsers, None)
}

/// The latest jobs that the caller may see.
pub async fn list(database: &Database, staff: &Staff) -> Result<Vec<BulkReport>> {
    let mut query =
        jobs::Entity::find().order_by_desc(jobs::Column::CreatedAt).order_by_desc(jobs::Column::Id).limit(LISTED);
    if !sees_all(staff) {
        query = query.filter(jobs::Column::StartedBy.eq(staff.account));
    }
    let rows = query.all(database.read()).await?;
    let mut reports = Vec::with_capacity(rows.len());
    for row in rows {
        reports.push(as_report(database, row, Vec::new()).await?);
    }
    Ok(reports)
}

pub(super) async fn report_of(database: &Database, id: JobId) -> Result<BulkReport> {
    let connection = database.read();
    let job = jobs::Entity::find_by_id(id).one(connection).await?.ok_or(Error::NotFound("job"))?;
    let reasons: Vec<(Option<String>, i64)> = if job.skipped + job.failed > 0 {
        job_items::Entity::find()
            .select_only()
            .column(job_items::Column::Reason)
            .column_as(job_items::Column::Position.count(), "items")
            .filter(job_items::Column::JobId.eq(id))
            .filter(job_items::Column::Reason.is_not_null())
            .group_by(job_items::Column::Reason)
            .into_tuple()
            .all(connection)
            .await?
    } else {
        Vec::new()
    };
    let reasons = reasons.into_iter().filter_map(|(reason, items)| Some((reason?, items))).collect();
    as_report(database, job, reasons).await
}

async fn as_report(database: &Database, job: jobs::Model, reasons: Vec<(String, i64)>) -> Result<BulkReport> {
    let started_by: Option<(AccountId, String)> = accounts::Entity::find_by_id(job.started_by)
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::Name])
        .into_tuple()
        .one(database.read())
        .await?;
    Ok(BulkReport {
        job: job.id,
        action: BulkAction::from_key(&job.action)
            .ok_or_else(|| Error::Internal(format!("a job with the unknown action {}", job.action)))?,
        state: JobState::from_key(&job.state)
            .ok_or_else(|| Error::Internal(format!("a job in the unknown state {}", job.state)))?,
        total: job.total,
        done: job.done,
        skipped: job.skipped,
        failed: job.failed,
        started_by: started_by.map(|(_, name)| name).unwrap_or_default(),
        created_at: job.created_at,
        finished_at: job.finished_at,
        reasons,
    })
}
