//! How many devices an account may have (S10), and **Update device limit** (A9).

use db::entities::{accounts, devices};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use types::devices::MOST_DEVICES;
use types::events::{EventKind, FieldChange};
use types::settings::Devices;
use types::{AccountId, Permission};

use super::register::find;
use crate::events::{self, Event};
use crate::users::columns::next_version;
use crate::users::refuse_holding_more;
use crate::{Context, Error, Result, Staff, settings};

/// The account's own limit, and the settings'.
pub(super) async fn limits_of(
    connection: &impl ConnectionTrait,
    account: &accounts::Model,
) -> Result<(Option<u32>, Option<u32>)> {
    let default = settings::read::<Devices>(connection, account.store_id).await?.limit();
    Ok((account.device_limit.and_then(|limit| u32::try_from(limit).ok()), default))
}

/// Whether this browser would be one device too many. Those registered already are not, also when
/// the limit was lowered meanwhile.
pub(crate) async fn is_over(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
) -> Result<bool> {
    let (own, default) = limits_of(connection, account).await?;
    let Some(limit) = own.or(default) else { return Ok(false) };
    if let Some(browser) = &context.origin.device
        && find(connection, account.id, browser).await?.is_some()
    {
        return Ok(false);
    }
    let registered =
        devices::Entity::find().filter(devices::Column::AccountId.eq(account.id)).count(connection).await?;
    Ok(registered >= u64::from(limit))
}

/// **Update device limit**: a number for this account; `None`: **Reset to default**. Devices over a
/// lower limit stay until they are removed. Needs **Remove devices and change device limits** over the
/// account.
///
/// # Errors
/// Field error `limit`; [`Error::NotAllowed`] on somebody who holds more.
pub async fn set_limit(context: &Context, staff: &Staff, id: AccountId, limit: Option<u32>) -> Result<()> {
    let scope = staff.require(Permission::ManageDevices)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    if limit.is_some_and(|limit| !(1..=MOST_DEVICES).contains(&limit)) {
        return Err(Error::field("limit", format!("A number from 1 to {MOST_DEVICES}, please.")));
    }
    let limit = limit.map(i64::from);
    if limit == account.device_limit {
        return Ok(());
    }
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DeviceLimit, Expr::val(limit))
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    let text = |limit: Option<i64>| limit.map_or_else(|| "default".to_owned(), |limit| limit.to_string());
    let change = FieldChange::new("device_limit", Some(&text(account.device_limit)), Some(&text(limit)));
    let event = Event::new(EventKind::DeviceLimitSet).by(staff).on(id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}
