//! Changing one's own password: the current one is asked, all other sessions end.

use db::entities::{accounts, identity_stores, password_credentials};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use types::events::EventKind;
use types::{AccountId, FieldErrors, Timestamp};

use super::verify::verify_own;
use super::{check_beside, is_short};
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind};
use crate::messages::{Alert, alert};
use crate::recent_proof::{self, Renewed};
use crate::throttle::{self, Subject};
use crate::{Context, Error, Holder, Result, sessions};

/// Changes the password and ends every other session; gives how many ended. This one goes on under another token
/// (S11): whoever has copied the old one is out too.
///
/// # Errors
/// Field errors `current_password` and `new_password`; the first is limited in attempts.
pub async fn change(context: &Context, holder: &Holder, current: &str, new: &str) -> Result<(i64, Option<Renewed>)> {
    let failed = EventKind::PasswordChangeFailed;
    let credential = verify_own(context, holder, current, "current_password", failed).await?;
    let connection = context.database.read();
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    let mut errors = FieldErrors::default();
    let words = words(connection, &account).await?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    errors.keep("new_password", check_beside(new, &words, account.second_factor.is_some()));
    if new == current {
        errors.add("new_password", "This is your current password. Please choose another.");
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let hash = context.hasher.hash(&context.random, new).await?;
    let transaction = context.database.begin().await?;
    // Asked again inside: of two changes at once the second has not given the current password.
    let locked = accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(&transaction).await?;
    let locked = locked.ok_or(Error::SignIn)?;
    if password_credentials::Entity::find_by_id(holder.account).one(&transaction).await? != Some(credential) {
        return Err(Error::field("current_password", "Your password was changed just now, from another session."));
    }
    keep(&transaction, &locked, (new, hash), false, context.now()).await?;
    throttle::forget(&transaction, &[Subject::Confirmation(holder.account)]).await?;
    let ended = sessions::end_every_other_in(&transaction, context, holder).await?;
    let renewed = recent_proof::renew(&transaction, context, holder).await?;
    let event = Event::new(EventKind::PasswordChanged).by(holder).on(holder.account);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::PasswordChanged).await?;
    transaction.commit().await?;
    Ok((ended, renewed))
}

/// Keeps a password that was checked, and its hash; `account` is locked. Whether a short one stands beside a
/// second factor is asked again: that may have gone while the password was hashed.
pub(crate) async fn keep(
    connection: &impl ConnectionTrait,
    account: &accounts::Model,
    (password, hash): (&str, String),
    must_change: bool,
    now: Timestamp,
) -> Result<()> {
    if is_short(password) && account.second_factor.is_none() {
        return Err(Error::Conflict("The second factor was removed just now. Please try again.".into()));
    }
    store(connection, account.id, hash, must_change, now).await?;
    if is_short(password) {
        mark_short(connection, account.id).await?;
    }
    Ok(())
}

/// Keeps the hash, in the place of any other. What was said of the one before is over: its expiry,
/// and links that somebody asked for.
pub(crate) async fn store(
    connection: &impl ConnectionTrait,
    account: AccountId,
    hash: String,
    must_change: bool,
    now: Timestamp,
) -> Result<()> {
    let row = password_credentials::ActiveModel {
        account_id: Set(account),
        hash: Set(hash),
        changed_at: Set(now),
        must_change: Set(must_change),
        is_short: Set(false),
    };
    let again = OnConflict::column(password_credentials::Column::AccountId)
        .update_columns([
            password_credentials::Column::Hash,
            password_credentials::Column::ChangedAt,
            password_credentials::Column::MustChange,
            password_credentials::Column::IsShort,
        ])
        .to_owned();
    password_credentials::Entity::insert(row).on_conflict(again).exec_without_returning(connection).await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::PasswordExpiresAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::PasswordNoticeAt, Expr::val(None::<i64>))
        .filter(accounts::Column::Id.eq(account))
        .filter(accounts::Column::PasswordExpiresAt.is_not_null())
        .exec(connection)
        .await?;
    links::void(connection, &[account], &LinkKind::ALL, now).await
}

