//! The server function of the console's frame.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::sessions::Viewer;

use crate::ApiError;

/// Who is signed in, and what they may do. Any staff.
#[server(name = GetViewer, endpoint = "admin/viewer", input = Json)]
pub async fn viewer() -> Result<Viewer, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::authority::viewer(&crate::ssr::roster()?, &staff).await?)
}
