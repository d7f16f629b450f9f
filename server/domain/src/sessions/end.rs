//! Ending sessions. They stop working with the transaction that ends them, on every node.

use db::entities::sessions;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, UpdateMany};
use types::events::EventKind;
use types::{AccountId, SessionId};

use super::live;
use crate::events::{self, Event};
use crate::{Context, Error, Holder, Result, tokens};

/// Those whose time is over too: a request that was let in a moment ago may be about to prolong them.
fn ending(context: &Context) -> UpdateMany<sessions::Entity> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, context.now().into())
        .filter(sessions::Column::EndedAt.is_null())
}

/// Ends every session of these accounts, inside the caller's transaction.
pub async fn end_all_of(connection: &impl ConnectionTrait, context: &Context, accounts: &[AccountId]) -> Result<()> {
    ending(context).filter(sessions::Column::AccountId.is_in(accounts.iter().copied())).exec(connection).await?;
    Ok(())
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
    let ended = ending(context).filter(sessions::Column::Id.eq(holder.session)).exec(&transaction).await?;
    if ended.rows_affected > 0 {
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
    let ended = ending(context)
        .filter(sessions::Column::Id.eq(session))
        .filter(sessions::Column::AccountId.eq(holder.account))
        .exec(&transaction)
        .await?;
    if ended.rows_affected == 0 {
        return Err(Error::NotFound("session"));
    }
    let event = Event::new(EventKind::SessionEnded).by(holder).on(holder.account);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends the session of a token that a browser held before it signed in anew.
pub(crate) async fn end_token(connection: &impl ConnectionTrait, context: &Context, token: &str) -> Result<()> {
    ending(context).filter(sessions::Column::TokenHash.eq(tokens::hash(token))).exec(connection).await?;
    Ok(())
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
    let others = || sessions::Column::AccountId.eq(holder.account).and(sessions::Column::Id.ne(holder.session));
    let open = sessions::Entity::find().filter(live(context.now())).filter(others()).count(connection).await?;
    ending(context).filter(others()).exec(connection).await?;
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
