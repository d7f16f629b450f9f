//! **Cancel**: the job stops before its next batch; what is done stays done, the others are skipped.

use db::entities::jobs;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::bulk::BulkReport;
use types::{JobId, Permission};

use super::report::{report_of, visible};
use crate::{Context, Error, Result, Staff};

/// Whoever started it, or may change settings everywhere. On a finished job it changes nothing.
pub async fn cancel(context: &Context, staff: &Staff, id: JobId) -> Result<BulkReport> {
    let job = visible(&context.database, staff, id).await?;
    if job.started_by != Some(staff.account) && !staff.holds(Permission::ManageSettings, None) {
        return Err(Error::not_allowed("Only whoever started a job, or an administrator, can cancel it."));
    }
    let transaction = context.database.begin().await?;
    jobs::Entity::update_many()
        .col_expr(jobs::Column::CancelRequestedAt, context.now().into())
        .filter(jobs::Column::Id.eq(id))
        .filter(jobs::Column::FinishedAt.is_null())
        .filter(jobs::Column::CancelRequestedAt.is_null())
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    report_of(&context.database, id).await
}
