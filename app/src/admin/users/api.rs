//! The server functions of the user list and the profile.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::accounts::{AccountForm, AssignableRoles, EditOutcome, GroupRow, Profile, RoleAssignmentRow};
use types::attributes::AttributeDefinition;
use types::audit::AuditFilter;
use types::events::EventPage;
use types::sessions::UserSession;
use types::user_list::{ListState, PageSize, UserPage};
use types::{AccountId, GroupId, OrganizationId, RoleAssignmentId, RoleId, SessionId, StoreId};

use crate::ApiError;

/// One page of the list. Needs **View users**; shows only whom the caller's scope reaches.
#[server(endpoint = "admin/users/list", input = Json)]
pub async fn list_users(state: ListState) -> Result<UserPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::list(&crate::ssr::roster()?, &staff, &state).await?)
}

/// Keeps the page size for this administrator.
#[server(endpoint = "admin/users/page-size", input = Json)]
pub async fn remember_page_size(size: PageSize) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::preferences::remember_page_size(&crate::ssr::context()?, &staff, size).await?)
}

/// The attributes of a store, or the default one, that the console shows. Needs **View users**.
#[server(endpoint = "admin/users/attributes", input = Json)]
pub async fn attribute_definitions(store: Option<StoreId>) -> Result<Vec<AttributeDefinition>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::attributes::definitions(&crate::ssr::database()?, &staff, store).await?)
}

/// Adds an account to the store, or the default one, and puts it into the groups. Needs **Add users**
/// everywhere.
#[server(endpoint = "admin/users/create", input = Json)]
pub async fn create_user(
    store: Option<StoreId>,
    form: AccountForm,
    groups: Vec<GroupId>,
) -> Result<AccountId, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::create_in(&crate::ssr::context()?, &staff, store, &form, &groups).await?)
}

/// The overview panel and the attributes. Needs **View users**.
#[server(endpoint = "admin/users/profile", input = Json)]
pub async fn user_profile(id: AccountId) -> Result<Profile, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::profile(&crate::ssr::roster()?, &staff, id).await?)
}

/// Saves an edit that began from `version`; says so when somebody was faster. Needs **Edit users**.
#[server(endpoint = "admin/users/edit", input = Json)]
pub async fn edit_user(id: AccountId, form: AccountForm, version: i64) -> Result<EditOutcome, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::edit(&crate::ssr::context()?, &staff, id, &form, version).await?)
}

/// Lifts a lockout. Needs **Unlock users**.
#[server(endpoint = "admin/users/unlock", input = Json)]
pub async fn unlock_user(id: AccountId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::unlock(&crate::ssr::context()?, &staff, id).await?)
}

/// Ends every session of the account; gives how many there were. Needs **End sessions**.
#[server(endpoint = "admin/users/end-sessions", input = Json)]
pub async fn end_user_sessions(id: AccountId) -> Result<i64, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::end_sessions(&crate::ssr::context()?, &staff, id).await?)
}

/// Gives the account a password, which its holder replaces at the next sign-in when `must_change`.
/// Needs **Set passwords**.
#[server(endpoint = "admin/users/set-password", input = Json)]
pub async fn set_user_password(id: AccountId, password: String, must_change: bool) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::set_password(&crate::ssr::context()?, &staff, id, &password, must_change).await?)
}

/// The groups that the account is in. Needs **View users**.
#[server(endpoint = "admin/users/groups", input = Json)]
pub async fn user_groups(id: AccountId) -> Result<Vec<GroupRow>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::groups::of_user(&crate::ssr::database()?, &staff, id).await?)
}

/// At most a hundred groups that the account is not in, by part of the name.
/// Needs **Change the groups of users**.
#[server(endpoint = "admin/users/groups/assignable", input = Json)]
pub async fn assignable_groups(id: AccountId, q: String) -> Result<Vec<GroupRow>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::groups::assignable(&crate::ssr::database()?, &staff, id, &q).await?)
}

/// At most a hundred groups of a store (`None`: the default one), by part of the name: for **Add
/// user** and **Add to group**. Needs **Change the groups of users**, or **Add users**.
#[server(endpoint = "admin/users/groups/choices", input = Json)]
pub async fn group_choices(store: Option<StoreId>, q: String) -> Result<Vec<GroupRow>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::groups::choices(&crate::ssr::database()?, &staff, store, &q).await?)
}

/// Puts the account into the groups. Needs **Change the groups of users**.
#[server(endpoint = "admin/users/groups/assign", input = Json)]
pub async fn assign_groups(id: AccountId, groups: Vec<GroupId>) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::groups::assign(&crate::ssr::context()?, &staff, id, &groups).await?)
}

/// Takes the account out of the groups. Needs **Change the groups of users**.
#[server(endpoint = "admin/users/groups/remove", input = Json)]
pub async fn remove_groups(id: AccountId, groups: Vec<GroupId>) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::groups::remove(&crate::ssr::context()?, &staff, id, &groups).await?)
}

/// The roles that the account holds, and where. Needs **View users**.
#[server(endpoint = "admin/users/roles", input = Json)]
pub async fn user_roles(id: AccountId) -> Result<Vec<RoleAssignmentRow>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::roles::of_user(&crate::ssr::database()?, &staff, id).await?)
}

/// What the caller may grant, and for which organizations. Needs **Assign and remove roles**.
#[server(name = GetAssignableRoles, endpoint = "admin/users/roles/assignable", input = Json)]
pub async fn assignable_roles() -> Result<AssignableRoles, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::roles::assignable(&crate::ssr::database()?, &staff).await?)
}

/// Assigns each role for each organization, or everywhere when none is named.
/// Needs **Assign and remove roles**, and every permission of the roles.
#[server(endpoint = "admin/users/roles/assign", input = Json)]
pub async fn assign_roles(
    id: AccountId,
    roles: Vec<RoleId>,
    organizations: Vec<OrganizationId>,
) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::roles::assign(&crate::ssr::context()?, &staff, id, &roles, &organizations).await?)
}

/// Removes one assignment; the last Owner's stays. Needs **Assign and remove roles**.
#[server(endpoint = "admin/users/roles/remove", input = Json)]
pub async fn remove_role(id: AccountId, assignment: RoleAssignmentId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::roles::remove(&crate::ssr::context()?, &staff, id, assignment).await?)
}

/// A page of the account's events, newest first. Needs **View activity**.
#[server(endpoint = "admin/users/activity", input = Json)]
pub async fn user_activity(id: AccountId, filter: AuditFilter, older: Option<String>) -> Result<EventPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::audit::of_user(&crate::ssr::database()?, &staff, id, &filter, older.as_deref()).await?)
}

/// The account's live sessions. Needs **View users**.
#[server(endpoint = "admin/users/sessions", input = Json)]
pub async fn user_sessions(id: AccountId) -> Result<Vec<UserSession>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::sessions::of_user(&crate::ssr::roster()?, &staff, id).await?)
}

/// Ends one session of the account. Needs **End sessions**.
#[server(endpoint = "admin/users/sessions/end", input = Json)]
pub async fn end_user_session(id: AccountId, session: SessionId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::sessions::end_of_user(&crate::ssr::context()?, &staff, id, session).await?)
}
