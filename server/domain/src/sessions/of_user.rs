//! **All active sessions** (A15): somebody's live sessions as staff see them, and ending one.

use db::entities::sessions;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::authenticators::Method;
use types::events::{EventKind, FieldChange};
use types::sessions::UserSession;
use types::{AccountId, Permission, SessionId};

use super::end::end_where;
use super::live;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::users::refuse_holding_more;
use crate::{Context, Error, Result, Roster, Staff};

/// The latest hundred, the last used first. Needs **View users** over the account.
pub async fn of_user(roster: &Roster, staff: &Staff, id: AccountId) -> Result<Vec<UserSession>> {
    let connection = roster.database.read();
    staff.require(Permission::ViewUsers)?.account(connection, id).await?;
    let rows = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(id))
        .filter(live(roster.now()))
        .order_by_desc(sessions::Column::LastSeenAt)
        .order_by_desc(sessions::Column::Id)
        .limit(100)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| seen(row, staff)).collect())
}

fn seen(row: sessions::Model, staff: &Staff) -> UserSession {
    let method = method_of(&row);
    let (browser, system) = row.browser.split_once(" on ").unwrap_or((&row.browser, ""));
    UserSession {
        browser: browser.to_owned(),
        system: system.to_owned(),
        current: row.id == staff.session,
        id: row.id,
        ip: row.ip,
        place: row.place,
        method,
        started_at: row.created_at,
        last_seen_at: row.last_seen_at,
    }
}

/// What stands in the place of a method where staff look at an account (A11).
const IMPERSONATION: &str = "Impersonation";

/// How the session began.
pub(crate) fn method_of(row: &sessions::Model) -> String {
    if row.actor_session_id.is_some() { IMPERSONATION.to_owned() } else { methods(&row.methods) }
}

/// `Password, Authenticator app`. Sessions from before it was noted began with a password.
pub(super) fn methods(keys: &str) -> String {
    let labels: Vec<_> = keys.split(' ').filter_map(Method::from_key).map(Method::label).collect();
    if labels.is_empty() { Method::Password.label().to_owned() } else { labels.join(", ") }
}

/// Ends one session. Needs **End sessions** over the account.
///
/// # Errors
/// [`Error::NotFound`] for a session that is over, or another account's.
pub async fn end_of_user(context: &Context, staff: &Staff, id: AccountId, session: SessionId) -> Result<()> {
    let scope = staff.require(Permission::EndSessions)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let row = sessions::Entity::find_by_id(session)
        .filter(sessions::Column::AccountId.eq(id))
        .filter(live(context.now()))
        .one(&transaction)
        .await?
        .ok_or(Error::NotFound("session"))?;
    let this = Condition::all().add(sessions::Column::Id.eq(session));
    if end_where(&transaction, context, this).await? == 0 {
        return Err(Error::NotFound("session"));
    }
    let what = [row.browser, row.ip].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let change = FieldChange::new("session", Some(&what), None);
    let event = Event::new(EventKind::SessionEnded).by(staff).on(id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    if id != staff.account {
        alert(&transaction, context, &account, Alert::SessionsEndedByStaff).await?;
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn staff_see_live_sessions_and_end_one() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            context.clock.advance_seconds(60);
            testing::session(&context, ada).await;
            let rows = of_user(&context, &owner, ada).await.unwrap();
            assert_eq!(rows.len(), 2);
            assert_eq!(
                (rows[0].browser.as_str(), rows[0].system.as_str(), rows[0].device()),
                ("Chrome", "Linux", "Computer")
            );
            assert!(rows[0].started_at > rows[1].started_at && !rows[0].current);
            end_of_user(&context, &owner, ada, rows[0].id).await.unwrap();
            assert!(matches!(end_of_user(&context, &owner, ada, rows[0].id).await, Err(Error::NotFound("session"))));
            assert_eq!(testing::open_sessions(&context, ada).await, 1);
            assert_eq!(testing::events_of(&context, ada, EventKind::SessionEnded).await, 1);
            context.clock.advance_seconds(crate::authority::IDLE_LIMIT_SECONDS + 1);
            assert!(of_user(&context, &owner, ada).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_ends_another_accounts_session_nor_that_of_who_holds_more() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let eve = testing::onboarded(&context, &owner, "eve").await;
            let acme = testing::organization(&context, "Acme", &[ada, owner.account]).await;
            testing::session(&context, eve).await;
            let theirs = of_user(&context, &owner, eve).await.unwrap()[0].id;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let auditor = testing::staff_with(&context, &owner, "audit", BuiltInRole::Auditor, None).await;
            assert!(matches!(end_of_user(&context, &desk, ada, theirs).await, Err(Error::NotFound("session"))));
            assert!(matches!(end_of_user(&context, &desk, eve, theirs).await, Err(Error::NotFound("user"))));
            assert!(matches!(of_user(&context, &desk, eve).await, Err(Error::NotFound("user"))));
            let owners = end_of_user(&context, &desk, owner.account, owner.session).await;
            assert!(matches!(owners, Err(Error::NotAllowed(_))));
            assert!(matches!(end_of_user(&context, &auditor, eve, theirs).await, Err(Error::NotAllowed(_))));
            assert_eq!(testing::open_sessions(&context, eve).await, 1);
        })
        .await;
    }
}
