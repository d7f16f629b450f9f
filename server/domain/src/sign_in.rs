//! Signing in with identifier and password (S1).
//!
//! Unknown, wrong, disabled, deleted, locked and not onboarded give the same answer in the same
//! time: each is looked up, each verifies one Argon2id hash, each writes one event.

use db::entities::{accounts, password_credentials};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::{AccountId, Timestamp};

use crate::events::{self, Event};
use crate::sessions::{self, NewSession};
use crate::throttle::{self, Subject};
use crate::{Context, Error, Result, passwords};

/// Why nobody is signed in now.
#[derive(Debug)]
pub enum Refusal {
    /// One answer for every reason.
    NotMatching,
    /// Too many failures for this identifier, known or not, or from this address.
    TooManyAttempts { wait_seconds: i64 },
    /// The database is away, the queue is full.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Begins a session. `previous`: the token that the browser still holds, which ends with this.
///
/// # Errors
/// See [`Refusal`].
pub async fn sign_in(
    context: &Context,
    identifier: &str,
    password: &str,
    previous: Option<&str>,
) -> Result<NewSession, Refusal> {
    let identifier = identifier.trim().to_lowercase();
    let subjects = subjects(&identifier, context);
    if let Some(wait_seconds) = throttle::wait_seconds(context.database.read(), &subjects, context.now()).await? {
        note_failure(context, &identifier).await?;
        return Err(Refusal::TooManyAttempts { wait_seconds });
    }
    let account = find(context, &identifier).await?;
    let hash = match &account {
        Some(account) => password_credentials::Entity::find_by_id(account.id).one(context.database.read()).await?,
        None => None,
    };
    // Bounded before hashing, so that a megabyte of password costs no more than a short one.
    let password = if password.chars().count() > passwords::MOST_CHARACTERS { "" } else { password };
    let matches = context.hasher.verify(password, hash.as_ref().map(|row| row.hash.as_str())).await?;
    match account.filter(|account| matches && may_sign_in(account, context.now())) {
        None => {
            note_failure(context, &identifier).await?;
            Err(Refusal::NotMatching)
        }
        Some(account) => {
            let rehashed = match &hash {
                Some(row) if context.hasher.is_outdated(&row.hash) => {
                    Some(context.hasher.hash(&context.random, password).await?)
                }
                _ => None,
            };
            Ok(begin(context, &account, rehashed, previous).await?)
        }
    }
}

fn subjects<'a>(identifier: &'a str, context: &'a Context) -> Vec<Subject<'a>> {
    let address = context.origin.ip.as_deref().map(Subject::Address);
    std::iter::once(Subject::Identifier(identifier)).chain(address).collect()
}

fn may_sign_in(account: &accounts::Model, now: Timestamp) -> bool {
    account.disabled_at.is_none()
        && account.deleted_at.is_none()
        && account.onboarded_at.is_some()
        && account.locked_until.is_none_or(|until| until <= now)
}

/// By e-mail address or username, in the default store.
async fn find(context: &Context, identifier: &str) -> Result<Option<accounts::Model>> {
    let connection = context.database.read();
    let store = crate::stores::default_store(connection).await?;
    let name = if identifier.contains('@') { accounts::Column::EmailKey } else { accounts::Column::Username };
    Ok(accounts::Entity::find()
        .filter(accounts::Column::StoreId.eq(store))
        .filter(name.eq(identifier))
        .one(connection)
        .await?)
}

async fn note_failure(context: &Context, identifier: &str) -> Result<()> {
    let transaction = context.database.begin().await?;
    let mut failures = 0;
    for subject in subjects(identifier, context) {
        let counted = throttle::count_failure(&transaction, context, subject).await?;
        if matches!(subject, Subject::Identifier(_)) {
            failures = counted;
        }
    }
    let mut event = Event::new(EventKind::SignInFailed).refused();
    if let Some(account) = find(context, identifier).await? {
        event = event.on(account.id);
        if failures == throttle::LOCK_AFTER {
            lock(&transaction, context, account.id).await?;
        }
    }
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

async fn lock(connection: &impl ConnectionTrait, context: &Context, account: AccountId) -> Result<()> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::LockedUntil, context.now().plus_seconds(throttle::LOCK_SECONDS).into())
        .filter(accounts::Column::Id.eq(account))
        .exec(connection)
        .await?;
    events::write(connection, context, Event::new(EventKind::AccountLocked).on(account)).await
}

async fn begin(
    context: &Context,
    account: &accounts::Model,
    rehashed: Option<String>,
    previous: Option<&str>,
) -> Result<NewSession, Refusal> {
    let now = context.now();
    let transaction = context.database.begin().await?;
    // Asked again inside: a disabling that was answered meanwhile is not overtaken by this sign-in.
    let updated = accounts::Entity::update_many()
        .col_expr(accounts::Column::LastSignInAt, now.into())
        .col_expr(accounts::Column::LockedUntil, Expr::val(None::<i64>))
        .filter(accounts::Column::Id.eq(account.id))
        .filter(Condition::all().add(accounts::Column::DisabledAt.is_null()).add(accounts::Column::DeletedAt.is_null()))
        .exec(&transaction)
        .await?;
    if updated.rows_affected == 0 {
        return Err(Refusal::NotMatching);
    }
    if let Some(hash) = rehashed {
        passwords::store(&transaction, account.id, hash, now).await?;
    }
    if let Some(previous) = previous {
        sessions::end_token(&transaction, context, previous).await?;
    }
    let identifiers: Vec<_> = std::iter::once(account.email_key.as_str()).chain(account.username.as_deref()).collect();
    throttle::forget(&transaction, &identifiers).await?;
    let session = sessions::begin(&transaction, context, account.id).await?;
    let event = Event::new(EventKind::SignedIn).by_account(account.id).on(account.id).in_session(session.id);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(session)
}
