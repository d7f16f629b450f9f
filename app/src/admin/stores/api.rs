//! The server functions of identity stores and their attributes.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::attributes::{AttributeForm, AttributeLoss, AttributeOutcome};
use types::stores::{StoreRow, StoreView};
use types::{AttributeId, StoreId};

use crate::ApiError;

/// Every store. Needs **View users**.
#[server(endpoint = "admin/stores/list", input = Json)]
pub async fn list_stores() -> Result<Vec<StoreRow>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::stores::list(&crate::ssr::database()?, &staff).await?)
}

/// One store with its attributes. Needs **View groups, organizations and roles** everywhere.
#[server(name = GetStore, endpoint = "admin/stores/view", input = Json)]
pub async fn store_view(id: StoreId) -> Result<StoreView, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::stores::view(&crate::ssr::database()?, &staff, id).await?)
}

/// Adds an empty store. Needs **Change identity stores and their attributes**, as all below.
#[server(endpoint = "admin/stores/create", input = Json)]
pub async fn create_store(name: String) -> Result<StoreId, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::stores::create(&crate::ssr::context()?, &staff, &name).await?)
}

/// Renames what was called `before`.
#[server(endpoint = "admin/stores/rename", input = Json)]
pub async fn rename_store(id: StoreId, before: String, name: String) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::stores::rename(&crate::ssr::context()?, &staff, id, &before, &name).await?)
}

/// Deletes an empty store.
#[server(endpoint = "admin/stores/delete", input = Json)]
pub async fn delete_store(id: StoreId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::stores::delete(&crate::ssr::context()?, &staff, id).await?)
}

/// Adds an attribute, after the others.
#[server(endpoint = "admin/stores/attributes/add", input = Json)]
pub async fn add_attribute(store: StoreId, form: AttributeForm) -> Result<AttributeId, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::attributes::add(&crate::ssr::context()?, &staff, store, &form).await?)
}

/// Saves a change that began from `version`; says so when somebody was faster, or when values would
/// be lost that nobody has `agreed` to.
#[server(endpoint = "admin/stores/attributes/change", input = Json)]
pub async fn change_attribute(
    id: AttributeId,
    form: AttributeForm,
    version: i64,
    agreed: bool,
) -> Result<AttributeOutcome, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::attributes::change(&crate::ssr::context()?, &staff, id, &form, version, agreed).await?)
}

/// What removing the attribute would lose.
#[server(name = GetAttributeLoss, endpoint = "admin/stores/attributes/loss", input = Json)]
pub async fn attribute_loss(id: AttributeId) -> Result<AttributeLoss, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::attributes::loss_of_removal(&crate::ssr::database()?, &staff, id).await?)
}

/// Removes what `version` was, with every value.
#[server(endpoint = "admin/stores/attributes/remove", input = Json)]
pub async fn remove_attribute(id: AttributeId, version: i64) -> Result<AttributeOutcome, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::attributes::remove(&crate::ssr::context()?, &staff, id, version).await?)
}

/// Puts all attributes of the store into this order.
#[server(endpoint = "admin/stores/attributes/order", input = Json)]
pub async fn order_attributes(store: StoreId, attributes: Vec<AttributeId>) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::attributes::order(&crate::ssr::context()?, &staff, store, &attributes).await?)
}