/// Notes that the password that was just stored may stand beside a second factor only.
pub(crate) async fn mark_short(connection: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    password_credentials::Entity::update_many()
        .col_expr(password_credentials::Column::IsShort, true.into())
        .filter(password_credentials::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}

/// What a password of this account must not be made of: names, addresses, the store's name.
pub(crate) async fn words(connection: &impl ConnectionTrait, account: &accounts::Model) -> Result<Vec<String>> {
    let store = identity_stores::Entity::find_by_id(account.store_id).one(connection).await?;
    let own = [Some(account.name.clone()), Some(account.email.clone()), account.username.clone()];
    Ok(own.into_iter().chain([store.map(|store| store.name)]).flatten().collect())
}

/// Keeps a stronger hash of the same password.
pub(crate) async fn rehash(connection: &impl ConnectionTrait, account: AccountId, hash: String) -> Result<()> {
    password_credentials::Entity::update_many()
        .col_expr(password_credentials::Column::Hash, hash.into())
        .filter(password_credentials::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::authenticate;
    use crate::testing::{self, PASSWORD};

    const NEW: &str = "seven purple elephants dance";

    async fn ada(context: &Context) -> Holder {
        let owner = testing::owner(context).await;
        let ada = testing::onboarded(context, &owner, "ada").await;
        testing::holder(context, ada).await
    }

    async fn wrong(context: &Context, holder: &Holder, current: &str, new: &str) -> Vec<String> {
        testing::wrong_fields(change(context, holder, current, new).await.map(drop).unwrap_err())
    }

    async fn current(context: &Context, holder: &Holder, password: &str) -> bool {
        let row = password_credentials::Entity::find_by_id(holder.account).one(context.database.read()).await;
        context.hasher.verify(password, Some(&row.unwrap().unwrap().hash)).await.unwrap()
    }

    #[tokio::test]
    async fn changing_it_ends_all_other_sessions_and_not_this_one() {
        testing::on_both(|context| async move {
            let ada = ada(&context).await;
            let other = testing::session(&context, ada.account).await;
            let copied = testing::session(&context, ada.account).await;
            let ada = authenticate(&context, &copied).await.unwrap();
            let open = testing::open_sessions(&context, ada.account).await;
            context.clock.advance_seconds(7);
            let (ended, renewed) = change(&context, &ada, PASSWORD, NEW).await.unwrap();
            assert_eq!(ended + 1, i64::try_from(open).unwrap());
            for token in [other, copied] {
                assert!(authenticate(&context, &token).await.is_err());
            }
            assert_eq!(authenticate(&context, renewed.unwrap().token.expose()).await.unwrap().session, ada.session);
            assert_eq!(testing::open_sessions(&context, ada.account).await, 1);
            assert!(current(&context, &ada, NEW).await && !current(&context, &ada, PASSWORD).await);
            assert_eq!(testing::events_of(&context, ada.account, EventKind::PasswordChanged).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_wrong_current_password_changes_nothing_and_is_limited() {
        testing::on_both(|context| async move {
            let ada = ada(&context).await;
            for _ in 0..3 {
                assert_eq!(wrong(&context, &ada, "wrong", NEW).await, ["current_password"]);
            }
            assert_eq!(wrong(&context, &ada, PASSWORD, NEW).await, ["current_password"]);
            assert!(current(&context, &ada, PASSWORD).await);
            assert_eq!(testing::events_of(&context, ada.account, EventKind::PasswordChangeFailed).await, 3);
            context.clock.advance_seconds(2);
            assert!(change(&context, &ada, PASSWORD, NEW).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn guessing_it_here_does_not_lock_the_sign_in() {
        testing::on_both(|context| async move {
            let ada = ada(&context).await;
            for _ in 0..12 {
                wrong(&context, &ada, "wrong", NEW).await;
                context.clock.advance_seconds(600);
            }
            assert!(crate::sign_in::sign_in(&context, "ada@example.com", PASSWORD, Default::default()).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn weak_personal_and_unchanged_ones_are_refused_at_their_field() {
        testing::on_both(|context| async move {
            let ada = ada(&context).await;
            for bad in ["short", "aaaaaaaaaaaaaaaaaa", "ada@example.com", PASSWORD] {
                assert_eq!(wrong(&context, &ada, PASSWORD, bad).await, ["new_password"], "{bad}");
            }
            assert!(current(&context, &ada, PASSWORD).await);
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_changes_at_once_one_is_saved_and_its_session_stays() {
        testing::on_both(|context| async move {
            let one = ada(&context).await;
            let two = testing::holder(&context, one.account).await;
            let (first, second) = tokio::join!(
                change(&context, &one, PASSWORD, NEW),
                change(&context, &two, PASSWORD, "another fine long password")
            );
            assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|saved| **saved).count(), 1);
            assert_eq!(current(&context, &one, NEW).await, first.is_ok());
            assert_eq!(testing::open_sessions(&context, one.account).await, 1);
        })
        .await;
    }
}
