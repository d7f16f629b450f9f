//! Removing a device: its sessions end with it, and its browser is a new one from then on.

use db::entities::{accounts, devices, sessions as session_rows};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use types::events::{EventKind, FieldChange};
use types::{AccountId, DeviceId, Permission};

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::users::refuse_holding_more;
use crate::{Context, Error, Holder, Result, Staff, sessions};

/// Removes a device of this account and ends its sessions, inside the caller's transaction; gives
/// what the log says of it.
///
/// # Errors
/// [`Error::NotFound`] for a device that is gone, or another account's.
pub(crate) async fn remove_in(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    device: DeviceId,
) -> Result<FieldChange> {
    let row = devices::Entity::find_by_id(device)
        .filter(devices::Column::AccountId.eq(account))
        .lock(TO_CHANGE)
        .one(connection)
        .await?
        .ok_or(Error::NotFound("device"))?;
    // First the sessions: without the row they do not know their device any more.
    let on_it = Condition::all().add(session_rows::Column::DeviceId.eq(device));
    sessions::end_where(connection, context, on_it).await?;
    devices::Entity::delete_by_id(device).exec(connection).await?;
    let what = [row.browser, row.ip].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    Ok(FieldChange::new("device", Some(&what), None))
}

/// Removes one of one's own devices.
///
/// # Errors
/// [`Error::NotFound`] for a device that is gone, or another person's.
pub async fn remove_own(context: &Context, holder: &Holder, device: DeviceId) -> Result<()> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    let account = accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(&transaction).await?;
    let account = account.ok_or(Error::SignIn)?;
    let change = remove_in(&transaction, context, holder.account, device).await?;
    let event = Event::new(EventKind::DeviceRemoved).by(holder).on(holder.account).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::DeviceRemoved).await?;
    transaction.commit().await?;
    Ok(())
}

/// Removes somebody's device. Needs **Remove devices and change device limits** over the account.
///
/// # Errors
/// [`Error::NotFound`] for a device that is gone, or another account's; [`Error::NotAllowed`] on
/// somebody who holds more.
pub async fn remove_of_user(context: &Context, staff: &Staff, id: AccountId, device: DeviceId) -> Result<()> {
    let scope = staff.require(Permission::ManageDevices)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let change = remove_in(&transaction, context, id, device).await?;
    let event = Event::new(EventKind::DeviceRemoved).by(staff).on(id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    let told = if id == staff.account { Alert::DeviceRemoved } else { Alert::DeviceRemovedByStaff };
    alert(&transaction, context, &account, told).await?;
    transaction.commit().await?;
    Ok(())
}
