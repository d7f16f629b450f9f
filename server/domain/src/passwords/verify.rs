//! Asking the holder for their password again: limited in attempts, apart from sign-ins.

use db::entities::password_credentials;
use sea_orm::EntityTrait;
use types::events::EventKind;

use crate::authenticators::locked;
use crate::events::{self, Event};
use crate::throttle::{self, Subject};
use crate::{Context, Error, Holder, Result};

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
    let subject = Subject::Confirmation(holder.account);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, PASSWORD};

    #[tokio::test]
    async fn of_many_guesses_at_once_three_are_judged_and_the_right_one_is_too_late() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let holder = testing::holder(&context, ada).await;
            let guess = |password| verify_own(&context, &holder, password, "password", EventKind::ProofFailed);
            let guesses = (0..40).map(|at| guess(if at < 39 { "wrong" } else { PASSWORD }));
            let mut answers = futures::future::join_all(guesses).await;
            // Nor does another answer tell that it was the right one.
            let last = format!("{:?}", answers.pop().unwrap().unwrap_err());
            assert!(last.contains("Too many attempts"), "{last}");
            let answers: Vec<_> = answers.into_iter().map(|answer| format!("{:?}", answer.unwrap_err())).collect();
            assert_eq!(answers.iter().filter(|answer| answer.contains("not your current password")).count(), 3);
            assert_eq!(answers.iter().filter(|answer| **answer == last).count(), 36);
            assert_eq!(testing::events_of(&context, ada, EventKind::ProofFailed).await, 3);
            context.clock.advance_seconds(2);
            assert!(guess(PASSWORD).await.is_ok());
        })
        .await;
    }
}
