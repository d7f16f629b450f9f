//! One's own live sessions.

use db::entities::sessions;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::SessionId;
use types::sessions::SessionRow;

use super::live;
use super::of_user::methods;
use crate::{Holder, Result, Roster};

/// The latest hundred, the one in use first.
pub async fn of_holder(roster: &Roster, holder: &Holder) -> Result<Vec<SessionRow>> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(holder.account))
        .filter(live(roster.now()))
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
            place: row.place,
            method: methods(&row.methods),
            is_impersonation: row.actor_session_id.is_some(),
            started_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect();
    rows.sort_by_key(|row| !row.current);
    Ok(rows)
}

/// Whether a session works.
pub async fn is_open(roster: &Roster, session: SessionId) -> Result<bool> {
    let row = sessions::Entity::find_by_id(session).filter(live(roster.now())).one(roster.database.read()).await?;
    Ok(row.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::IDLE_LIMIT_SECONDS;
    use crate::testing;

    #[tokio::test]
    async fn lists_the_one_in_use_first_and_none_that_is_over() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            context.clock.advance_seconds(IDLE_LIMIT_SECONDS);
            let holder = testing::holder(&context, ada).await;
            context.clock.advance_seconds(1);
            let later = testing::holder(&context, ada).await;
            let rows = of_holder(&context, &holder).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [holder.session, later.session]);
            assert!(rows[0].current && !rows[1].current);
            assert_eq!((rows[0].browser.as_str(), rows[0].ip.as_str()), ("Chrome on Linux", "192.0.2.1"));
        })
        .await;
    }
}
