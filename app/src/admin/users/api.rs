//! The server functions of the user list and the profile.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::accounts::{AccountForm, AssignableRoles, EditOutcome, GroupRow, InviteForm, Profile, RoleAssignmentRow};
use types::attributes::AttributeDefinition;
use types::audit::AuditFilter;
use types::authenticators::{Authenticators, FactorKind, StandIn};
use types::devices::UserDevices;
use types::events::EventPage;
use types::export::{ExportProgress, ExportRequest};
use types::recycle_bin::RecycleBinPage;
use types::saved_views::{SavedView, SavedViewForm};
use types::sessions::UserSession;
use types::user_list::{
    Filter, FilterChoices, ListColumn, ListState, MatchCount, PageSize, SearchField, UserCounts, UserPage,
};
use types::{
    AccountId, AuthenticatorId, DeviceId, ExportId, GroupId, OrganizationId, RoleAssignmentId, RoleId, SavedViewId,
    SessionId, StoreId,
};

use crate::ApiError;

/// One page of the list. Needs **View users**; shows only whom the caller's scope reaches.
#[server(endpoint = "admin/users/list", input = Json)]
pub async fn list_users(state: ListState) -> Result<UserPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::list(&crate::ssr::roster()?, &staff, &state).await?)
}

/// The deleted accounts of a store (`None`: the default one), the latest first. Needs **View users**.
#[server(endpoint = "admin/users/recycle-bin", input = Json)]
pub async fn recycle_bin(store: Option<StoreId>, older: Option<String>) -> Result<RecycleBinPage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::recycle_bin(&crate::ssr::context()?, &staff, store, older.as_deref()).await?)
}

/// How many accounts match, exactly up to 10,000. Needs **View users**; counts only whom the caller's
/// scope reaches.
#[server(endpoint = "admin/users/matching", input = Json)]
pub async fn count_matching(filter: Filter) -> Result<MatchCount, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::count(&crate::ssr::roster()?, &staff, &filter).await?)
}

/// The cards above the list. Needs **View users**; counts only whom the caller's scope reaches.
#[server(name = CountUsers, endpoint = "admin/users/counts", input = Json)]
pub async fn user_counts(store: Option<StoreId>) -> Result<UserCounts, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::counts::cards(&crate::ssr::roster()?, &staff, store).await?)
}

/// What **Filter** offers. Needs **View users**; organizations only within its reach.
#[server(name = GetFilterChoices, endpoint = "admin/users/filter-choices", input = Json)]
pub async fn filter_choices(store: Option<StoreId>) -> Result<FilterChoices, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::filter_names::choices(&crate::ssr::database()?, &staff, store).await?)
}

/// The fields of the **Search** panel for a store, or the default one, those pinned first. Any staff;
/// the store's own attributes for those with **View users**.
#[server(name = ListSearchFields, endpoint = "admin/users/search-fields", input = Json)]
pub async fn search_fields(store: Option<StoreId>) -> Result<Vec<SearchField>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::preferences::search_fields(&crate::ssr::database()?, &staff, store).await?)
}

/// Keeps which fields of the **Search** panel are pinned, for this administrator.
#[server(endpoint = "admin/users/pins", input = Json)]
pub async fn remember_pin(key: String, pinned: bool) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::preferences::remember_pin(&crate::ssr::context()?, &staff, &key, pinned).await?)
}

/// Keeps the columns of a store's list for this administrator; `None`: the default ones.
#[server(endpoint = "admin/users/columns", input = Json)]
pub async fn remember_columns(store: Option<StoreId>, columns: Option<Vec<ListColumn>>) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::preferences::remember_columns(&crate::ssr::context()?, &staff, store, columns.as_deref()).await?)
}

/// One's own saved views and the shared ones. Needs **View users**.
#[server(name = ListSavedViews, endpoint = "admin/users/views/list", input = Json)]
pub async fn saved_views() -> Result<Vec<SavedView>, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::views::list(&crate::ssr::database()?, &staff).await?)
}

/// Keeps a state of the list under a name. Needs **View users**.
#[server(endpoint = "admin/users/views/save", input = Json)]
pub async fn save_view(form: SavedViewForm) -> Result<SavedViewId, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::views::save(&crate::ssr::context()?, &staff, &form).await?)
}

/// Changes a view that was seen in `version`: one's own, or a shared one with **Change settings**.
#[server(endpoint = "admin/users/views/change", input = Json)]
pub async fn change_view(id: SavedViewId, form: SavedViewForm, version: i64) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::views::change(&crate::ssr::context()?, &staff, id, &form, version).await?)
}

