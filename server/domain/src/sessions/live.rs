//! Which sessions work.

use db::entities::sessions::Column;
use sea_orm::{ColumnTrait, Condition};
use types::Timestamp;

use crate::authority::IDLE_LIMIT_SECONDS;

/// Neither ended, nor too old, nor unused for too long.
pub(crate) fn live(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::EndedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
        .add(Column::LastSeenAt.gt(now.plus_seconds(-IDLE_LIMIT_SECONDS)))
}
