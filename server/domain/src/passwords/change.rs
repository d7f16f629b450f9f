//! Changing one's own password: the current one is asked, all other sessions end.

use db::entities::{accounts, password_credentials};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::{AccountId, FieldErrors, Timestamp};

use super::check;
use crate::events::{self, Event};
use crate::throttle::{self, Subject};
use crate::{Context, Error, Holder, Result, sessions};

/// Changes the password and ends every other session; gives how many ended.
///
/// # Errors
/// Field errors `current_password` and `new_password`; the first is limited in attempts.
pub async fn change(context: &Context, holder: &Holder, current: &str, new: &str) -> Result<i64> {
    // Counted apart from sign-ins: a stolen session must not guess, nor lock the owner out.
    let identifier = format!("password-change:{}", holder.account);
    let subject = Subject::Identifier(&identifier);
    let connection = context.database.read();
    if let Some(wait) = throttle::wait_seconds(connection, &[subject], context.now()).await? {
        return Err(Error::field("current_password", format!("Too many attempts. Try again in {wait} seconds.")));
    }
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    let credential = password_credentials::Entity::find_by_id(holder.account).one(connection).await?;
    if !context.hasher.verify(current, credential.as_ref().map(|row| row.hash.as_str())).await? {
        let transaction = context.database.begin().await?;
        throttle::count_failure(&transaction, context, subject).await?;
        let event = Event::new(EventKind::PasswordChangeFailed).refused().by(holder).on(holder.account);
        events::write(&transaction, context, event).await?;
        transaction.commit().await?;
        return Err(Error::field("current_password", "That is not your current password."));
    }
    let mut errors = FieldErrors::default();
    let words = [account.name.as_str(), &account.email, account.username.as_deref().unwrap_or_default()];
    errors.keep("new_password", check(new, &words));
    if new == current {
        errors.add("new_password", "This is your current password. Please choose another.");
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let hash = context.hasher.hash(&context.random, new).await?;
    let transaction = context.database.begin().await?;
    store(&transaction, holder.account, hash, false, context.now()).await?;
    throttle::forget(&transaction, &[&identifier]).await?;
    let ended = sessions::end_every_other_in(&transaction, context, holder).await?;
    let event = Event::new(EventKind::PasswordChanged).by(holder).on(holder.account);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(ended)
}

/// Keeps the hash, in the place of any other.
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
    };
    let again = OnConflict::column(password_credentials::Column::AccountId)
        .update_columns([
            password_credentials::Column::Hash,
            password_credentials::Column::ChangedAt,
            password_credentials::Column::MustChange,
        ])
        .to_owned();
    password_credentials::Entity::insert(row).on_conflict(again).exec_without_returning(connection).await?;
    Ok(())
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
