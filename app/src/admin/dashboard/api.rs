//! The server function of the dashboard.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::StoreId;
use types::dashboard::Dashboard;

use crate::ApiError;

/// Numbers as far as the caller may see them, of one store's accounts (`None`: the default one) and of the whole
/// installation's sign-ins. Any staff.
#[server(name = GetDashboard, endpoint = "admin/dashboard", input = Json)]
pub async fn dashboard(store: Option<StoreId>) -> Result<Dashboard, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::dashboard::dashboard(&crate::ssr::roster()?, &staff, store).await?)
}
