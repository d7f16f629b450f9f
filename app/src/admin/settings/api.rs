//! The server functions of the settings.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::StoreId;
use types::compliance::Compliance;
use types::settings::{Section, SectionName, StoreSettings};

use crate::ApiError;

/// A section of a store, the default one when none is named. Needs **Change settings** everywhere.
#[server(name = GetSettings, endpoint = "admin/settings/get", input = Json)]
pub async fn get_settings(store: Option<StoreId>, section: SectionName) -> Result<StoreSettings, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::settings::section(&crate::ssr::database()?, &staff, store, section).await?)
}

/// Saves a section whose editing began from `before`. Needs **Change settings** everywhere.
#[server(endpoint = "admin/settings/save", input = Json)]
pub async fn save_settings(store: StoreId, before: Section, now: Section) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::settings::save(&crate::ssr::context()?, &staff, store, &before, &now).await?)
}

/// Which rules of the standards a store's settings meet, the default one's when none is named.
/// Needs **Change settings** everywhere.
#[server(endpoint = "admin/settings/compliance", input = Json)]
pub async fn get_compliance(store: Option<StoreId>) -> Result<Compliance, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::compliance::of_store(&crate::ssr::database()?, &staff, store).await?)
}
