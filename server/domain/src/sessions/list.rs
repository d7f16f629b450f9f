//! One's own live sessions.

use db::entities::sessions;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::sessions::SessionRow;

use crate::authority::IDLE_LIMIT_SECONDS;
use crate::{Holder, Result, Roster};

/// The latest hundred, the one in use first.
pub async fn of_holder(roster: &Roster, holder: &Holder) -> Result<Vec<SessionRow>> {
    let now = roster.now();
    let rows = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(holder.account))
        .filter(sessions::Column::EndedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(now))
        .filter(sessions::Column::LastSeenAt.gt(now.plus_seconds(-IDLE_LIMIT_SECONDS)))
        .order_by_desc(sessions::Column::LastSeenAt)
        .limit(100)
        .all(roster.database.read())
        .await?;
    let mut rows: Vec<_> = rows
        .into_iter()
        .map(|row| SessionRow {
            current: row.id == holder.session,
            id: row.id,
            browser: row.browser,
            ip: row.ip,
            started_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect();
    rows.sort_by_key(|row| !row.current);
    Ok(rows)
}
