//! The server functions of groups, organizations and roles.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::directory::{
    Candidate, HolderPage, MemberPage, MemberReport, RoleForm, RoleRow, RoleView, Saved, Unit, UnitForm, UnitKind,
    UnitName, UnitPage, UnitView,
};
use types::user_list::Position;
use types::{AccountId, Permission, RoleId};

use crate::ApiError;

/// A page of groups or organizations. Needs **View groups, organizations and roles**.
#[server(endpoint = "admin/directory/list", input = Json)]
pub async fn list_units(kind: UnitKind, q: String, position: Position) -> Result<UnitPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::list(&crate::ssr::database()?, &staff, kind, &q, &position).await?)
}

/// Groups to nest another in. Needs **View groups, organizations and roles**.
#[server(endpoint = "admin/directory/group-options", input = Json)]
pub async fn group_options() -> Result<Vec<UnitName>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::group_options(&crate::ssr::database()?, &staff).await?)
}

/// One group or organization. Needs **View groups, organizations and roles** for it.
#[server(endpoint = "admin/directory/view", input = Json)]
pub async fn view_unit(unit: Unit) -> Result<UnitView, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::view(&crate::ssr::database()?, &staff, unit).await?)
}

/// Needs **Change groups and organizations** everywhere.
#[server(endpoint = "admin/directory/create", input = Json)]
pub async fn create_unit(kind: UnitKind, form: UnitForm) -> Result<Unit, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::create(&crate::ssr::context()?, &staff, kind, &form).await?)
}

/// Saves an edit that began from `version`; says so when somebody was faster. Needs **Change groups
/// and organizations**.
#[server(endpoint = "admin/directory/edit", input = Json)]
pub async fn edit_unit(unit: Unit, form: UnitForm, version: i64) -> Result<Saved<UnitForm>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::edit(&crate::ssr::context()?, &staff, unit, &form, version).await?)
}

/// Needs **Change groups and organizations** everywhere.
#[server(endpoint = "admin/directory/delete", input = Json)]
pub async fn delete_unit(unit: Unit) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::delete(&crate::ssr::context()?, &staff, unit).await?)
}

/// A page of members whom the caller may see.
#[server(endpoint = "admin/directory/members", input = Json)]
pub async fn unit_members(unit: Unit, q: String, position: Position) -> Result<MemberPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::members(&crate::ssr::roster()?, &staff, unit, &q, &position).await?)
}

/// People who could be added. Needs **Change the groups of users**, or **Change groups and
/// organizations** for an organization.
#[server(endpoint = "admin/directory/members/candidates", input = Json)]
pub async fn member_candidates(unit: Unit, q: String) -> Result<Vec<Candidate>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::candidates(&crate::ssr::roster()?, &staff, unit, &q).await?)
}

/// Puts people in. Needs what [`member_candidates`] needs.
#[server(endpoint = "admin/directory/members/add", input = Json)]
pub async fn add_members(unit: Unit, accounts: Vec<AccountId>) -> Result<MemberReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::add(&crate::ssr::context()?, &staff, unit, &accounts).await?)
}

/// Takes people out. Needs what [`member_candidates`] needs.
#[server(endpoint = "admin/directory/members/remove", input = Json)]
pub async fn remove_members(unit: Unit, accounts: Vec<AccountId>) -> Result<MemberReport, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::remove(&crate::ssr::context()?, &staff, unit, &accounts).await?)
}

/// Every role. Needs **View groups, organizations and roles**.
#[server(endpoint = "admin/roles/list", input = Json)]
pub async fn list_roles() -> Result<Vec<RoleRow>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::roles::list(&crate::ssr::database()?, &staff).await?)
}

/// One role. Needs **View groups, organizations and roles**.
#[server(endpoint = "admin/roles/view", input = Json)]
pub async fn view_role(id: RoleId) -> Result<RoleView, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::roles::view(&crate::ssr::database()?, &staff, id).await?)
}

/// What the caller may put into a new role. Needs **Create and change roles** everywhere.
#[server(endpoint = "admin/roles/grantable", input = Json)]
pub async fn grantable_permissions() -> Result<Vec<Permission>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::roles::grantable_of(&staff)?)
}

/// Who holds the role, and where. Needs **View groups, organizations and roles**, and **View users**.
#[server(endpoint = "admin/roles/holders", input = Json)]
pub async fn role_holders(id: RoleId, position: Position) -> Result<HolderPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::roles::holders(&crate::ssr::database()?, &staff, id, &position).await?)
}

/// Needs **Create and change roles** everywhere, and every permission of the role.
#[server(endpoint = "admin/roles/create", input = Json)]
pub async fn create_role(form: RoleForm) -> Result<RoleId, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::roles::create(&crate::ssr::context()?, &staff, &form).await?)
}

/// Saves an edit that began from `version`. Needs what [`create_role`] needs, of the role as it was
/// and as it will be.
#[server(endpoint = "admin/roles/edit", input = Json)]
pub async fn edit_role(id: RoleId, form: RoleForm, version: i64) -> Result<Saved<RoleForm>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::roles::edit(&crate::ssr::context()?, &staff, id, &form, version).await?)
}

/// Takes the role from everybody and deletes it. Needs what [`create_role`] needs.
#[server(endpoint = "admin/roles/delete", input = Json)]
pub async fn delete_role(id: RoleId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::directory::roles::delete(&crate::ssr::context()?, &staff, id).await?)
}
