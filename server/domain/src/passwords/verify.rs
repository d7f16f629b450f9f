//! Asking the holder for their password again: limited in attempts, apart from sign-ins.

use db::entities::password_credentials;
use sea_orm::EntityTrait;
use types::events::EventKind;

use crate::authenticators::locked;
use crate::events::{self, Event};
use crate::throttle::{self, Subject};
use crate::{Context, Error, Holder, Result};

/// What wrong passwords of a holder are counted under: a stolen session must not guess, nor lock the
/// owner out.
pub(crate) fn subject(holder: &Holder) -> String {
    format!("password-change:{}", holder.account)
}

/// The holder's credential when `password` is theirs. `failed`: how the log calls a wrong one.
///
/// # Errors
/// Field error `field`.
pub(crate) async fn verify_own(
    context: &Context,
    holder: &Holder,
    password: &str,
    field: &str,
    failed: EventKind,
) -> Result<password_credentials::Model> {
    holder.require_in_person()?;
    let subject = subject(holder);
    let subject = Subject::Identifier(&subject);
    let connection = context.database.read();
    let too_many = |wait| Error::field(field, format!("Too many attempts. Try again in {wait} seconds."));
    if let Some(wait) = throttle::wait_seconds(connection, &[subject], context.now()).await? {
        return Err(too_many(wait));
    }
    let credential = password_credentials::Entity::find_by_id(holder.account).one(connection).await?;
    let matches = context.hasher.verify(password, credential.as_ref().map(|row| row.hash.as_str())).await?;
    let transaction = context.database.begin().await?;
    locked(&transaction, holder).await?;
    // Of guesses that were sent all at once, those that come too late are answered alike, the right one too.
    if let Some(wait) = throttle::wait_seconds(&transaction, &[subject], context.now()).await? {
        return Err(too_many(wait));
    }
    if let Some(credential) = credential.filter(|_| matches) {
        return Ok(credential);
    }
    throttle::count_failure(&transaction, context, subject).await?;
    events::write(&transaction, context, Event::new(failed).refused().by(holder).on(holder.account)).await?;
    transaction.commit().await?;
    Err(Error::field(field, "That is not your current password."))
}
