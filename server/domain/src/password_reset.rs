//! **Forgot password** (S5): a mail with a link, the same answer for everybody, and a new password
//! that signs nobody in past a second factor: it signs nobody in at all.

use db::entities::{accounts, password_reset_requests as requests};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::events::EventKind;

use crate::activation::may_be_sent_again;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind, LinkProblem};
use crate::messages::{Alert, alert};
use crate::throttle::{self, Subject};
use crate::users::columns::next_version;
use crate::users::send_activation::send_activation;
use crate::users::send_password_reset::send_password_reset;
use crate::{Context, Error, Origin, Result, passwords, sessions, sign_in};

/// Longer than any e-mail address or username: nobody is called that.
const MOST_CHARACTERS: usize = 254;
/// Requests that are looked up in a row.
const BATCH: u64 = 20;

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Known or not: it is looked up later, and nobody waits for that.
    Noted,
    /// Too many from one address.
    TooMany { wait_seconds: i64 },
}

/// Notes that somebody asked. Known and unknown identifiers cost the same, since neither is looked
/// up: that is [`work`]'s business.
pub async fn ask(context: &Context, identifier: &str) -> Result<Asked> {
    let identifier = identifier.trim().to_lowercase().replace('\0', "\u{FFFD}");
    let counted = format!("password-reset:{identifier}");
    let address = context.origin.ip.as_deref().map(|ip| format!("password-reset:{ip}"));
    let address = address.as_deref().map(Subject::Address);
    let (now, connection) = (context.now(), context.database.read());
    let blocked = throttle::wait_seconds(connection, &[Subject::Identifier(&counted)], now).await?.is_some();
    let wait = match address {
        Some(address) => throttle::wait_seconds(connection, &[address], now).await?,
        None => None,
    };
    let transaction = context.database.begin().await?;
    for subject in address.into_iter().chain([Subject::Identifier(&counted)]) {
        throttle::count_failure(&transaction, context, subject).await?;
    }
    if wait.is_none() && !blocked && identifier.chars().count() <= MOST_CHARACTERS {
        let row = requests::ActiveModel {
            id: Set(context.id()),
            identifier: Set(identifier),
            requested_at: Set(now),
            ip: Set(context.origin.ip.clone()),
            browser: Set(context.origin.browser.clone()),
        };
        requests::Entity::insert(row).exec_without_returning(&transaction).await?;
    }
    transaction.commit().await?;
    Ok(wait.map_or(Asked::Noted, |wait_seconds| Asked::TooMany { wait_seconds }))
}

/// Looks up what was asked and mails whom there is to mail; gives whether there may be more.
pub async fn work(context: &Context) -> Result<bool> {
    let rows =
        requests::Entity::find().order_by_asc(requests::Column::Id).limit(BATCH).all(context.database.read()).await?;
    let more = rows.len() as u64 == BATCH;
    for row in rows {
        let transaction = context.database.begin().await?;
        // Of two nodes that saw it, one takes it.
        if requests::Entity::delete_by_id(row.id).exec(&transaction).await?.rows_affected == 0 {
            continue;
        }
        let asked = Context { roster: context.roster.clone(), origin: Origin { ip: row.ip, browser: row.browser } };
        let account = sign_in::find(&transaction, &row.identifier).await?.lock(TO_CHANGE).one(&transaction).await?;
        if let Some(account) = account.filter(|account| account.deleted_at.is_none() && account.disabled_at.is_none()) {
            if account.onboarded_at.is_some() {
                send_password_reset(&transaction, &asked, None, &[account]).await?;
            } else if may_be_sent_again(context, &account) {
                // Invited, but never came: the way in is still the invitation.
                send_activation(&transaction, &asked, None, &[account], None).await?;
            }
        }
        transaction.commit().await?;
    }
    Ok(more)
}

/// What a link's page shows: the address of the account, for password managers, or why it does not
/// work.
pub async fn look(context: &Context, token: &str) -> Result<Result<String, LinkProblem>> {
    let connection = context.database.read();
    Ok(match links::look(connection, context, LinkKind::PasswordReset, token).await? {
        Err((_, problem)) => Err(problem),
        Ok(link) => {
            let account = accounts::Entity::find_by_id(link.account_id).one(connection).await?;
            account.filter(may_be_reset).map(|account| account.email).ok_or(LinkProblem::Unknown)
        }
    })
}

fn may_be_reset(account: &accounts::Model) -> bool {
    account.deleted_at.is_none() && account.disabled_at.is_none() && account.onboarded_at.is_some()
}

/// Sets the new password. Every session ends, a lockout too; nobody is signed in: with a second
/// factor, that is asked at the sign-in that follows. The holder is told. The link works once.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more); field error `password`.
pub async fn complete(context: &Context, token: &str, password: &str) -> Result<()> {
    let gone = || Error::NotFound("password reset link");
    let connection = context.database.read();
    let Ok(link) = links::look(connection, context, LinkKind::PasswordReset, token).await? else {
        return Err(gone());
    };
    let account = accounts::Entity::find_by_id(link.account_id).one(connection).await?;
    let account = account.filter(may_be_reset).ok_or_else(gone)?;
    let words = [account.name.as_str(), &account.email, account.username.as_deref().unwrap_or_default()];
    passwords::check(password, &words).map_err(|why| Error::field("password", why))?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let now = context.now();
    let transaction = context.database.begin().await?;
    // Asked again inside: of two at once, one wins, and a disabling meanwhile is not overtaken.
    let locked = accounts::Entity::find_by_id(link.account_id).lock(TO_CHANGE).one(&transaction).await?;
    let account = locked.filter(may_be_reset).ok_or_else(gone)?;
    if !links::use_up(&transaction, context, LinkKind::PasswordReset, token).await? {
        return Err(gone());
    }
    passwords::store(&transaction, account.id, hash, false, now).await?;
    let proven = link.email.is_some_and(|email| email == account.email_key);
    let verified_at = account.email_verified_at.or(proven.then_some(now));
    accounts::Entity::update_many()
        .col_expr(accounts::Column::EmailVerifiedAt, Expr::val(verified_at))
        .col_expr(accounts::Column::LockedUntil, Expr::val(None::<i64>))
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.eq(account.id))
        .exec(&transaction)
        .await?;
    let identifiers: Vec<_> = std::iter::once(account.email_key.as_str()).chain(account.username.as_deref()).collect();
    throttle::forget(&transaction, &identifiers).await?;
    sessions::end_all_of(&transaction, context, &[account.id]).await?;
    let event = Event::new(EventKind::PasswordReset).by_account(account.id).on(account.id);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::PasswordReset).await?;
    transaction.commit().await?;
    Ok(())
}
