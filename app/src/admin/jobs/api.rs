//! The server functions of bulk work and its progress.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::JobId;
use types::bulk::{BulkAction, BulkReport, Parameters, Selection};

use crate::ApiError;

/// How many accounts the selection holds right now. Whoever may do the action.
#[server(endpoint = "admin/jobs/count", input = Json)]
pub async fn count_selection(action: BulkAction, selection: Selection) -> Result<i64, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::jobs::count(&crate::ssr::roster()?, &staff, action, &selection).await?)
}

/// Fixes the selection and does the action: up to 500 accounts before the answer, more as a job.
/// `parameters` are what the action asks for. Whoever may do the action.
#[server(endpoint = "admin/jobs/start", input = Json)]
pub async fn start_bulk(
    action: BulkAction,
    selection: Selection,
    parameters: Parameters,
) -> Result<BulkReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::jobs::start(&crate::ssr::context()?, &staff, action, &selection, &parameters).await?)
}

/// How far a job is. Who started it, or whoever may view users everywhere.
#[server(endpoint = "admin/jobs/progress", input = Json)]
pub async fn job_progress(job: JobId) -> Result<BulkReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::jobs::report(&crate::ssr::database()?, &staff, job).await?)
}

/// Stops a job before its next batch; what is done stays done. Who started it, or settings staff.
#[server(endpoint = "admin/jobs/cancel", input = Json)]
pub async fn cancel_job(job: JobId) -> Result<BulkReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::jobs::cancel(&crate::ssr::context()?, &staff, job).await?)
}

/// Takes back what a job has done, for those to whom it was done. Who started it, within an hour.
#[server(endpoint = "admin/jobs/undo", input = Json)]
pub async fn undo_job(job: JobId) -> Result<BulkReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::jobs::undo(&crate::ssr::context()?, &staff, job).await?)
}

/// The latest hundred jobs that the caller may see, newest first.
#[server(endpoint = "admin/jobs/list", input = Json)]
pub async fn list_jobs() -> Result<Vec<BulkReport>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::jobs::list(&crate::ssr::roster()?, &staff).await?)
}
