//! **Change email** (E1): the password is asked, the new address confirms by link, the old one is told.

use db::entities::accounts;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::authenticators::FactorKind;
use types::events::EventKind;
use types::{EmailAddress, FieldErrors};

use crate::authenticators::code_factor;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind, LinkProblem, NewLink};
use crate::messages::{Alert, Content, Recipient, alert_all, queue};
use crate::users::columns;
use crate::{Context, Error, Holder, Result, codes, passwords};

/// How long the link in the mail works.
const LINK_HOURS: i64 = 24;

/// Mails a link to the new address. An address that somebody has gets no mail, and the answer is the
/// same: who else has an account is nobody's business. As with codes a minute is between two, and ten are in an
/// hour: nobody floods strangers from their account.
///
/// # Errors
/// Field errors `email`, also while there is to wait, and `current_password`, limited in attempts.
pub async fn request_email_change(context: &Context, holder: &Holder, email: &str, password: &str) -> Result<()> {
    holder.require_in_person()?;
    let email = EmailAddress::parse(email);
    let connection = context.database.read();
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    let mut errors = FieldErrors::default();
    if email.as_ref().is_ok_and(|email| email.key() == account.email_key) {
        errors.add("email", "This is your address already.");
    }
    let email = errors.keep("email", email);
    let failed = EventKind::EmailChangeRequested;
    match passwords::verify_own(context, holder, password, "current_password", failed).await {
        Err(Error::Invalid(wrong)) => errors.0.extend(wrong.0),
        answer => _ = answer?,
    }
    let Some(email) = email.filter(|_| errors.is_empty()) else { return Err(errors.into()) };
    let transaction = context.database.begin().await?;
    let account =
        accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(&transaction).await?.ok_or(Error::SignIn)?;
    let made = links::made_lately(&transaction, context, LinkKind::EmailChange, account.id).await?;
    let counted = i64::try_from(made.len()).unwrap_or(i64::MAX);
    if let (Some(latest), Some(first)) = (made.first(), made.last())
        && let Some(wait) = codes::wait_in_words(context.now(), *latest, *first, counted)
    {
        let why = format!("A mail was sent just now. Ask for another one in {wait}.");
        return Err(Error::field("email", why));
    }
    let taken = accounts::Entity::find()
        .filter(accounts::Column::StoreId.eq(account.store_id))
        .filter(accounts::Column::EmailKey.eq(email.key()))
        .one(&transaction)
        .await?
        .is_some();
    let wanted =
        NewLink { account: account.id, email: Some(email.as_str().to_owned()), works_seconds: LINK_HOURS * 60 * 60 };
    let token = links::make(&transaction, context, LinkKind::EmailChange, wanted).await?;
    if !taken {
        let content = Content::EmailConfirmation { token: token.expose().to_owned(), hours: LINK_HOURS };
        queue(&transaction, context, Recipient::at(&account, email.as_str()), content).await?;
    }
    let event = Event::new(EventKind::EmailChangeRequested).by(holder).on(account.id);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

/// The address that waits to be confirmed.
pub async fn pending_email(context: &Context, holder: &Holder) -> Result<Option<String>> {
    links::open_address(context.database.read(), context, LinkKind::EmailChange, holder.account).await
}

/// The link that waits stops working; without one nothing happens.
///
/// # Errors
/// [`Error::NotAllowed`] for staff who act as the holder.
pub async fn withdraw_email_change(context: &Context, holder: &Holder) -> Result<()> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    // Whoever follows the link just now is waited for.
    accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(&transaction).await?.ok_or(Error::SignIn)?;
    if links::open_address(&transaction, context, LinkKind::EmailChange, holder.account).await?.is_some() {
        links::void(&transaction, &[holder.account], &[LinkKind::EmailChange], context.now()).await?;
        let event = Event::new(EventKind::EmailChangeWithdrawn).by(holder).on(holder.account);
        events::write(&transaction, context, event).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// What a link's page shows: the new address, or why it does not work.
pub async fn look_email_change(context: &Context, token: &str) -> Result<Result<String, LinkProblem>> {
    let connection = context.database.read();
    let link = links::look(connection, context, LinkKind::EmailChange, token).await?;
    Ok(link.map_err(|(_, problem)| problem).and_then(|link| link.email.ok_or(LinkProblem::Unknown)))
}

/// Changes the address; both addresses are told, and links that went to the old one are void. Whoever
/// follows the link need not be signed in: that they have the mail is what counts.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more); [`Error::Conflict`] when somebody
/// else got the address meanwhile.
pub async fn confirm_email_change(context: &Context, token: &str) -> Result<()> {
    let gone = || Error::NotFound("confirmation link");
    let transaction = context.database.begin().await?;
    let Ok(link) = links::look(&transaction, context, LinkKind::EmailChange, token).await? else {
        return Err(gone());
    };
    let locked = accounts::Entity::find_by_id(link.account_id).lock(TO_CHANGE).one(&transaction).await?;
    let account = locked.filter(|row| row.deleted_at.is_none() && row.disabled_at.is_none()).ok_or_else(gone)?;
    if !links::use_up(&transaction, context, LinkKind::EmailChange, token).await? {
        return Err(gone());
    }
    let email = link.email.as_deref().map(EmailAddress::parse).and_then(Result::ok).ok_or_else(gone)?;
    let mut fields = columns::fields_of(&account)?;
    fields.email = email.clone();
    let changes = columns::differences(&account, &fields);
    // The new address is verified: codes that went to the old one go there.
    code_factor::follow(&transaction, context, account.id, FactorKind::EmailCode, &account.email, email.as_str())
        .await?;
    columns::update(&transaction, context, &account, &fields).await.map_err(|error| match error {
        Error::Invalid(_) => Error::Conflict("Somebody else has this address by now.".into()),
        other => other,
    })?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::EmailVerifiedAt, context.now().into())
        .filter(accounts::Column::Id.eq(account.id))
        .exec(&transaction)
        .await?;
    links::void(&transaction, &[account.id], &[LinkKind::PasswordReset], context.now()).await?;
    let event = Event::new(EventKind::EmailChanged).by_account(account.id).on(account.id).changes(changes);
    events::write(&transaction, context, event).await?;
    let both = vec![Recipient::of(&account), Recipient::at(&account, email.as_str())];
    alert_all(&transaction, context, account.store_id, both, Alert::EmailChanged).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::AccountId;

    use super::*;
    use crate::Staff;
    use crate::sign_in::sign_in;
    use crate::testing::{self, PASSWORD};

    async fn ada(context: &Context) -> (Staff, AccountId, Holder) {
        let owner = testing::owner(context).await;
        let ada = testing::onboarded(context, &owner, "ada").await;
        (owner, ada, testing::holder(context, ada).await)
    }

    async fn token(context: &Context, email: &str) -> String {
        match testing::mailed(context, email).await.pop() {
            Some(Content::EmailConfirmation { token, .. }) => token,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_was_withdrawn_is_confirmed_by_nobody() {
        testing::on_both(|context| async move {
            let (_, ada, holder) = ada(&context).await;
            request_email_change(&context, &holder, "new@example.com", PASSWORD).await.unwrap();
            for _ in 0..2 {
                withdraw_email_change(&context, &holder).await.unwrap();
            }
            assert_eq!(pending_email(&context, &holder).await.unwrap(), None);
            let token = token(&context, "new@example.com").await;
            assert!(matches!(confirm_email_change(&context, &token).await, Err(Error::NotFound(_))));
            assert_eq!(testing::events_of(&context, ada, EventKind::EmailChangeWithdrawn).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn the_new_address_confirms_and_both_are_told() {
        testing::on_both(|context| async move {
            let (_, ada, holder) = ada(&context).await;
            request_email_change(&context, &holder, "Ada@New.example", PASSWORD).await.unwrap();
            assert_eq!(testing::account(&context, ada).await.email, "ada@example.com", "not before it is confirmed");
            assert_eq!(pending_email(&context, &holder).await.unwrap().as_deref(), Some("Ada@New.example"));
            let token = token(&context, "Ada@New.example").await;
            assert_eq!(look_email_change(&context, &token).await.unwrap(), Ok("Ada@New.example".into()));
            confirm_email_change(&context, &token).await.unwrap();
            let row = testing::account(&context, ada).await;
            assert_eq!((row.email.as_str(), row.email_verified_at), ("Ada@New.example", Some(context.now())));
            for address in ["ada@example.com", "Ada@New.example"] {
                let last = testing::mailed(&context, address).await.pop();
                assert!(matches!(last, Some(Content::Alert { alert: Alert::EmailChanged, .. })), "{address}: {last:?}");
            }
            assert!(sign_in(&context, "ada@new.example", PASSWORD, Default::default()).await.is_ok());
            assert!(sign_in(&context, "ada@example.com", PASSWORD, Default::default()).await.is_err());
            assert_eq!(testing::events_of(&context, ada, EventKind::EmailChanged).await, 1);
            assert!(matches!(confirm_email_change(&context, &token).await, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn the_password_is_asked_and_guessing_it_is_limited() {
        testing::on_both(|context| async move {
            let (_, _, holder) = ada(&context).await;
            let ask = |email: &'static str, password: &'static str| {
                let (context, holder) = (context.clone(), holder.clone());
                async move { request_email_change(&context, &holder, email, password).await }
            };
            for (email, password, fields) in [
                ("new@example.com", "wrong", vec!["current_password"]),
                ("not an address", PASSWORD, vec!["email"]),
                ("ADA@example.com", PASSWORD, vec!["email"]),
                ("", "", vec!["current_password", "email"]),
            ] {
                let wrong = ask(email, password).await.unwrap_err();
                assert_eq!(testing::wrong_fields(wrong), fields, "{email}");
            }
            for _ in 0..3 {
                ask("new@example.com", "wrong").await.unwrap_err();
            }
            let limited = ask("new@example.com", PASSWORD).await.unwrap_err();
            assert!(format!("{limited:?}").contains("Too many attempts"));
            assert_eq!(testing::messages(&context).await.len(), 0);
        })
        .await;
    }

    #[tokio::test]
    async fn an_address_that_somebody_has_gives_the_same_answer_and_no_mail() {
        testing::on_both(|context| async move {
            let (owner, ada, holder) = ada(&context).await;
            request_email_change(&context, &holder, "owner@example.com", PASSWORD).await.unwrap();
            assert_eq!(testing::messages(&context).await.len(), 0);
            context.clock.advance_seconds(codes::PAUSE_SECONDS);
            request_email_change(&context, &holder, "bob@example.com", PASSWORD).await.unwrap();
            let token = token(&context, "bob@example.com").await;
            testing::user(&context, &owner, "bob").await;
            assert!(matches!(confirm_email_change(&context, &token).await, Err(Error::Conflict(_))));
            assert_eq!(testing::account(&context, ada).await.email, "ada@example.com");
        })
        .await;
    }

    #[tokio::test]
    async fn strangers_are_mailed_once_a_minute_and_ten_times_an_hour_whoever_they_are() {
        testing::on_both(|context| async move {
            let (_, _, holder) = ada(&context).await;
            let ask = async |at: usize| {
                // One that somebody has counts as others do.
                let email = if at == 0 { "owner@example.com".into() } else { format!("stranger{at}@example.com") };
                request_email_change(&context, &holder, &email, PASSWORD).await
            };
            let asked = futures::future::join_all((0..8).map(&ask)).await;
            assert_eq!(asked.iter().filter(|answer| answer.is_ok()).count(), 1);
            for answer in asked.into_iter().filter_map(Result::err) {
                assert!(format!("{answer:?}").contains("another one in 60 seconds"), "{answer:?}");
                assert_eq!(testing::wrong_fields(answer), ["email"]);
            }
            for at in 1..40 {
                context.clock.advance_seconds(codes::PAUSE_SECONDS);
                let answer = ask(at).await;
                assert_eq!(answer.is_ok(), at < 10, "{at}: {answer:?}");
            }
            let refused = ask(40).await.unwrap_err();
            assert!(format!("{refused:?}").contains("another one in 21 minutes"), "{refused:?}");
            assert!(testing::messages(&context).await.len() <= 10);
            context.clock.advance_seconds(21 * 60);
            ask(41).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn a_new_password_voids_a_change_that_waits() {
        testing::on_both(|context| async move {
            let (_, ada, holder) = ada(&context).await;
            request_email_change(&context, &holder, "eve@example.com", PASSWORD).await.unwrap();
            let token = token(&context, "eve@example.com").await;
            passwords::change(&context, &holder, PASSWORD, "seven purple elephants dance").await.unwrap();
            assert!(matches!(confirm_email_change(&context, &token).await, Err(Error::NotFound(_))));
            assert_eq!(testing::account(&context, ada).await.email, "ada@example.com");
        })
        .await;
    }
}
