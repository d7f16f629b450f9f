//! Ending sessions. They stop working with the transaction that ends them, on every node.

use db::entities::{accounts, sessions};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use types::authenticators::Method;
use types::events::EventKind;
use types::{AccountId, SessionId};

use super::live;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::messages::{Alert, alert_each};
use crate::{Context, Error, Holder, Result, Staff, impersonation, tokens};

/// Ends the sessions among `which` that have not ended, inside the caller's transaction; gives how many. There
/// is no other way to: what staff began in the account's place ends with it, and both logs say so (A11).
///
/// Those whose time is over end too: a request that was let in a moment ago may be about to prolong them.
pub(crate) async fn end_where(connection: &impl ConnectionTrait, context: &Context, which: Condition) -> Result<i64> {
    let open = which.add(sessions::Column::EndedAt.is_null());
    let impersonating = sessions::Entity::find()
        .filter(open.clone())
        .filter(sessions::Column::ActorSessionId.is_not_null())
        .lock(TO_CHANGE)
        .all(connection)
        .await?;
    let ended = sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, context.now().into())
        .filter(open)
        .exec(connection)
        .await?;
    impersonation::note_ended(connection, context, &impersonating).await?;
    Ok(i64::try_from(ended.rows_affected).unwrap_or(i64::MAX))
}

/// Ends every session of these accounts, inside the caller's transaction.
pub async fn end_all_of(connection: &impl ConnectionTrait, context: &Context, accounts: &[AccountId]) -> Result<()> {
    let of_them = sessions::Column::AccountId.is_in(accounts.iter().copied());
    end_where(connection, context, Condition::all().add(of_them)).await.map(drop)
}

/// The same where staff took something from the accounts, and whoever was signed in is told. The caller's own
/// sessions go on.
pub(crate) async fn end_by_staff(
    connection: &impl ConnectionTrait,
    context: &Context,
    staff: &Staff,
    ids: &[AccountId],
) -> Result<()> {
    let others: Vec<_> = ids.iter().copied().filter(|id| *id != staff.account).collect();
    let open = count_open(connection, context, &others).await?;
    end_all_of(connection, context, &others).await?;
    if open.is_empty() {
        return Ok(());
    }
    let signed_in = accounts::Entity::find().filter(accounts::Column::Id.is_in(open.iter().map(|(id, _)| *id)));
    let signed_in = signed_in.all(connection).await?;
    alert_each(connection, context, signed_in.iter(), &Alert::SessionsEndedByStaff).await
}

/// Of those to whom a role was assigned, or whose role began to require a second factor, just now: ends the
/// sessions that were begun with a password alone, where a role requires more. Signing in anew leads to what is
/// missing (S4). The caller's own session goes on: they have chosen it, and see that it was saved.
pub(crate) async fn end_lacking_second_factor(
    connection: &impl ConnectionTrait,
    context: &Context,
    staff: &Staff,
    whose: impl Into<Condition>,
) -> Result<()> {
    let required = "sessions.account_id IN (SELECT ra.account_id FROM role_assignments ra \
        JOIN roles r ON r.id = ra.role_id WHERE r.requires_second_factor)";
    let lacking = Condition::all()
        .add(whose)
        .add(Expr::cust(required))
        .add(sessions::Column::Methods.eq(Method::Password.key()))
        .add(sessions::Column::Id.ne(staff.session));
    end_where(connection, context, lacking).await.map(drop)
}

/// Who of these accounts has sessions that work, and how many.
pub(crate) async fn count_open(
    connection: &impl ConnectionTrait,
    context: &Context,
    accounts: &[AccountId],
) -> Result<Vec<(AccountId, i64)>> {
    Ok(sessions::Entity::find()
        .select_only()
        .column(sessions::Column::AccountId)
        .column_as(sessions::Column::Id.count(), "open")
        .filter(live(context.now()))
        .filter(sessions::Column::AccountId.is_in(accounts.iter().copied()))
        .group_by(sessions::Column::AccountId)
        .into_tuple()
        .all(connection)
        .await?)
}

