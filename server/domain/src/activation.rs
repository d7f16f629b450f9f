//! What the link of an activation mail does (O1–O3): a password, and one is signed in.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use types::AccountId;
use types::events::EventKind;
use types::settings::Onboarding;

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind, LinkProblem};
use crate::sessions::{self, NewSession};
use crate::users::columns::next_version;
use crate::users::send_activation::{cannot_be_activated, send_activation};
use crate::users::send_welcome::send_welcome;
use crate::{Context, Error, Result, passwords, settings, throttle};

/// A minute between two mails that somebody with an old link asks for.
const AGAIN_SECONDS: i64 = 60;

/// Whose account a link activates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    pub name: String,
    pub email: String,
}

/// What a link's page shows: whose account it is, or why it does not work.
pub async fn look(context: &Context, token: &str) -> Result<Result<Invited, LinkProblem>> {
    let connection = context.database.read();
    Ok(match links::look(connection, context, LinkKind::Activation, token).await? {
        Err((_, problem)) => Err(problem),
        Ok(link) => match activatable(connection, link.account_id).await? {
            Some(account) => Ok(Invited { name: account.name, email: account.email }),
            None => Err(LinkProblem::Unknown),
        },
    })
}

async fn activatable(connection: &impl ConnectionTrait, id: AccountId) -> Result<Option<accounts::Model>> {
    let account = accounts::Entity::find_by_id(id).one(connection).await?;
    Ok(account.filter(|account| account.deleted_at.is_none() && cannot_be_activated(account).is_none()))
}

/// Sets the password and signs in; the address that the link was mailed to is proven. The link works
/// once. `previous`: the token that the browser still holds, which ends with this.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more); field error `password`.
pub async fn complete(context: &Context, token: &str, password: &str, previous: Option<&str>) -> Result<NewSession> {
    let gone = || Error::NotFound("activation link");
    let connection = context.database.read();
    let Ok(link) = links::look(connection, context, LinkKind::Activation, token).await? else { return Err(gone()) };
    let account = activatable(connection, link.account_id).await?.ok_or_else(gone)?;
    let words = [account.name.as_str(), &account.email, account.username.as_deref().unwrap_or_default()];
    passwords::check(password, &words).map_err(|why| Error::field("password", why))?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let now = context.now();
    let transaction = context.database.begin().await?;
    // Asked again inside: of two at once, one wins, and a disabling meanwhile is not overtaken.
    let locked = accounts::Entity::find_by_id(link.account_id).lock(TO_CHANGE).one(&transaction).await?;
    let account =
        locked.filter(|row| row.deleted_at.is_none() && cannot_be_activated(row).is_none()).ok_or_else(gone)?;
    if !links::use_up(&transaction, context, LinkKind::Activation, token).await? {
        return Err(gone());
    }
    let proven = link.email.is_some_and(|email| email == account.email_key);
    let verified_at = account.email_verified_at.or(proven.then_some(now));
    accounts::Entity::update_many()
        .col_expr(accounts::Column::OnboardedAt, now.into())
        .col_expr(accounts::Column::EmailVerifiedAt, Expr::val(verified_at))
        .col_expr(accounts::Column::ActivationSentAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::ActivationExpiresAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::LastSignInAt, now.into())
        .col_expr(accounts::Column::LockedUntil, Expr::val(None::<i64>))
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.eq(account.id))
        .exec(&transaction)
        .await?;
    passwords::store(&transaction, account.id, hash, false, now).await?;
    let identifiers: Vec<_> = std::iter::once(account.email_key.as_str()).chain(account.username.as_deref()).collect();
    throttle::forget(&transaction, &identifiers).await?;
    if let Some(previous) = previous {
        sessions::end_token(&transaction, context, previous).await?;
    }
    let session = sessions::begin(&transaction, context, account.id).await?;
    let event = |kind| Event::new(kind).by_account(account.id).on(account.id).in_session(session.id);
    events::write_all(&transaction, context, vec![event(EventKind::AccountActivated), event(EventKind::SignedIn)])
        .await?;
    if settings::read::<Onboarding>(&transaction, account.store_id).await?.welcome_mail {
        send_welcome(&transaction, context, None, std::slice::from_ref(&account)).await?;
    }
    transaction.commit().await?;
    Ok(session)
}

/// From the page of a link that expired or was replaced: mails a new one to the account's address.
/// Where there is nothing to mail, nothing happens, and nothing is said.
pub async fn send_again(context: &Context, token: &str) -> Result<()> {
    let transaction = context.database.begin().await?;
    let link = match links::look(&transaction, context, LinkKind::Activation, token).await? {
        Err((Some(link), LinkProblem::Expired | LinkProblem::Replaced)) => link,
        _ => return Ok(()),
    };
    let locked = accounts::Entity::find_by_id(link.account_id).lock(TO_CHANGE).one(&transaction).await?;
    if let Some(account) = locked.filter(|account| may_be_sent_again(context, account)) {
        send_activation(&transaction, context, None, &[account], None).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Whether its holder may have another activation mail now.
pub(crate) fn may_be_sent_again(context: &Context, account: &accounts::Model) -> bool {
    account.deleted_at.is_none()
        && cannot_be_activated(account).is_none()
        && account.activation_sent_at.is_some_and(|at| at.plus_seconds(AGAIN_SECONDS) <= context.now())
}
