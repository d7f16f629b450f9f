//! The server functions of the import; the file itself goes to a route of its own.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::bulk::BulkReport;
use types::import::{ImportFile, ImportPlan, ImportProblem};
use types::{ImportId, JobId, StoreId};

use crate::ApiError;

/// An uploaded file and what its header seems to say, for the attributes of a store. Needs **Add users**; one's own
/// only.
#[server(name = GetImportFile, endpoint = "admin/users/import/file", input = Json)]
pub async fn import_file(id: ImportId, store: Option<StoreId>) -> Result<ImportFile, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::imports::file(&crate::ssr::database()?, &staff, id, store).await?)
}

/// Starts the dry run, which writes nothing, as a job. Needs **Add users** everywhere, and what the
/// options do.
#[server(endpoint = "admin/users/import/dry-run", input = Json)]
pub async fn dry_run_import(plan: ImportPlan) -> Result<BulkReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::imports::start(&crate::ssr::context()?, &staff, &plan, true).await?)
}

/// Starts the import that was tried in the dry run. Needs what the dry run needed; one's own only.
#[server(endpoint = "admin/users/import/confirm", input = Json)]
pub async fn confirm_import(dry_run: JobId) -> Result<BulkReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::imports::confirm(&crate::ssr::context()?, &staff, dry_run).await?)
}

/// The first hundred problems of an import or a dry run. Who started it.
#[server(endpoint = "admin/users/import/problems", input = Json)]
pub async fn import_problems(job: JobId) -> Result<Vec<ImportProblem>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::imports::problems(&crate::ssr::database()?, &staff, job).await?)
}