/// Ends the holder's own session. Doing it twice is fine.
pub async fn sign_out(context: &Context, holder: &Holder) -> Result<()> {
    let transaction = context.database.begin().await?;
    let this = Condition::all().add(sessions::Column::Id.eq(holder.session));
    if end_where(&transaction, context, this).await? > 0 {
        let event = Event::new(EventKind::SignedOut).by(holder).on(holder.account);
        events::write(&transaction, context, event).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends one of the holder's own sessions; another person's is "not found".
pub async fn end_one(context: &Context, holder: &Holder, session: SessionId) -> Result<()> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    let of_holder = sessions::Column::AccountId.eq(holder.account);
    let this = Condition::all().add(sessions::Column::Id.eq(session)).add(of_holder);
    if end_where(&transaction, context, this).await? == 0 {
        return Err(Error::NotFound("session"));
    }
    let event = Event::new(EventKind::SessionEnded).by(holder).on(holder.account);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends the session of a token that a browser held before it signed in anew.
pub(crate) async fn end_token(connection: &impl ConnectionTrait, context: &Context, token: &str) -> Result<()> {
    let this = Condition::all().add(sessions::Column::TokenHash.eq(tokens::hash(token)));
    end_where(connection, context, this).await.map(drop)
}

/// **Sign out everywhere else**; gives how many sessions that worked have ended.
pub async fn end_every_other(context: &Context, holder: &Holder) -> Result<i64> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    let ended = end_every_other_in(&transaction, context, holder).await?;
    if ended > 0 {
        let event = Event::new(EventKind::SessionEnded)
            .by(holder)
            .on(holder.account)
            .note(Some(&format!("{ended} other sessions")));
        events::write(&transaction, context, event).await?;
    }
    transaction.commit().await?;
    Ok(ended)
}

/// The same inside the caller's transaction, without an event of its own.
pub(crate) async fn end_every_other_in(
    connection: &impl ConnectionTrait,
    context: &Context,
    holder: &Holder,
) -> Result<i64> {
    let of_holder = sessions::Column::AccountId.eq(holder.account);
    let others = Condition::all().add(of_holder).add(sessions::Column::Id.ne(holder.session));
    let open = sessions::Entity::find().filter(others.clone()).filter(live(context.now())).count(connection).await?;
    end_where(connection, context, others).await?;
    Ok(i64::try_from(open).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::authenticate;
    use crate::testing;

    #[tokio::test]
    async fn signing_out_ends_this_session_once() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let token = testing::session(&context, owner.account).await;
            let holder = authenticate(&context, &token).await.unwrap();
            sign_out(&context, &holder).await.unwrap();
            sign_out(&context, &holder).await.unwrap();
            assert!(authenticate(&context, &token).await.is_err());
            assert_eq!(testing::open_sessions(&context, owner.account).await, 1);
            assert_eq!(testing::events_of(&context, owner.account, EventKind::SignedOut).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn another_persons_session_is_not_found_and_goes_on() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let ada = testing::holder(&context, ada).await;
            assert!(matches!(end_one(&context, &ada, owner.session).await, Err(Error::NotFound("session"))));
            assert_eq!(testing::open_sessions(&context, owner.account).await, 1);
            end_one(&context, &ada, ada.session).await.unwrap();
            assert!(matches!(end_one(&context, &ada, ada.session).await, Err(Error::NotFound("session"))));
        })
        .await;
    }

    #[tokio::test]
    async fn what_time_has_ended_is_not_counted_and_cannot_come_back() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            context.clock.advance_seconds(crate::authority::IDLE_LIMIT_SECONDS);
            assert_eq!(crate::users::end_sessions(&context, &owner, ada).await.unwrap(), 0);
            let bulk = testing::bulk(&context, &owner, types::bulk::BulkAction::EndSessions, &[ada]).await;
            assert_eq!((bulk.done, bulk.reasons), (0, vec![("not signed in".to_owned(), 1)]));
            assert_eq!(testing::alerted(&context, "ada@example.com").await, []);
            assert_eq!(testing::open_sessions(&context, ada).await, 0, "ended for good all the same");
            testing::session(&context, ada).await;
            context.clock.advance_seconds(crate::authority::IDLE_LIMIT_SECONDS);
            let holder = testing::holder(&context, ada).await;
            assert_eq!(end_every_other(&context, &holder).await.unwrap(), 0);
            assert_eq!(testing::events_of(&context, ada, EventKind::SessionEnded).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn signing_out_everywhere_else_keeps_this_session_and_other_people() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            testing::session(&context, ada).await;
            let holder = testing::holder(&context, ada).await;
            assert_eq!(end_every_other(&context, &holder).await.unwrap(), 2);
            assert_eq!(end_every_other(&context, &holder).await.unwrap(), 0);
            let left = crate::sessions::of_holder(&context, &holder).await.unwrap();
            assert_eq!(left.iter().map(|row| (row.id, row.current)).collect::<Vec<_>>(), [(holder.session, true)]);
            assert_eq!(testing::open_sessions(&context, owner.account).await, 1);
            assert_eq!(testing::events_of(&context, ada, EventKind::SessionEnded).await, 1);
        })
        .await;
    }
}
