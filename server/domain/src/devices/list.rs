//! The devices of an account: for its holder (E3), for staff (P2), and where one must go (S10).

use std::collections::HashMap;

use db::entities::{devices, sessions};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::devices::{DeviceRow, UserDevices};
use types::{AccountId, DeviceId, Permission, SessionId, Timestamp};

use super::limit::limits_of;
use crate::{Holder, Result, Roster, Staff, sessions as session_verbs};

/// More than this are not shown: without a limit, every private window is one.
const MOST_SHOWN: u64 = 200;

/// One's own.
pub async fn of_holder(roster: &Roster, holder: &Holder) -> Result<Vec<DeviceRow>> {
    of_account(roster.database.read(), roster.now(), holder.account, Some(holder.session)).await
}

/// Somebody's, and the limit. Needs **View users** over the account.
pub async fn of_user(roster: &Roster, staff: &Staff, id: AccountId) -> Result<UserDevices> {
    let connection = roster.database.read();
    let account = staff.require(Permission::ViewUsers)?.account(connection, id).await?;
    let devices = of_account(connection, roster.now(), id, Some(staff.session)).await?;
    let (limit, default_limit) = limits_of(connection, &account).await?;
    Ok(UserDevices { devices, limit, default_limit })
}

/// The last used first. `session`: the reader's.
pub(crate) async fn of_account(
    connection: &impl ConnectionTrait,
    now: Timestamp,
    account: AccountId,
    session: Option<SessionId>,
) -> Result<Vec<DeviceRow>> {
    let rows = devices::Entity::find()
        .filter(devices::Column::AccountId.eq(account))
        .order_by_desc(devices::Column::LastSeenAt)
        .order_by_desc(devices::Column::Id)
        .limit(MOST_SHOWN)
        .all(connection)
        .await?;
    let open = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(account))
        .filter(session_verbs::live(now))
        .all(connection)
        .await?;
    let mut of_device: HashMap<DeviceId, Vec<sessions::Model>> = HashMap::new();
    for row in open {
        if let Some(device) = row.device_id {
            of_device.entry(device).or_default().push(row);
        }
    }
    let mut shown: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let open = of_device.remove(&row.id).unwrap_or_default();
            let used = open.iter().map(|session| session.last_seen_at).max();
            DeviceRow {
                current: open.iter().any(|one| Some(one.id) == session),
                id: row.id,
                browser: row.browser,
                ip: row.ip,
                place: row.place,
                registered_at: row.registered_at,
                last_seen_at: used.map_or(row.last_seen_at, |used| used.max(row.last_seen_at)),
                sessions: open.len() as i64,
            }
        })
        .collect();
    shown.sort_by_key(|row| (!row.current, std::cmp::Reverse(row.last_seen_at)));
    Ok(shown)
}