/// Deletes a view that was seen in `version`; who may is as for changing it.
#[server(endpoint = "admin/users/views/delete", input = Json)]
pub async fn delete_view(id: SavedViewId, version: i64) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::views::delete(&crate::ssr::context()?, &staff, id, version).await?)
}

/// Notes what to export; the file is at `/admin/exports/{id}`. Needs **Export users**.
#[server(endpoint = "admin/users/export/start", input = Json)]
pub async fn start_export(request: ExportRequest) -> Result<ExportId, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::export::start(&crate::ssr::context()?, &staff, &request).await?)
}

/// How far an export is. Who asked for it.
#[server(name = GetExportProgress, endpoint = "admin/users/export/progress", input = Json)]
pub async fn export_progress(export: ExportId) -> Result<ExportProgress, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::export::progress(&crate::ssr::database()?, &staff, export).await?)
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

/// Adds an account with a role in an organization, and mails the invitation. Needs **Add users** and
/// **Send … mails** everywhere.
#[server(endpoint = "admin/users/invite", input = Json)]
pub async fn invite_user(form: InviteForm) -> Result<AccountId, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::invite(&crate::ssr::context()?, &staff, &form).await?)
}

/// A new activation link, to be handed over; earlier ones stop working. Needs **Copy activation links**.
#[server(endpoint = "admin/users/activation-link", input = Json)]
pub async fn copy_activation_link(id: AccountId) -> Result<String, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::activation_link(&crate::ssr::context()?, &staff, id).await?)
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

/// What the account proves itself with. Needs **View users**.
#[server(endpoint = "admin/users/authenticators", input = Json)]
pub async fn user_authenticators(id: AccountId) -> Result<Authenticators, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::view_authenticators(&crate::ssr::roster()?, &staff, id).await?)
}

/// Removes a second factor and ends all sessions. Needs **Change and reset second factors**.
#[server(endpoint = "admin/users/authenticators/remove", input = Json)]
pub async fn remove_authenticator(id: AccountId, authenticator: AuthenticatorId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::remove_authenticator(&crate::ssr::context()?, &staff, id, authenticator).await?)
}

/// Chooses what is asked for first. Needs **Change and reset second factors**.
#[server(endpoint = "admin/users/authenticators/default", input = Json)]
pub async fn change_second_factor(id: AccountId, kind: FactorKind) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::change_second_factor(&crate::ssr::context()?, &staff, id, kind).await?)
}

/// Adds an address or a number for codes, which the holder verifies. Needs **Change and reset second factors**.
#[server(endpoint = "admin/users/authenticators/add", input = Json)]
pub async fn add_code_address(id: AccountId, kind: FactorKind, address: String) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::add_code_address(&crate::ssr::context()?, &staff, id, kind, &address).await?)
}

/// Removes one that the holder has not verified. Needs **Change and reset second factors**.
#[server(endpoint = "admin/users/authenticators/remove-address", input = Json)]
pub async fn remove_code_address(id: AccountId, kind: FactorKind) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::remove_code_address(&crate::ssr::context()?, &staff, id, kind).await?)
}

/// Removes codes, questions or the alternate address. Needs **Change and reset second factors**.
#[server(endpoint = "admin/users/authenticators/remove-stand-in", input = Json)]
pub async fn remove_stand_in(id: AccountId, what: StandIn) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::users::remove_stand_in(&crate::ssr::context()?, &staff, id, what).await?)
}

/// A code for one sign-in within 60 minutes; it is not kept. Needs **Generate backup codes**.
#[server(endpoint = "admin/users/backup-code", input = Json)]
pub async fn generate_backup_code(id: AccountId) -> Result<String, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::authenticators::backup_code::generate(&crate::ssr::context()?, &staff, id).await?)
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

/// The browsers that the account has signed in with, and how many it may have. Needs **View users**.
#[server(name = ListUserDevices, endpoint = "admin/users/devices", input = Json)]
pub async fn user_devices(id: AccountId) -> Result<UserDevices, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::devices::of_user(&crate::ssr::roster()?, &staff, id).await?)
}

/// Removes a device and ends its sessions. Needs **Remove devices and change device limits**.
#[server(endpoint = "admin/users/devices/remove", input = Json)]
pub async fn remove_user_device(id: AccountId, device: DeviceId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::devices::remove_of_user(&crate::ssr::context()?, &staff, id, device).await?)
}

/// A limit of the account's own, or the default one. Needs **Remove devices and change device limits**.
#[server(endpoint = "admin/users/devices/limit", input = Json)]
pub async fn set_device_limit(id: AccountId, limit: Option<u32>) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::devices::set_limit(&crate::ssr::context()?, &staff, id, limit).await?)
}
