//! The server function of the audit log.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::audit::{AuditFilter, AuditPage};

use crate::ApiError;

/// A page of the log, newest first. Needs **View activity**; shows only what the scope reaches.
#[server(endpoint = "admin/audit/search", input = Json)]
pub async fn search_audit(filter: AuditFilter, older: Option<String>) -> Result<AuditPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::audit::search(&crate::ssr::database()?, &staff, &filter, older.as_deref()).await?)
}
