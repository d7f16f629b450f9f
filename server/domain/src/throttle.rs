//! Growing delay after failed sign-ins, by identifier and by address (S1).
//!
//! Identifiers are counted whether or not an account has them: the answer to "too many attempts"
//! tells nothing. An attempt during an identifier's delay is not looked at, and counts for it; during an
//! address's delay it counts for nothing: others are behind that address, and it would never end for them.

use db::entities::{accounts, sign_in_throttles as throttles};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use types::{AccountId, Timestamp};

use crate::context::network_of;
use crate::{Context, Error, Result, tokens};

/// What is counted.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    Identifier(&'a str),
    Address(&'a str),
    /// Second factors after the right password. Nobody can type the name of these two.
    Code(AccountId),
    /// The password that a holder is asked for again: a stolen session must not guess, nor lock the owner out.
    Confirmation(AccountId),
    /// What somebody asks for again and again, and somebody else gets in their mail.
    Request(&'a str),
}

/// Failures of one identifier before a delay begins.
const FREE_FAILURES: i64 = 3;
/// Failures of one identifier after which its account is locked.
pub const LOCK_AFTER: i64 = 10;
/// How long a lockout lasts.
pub const LOCK_SECONDS: i64 = 15 * 60;
/// Failures from one address before a delay begins: an office behind one address shares them.
const FREE_FAILURES_OF_ADDRESS: i64 = 50;
/// Requests before the next ones wait a quarter of an hour each.
const FREE_REQUESTS: i64 = 3;
/// After this long without a failure the count begins anew.
const FORGET_AFTER_SECONDS: i64 = 60 * 60;

impl Subject<'_> {
    fn key(self) -> String {
        match self {
            Self::Identifier(identifier) => tokens::hash(&format!("identifier:{identifier}")),
            Self::Address(address) => tokens::hash(&format!("address:{}", network_of(address))),
            Self::Code(account) => tokens::hash(&format!("code:{account}")),
            Self::Confirmation(account) => tokens::hash(&format!("confirmation:{account}")),
            Self::Request(request) => tokens::hash(&format!("request:{request}")),
        }
    }

    /// Seconds until the next attempt is looked at, after so many failures.
    fn delay_seconds(self, failures: i64) -> i64 {
        let (free, cap) = match self {
            Self::Identifier(_) | Self::Code(_) | Self::Confirmation(_) if failures >= LOCK_AFTER => {
                return LOCK_SECONDS;
            }
            Self::Identifier(_) | Self::Code(_) | Self::Confirmation(_) => (FREE_FAILURES, LOCK_SECONDS),
            Self::Request(_) => return if failures < FREE_REQUESTS { 0 } else { LOCK_SECONDS },
            Self::Address(_) => (FREE_FAILURES_OF_ADDRESS, 60),
        };
        let over = failures - free;
        if over < 0 { 0 } else { (1_i64 << over.min(10)).min(cap) }
    }
}

/// Seconds to wait before any of the subjects may try again; `None` when they may now.
pub async fn wait_seconds(
    connection: &impl ConnectionTrait,
    subjects: &[Subject<'_>],
    now: Timestamp,
) -> Result<Option<i64>> {
    let keys: Vec<_> = subjects.iter().map(|subject| subject.key()).collect();
    let rows = throttles::Entity::find().filter(throttles::Column::Key.is_in(keys)).all(connection).await?;
    let longest = rows.into_iter().map(|row| row.blocked_until).max();
    Ok(longest.filter(|until| *until > now).map(|until| until.seconds_since(now) + 1))
}

/// A failure that was counted.
#[derive(FromQueryResult)]
pub struct Counted {
    /// How many there are now.
    pub failures: i64,
    blocked_until: Timestamp,
}

impl Counted {
    /// How long it should have waited: it was sent at once with others that were counted before it.
    pub fn came_too_early(&self, now: Timestamp) -> Option<i64> {
        (self.blocked_until > now).then(|| self.blocked_until.seconds_since(now) + 1)
    }
}

/// Counts a failure.
pub async fn count_failure(
    connection: &impl ConnectionTrait,
    context: &Context,
    subject: Subject<'_>,
) -> Result<Counted> {
    let now = context.now();
    let key = subject.key();
    // One statement, so that failures at the same moment are all counted.
    let counted = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "INSERT INTO sign_in_throttles (key, failures, blocked_until, last_failure_at) VALUES ($1, 1, 0, $2) \
         ON CONFLICT (key) DO UPDATE SET last_failure_at = excluded.last_failure_at, failures = CASE \
         WHEN sign_in_throttles.last_failure_at > $3 THEN sign_in_throttles.failures + 1 ELSE 1 END \
         RETURNING failures, blocked_until",
        [key.clone().into(), now.into(), now.plus_seconds(-FORGET_AFTER_SECONDS).into()],
    );
    let counted = Counted::find_by_statement(counted).one(connection).await?;
    let counted = counted.ok_or_else(|| Error::Internal("a failure was not counted".into()))?;
    throttles::Entity::update_many()
        .col_expr(throttles::Column::BlockedUntil, now.plus_seconds(subject.delay_seconds(counted.failures)).into())
        .filter(throttles::Column::Key.eq(key))
        .exec(connection)
        .await?;
    Ok(counted)
}

/// Under what wrong passwords and codes of an account's sign-ins are counted.
pub(crate) fn sign_ins_of(account: &accounts::Model) -> Vec<Subject<'_>> {
    let identifiers = std::iter::once(account.email_key.as_str()).chain(account.username.as_deref());
    identifiers.map(Subject::Identifier).chain([Subject::Code(account.id)]).collect()
}

/// Forgets failures: after a sign-in, and when staff unlock.
pub async fn forget(connection: &impl ConnectionTrait, subjects: &[Subject<'_>]) -> Result<()> {
    let keys: Vec<_> = subjects.iter().map(|subject| subject.key()).collect();
    throttles::Entity::delete_many().filter(throttles::Column::Key.is_in(keys)).exec(connection).await?;
    Ok(())
}

/// Removes what is old enough to be forgotten, and lockouts that are over, so that neither the
/// table nor the list of locked users grows with attacks.
pub async fn purge(context: &Context) -> Result<()> {
    let transaction = context.database.begin().await?;
    throttles::Entity::delete_many()
        .filter(throttles::Column::LastFailureAt.lt(context.now().plus_seconds(-FORGET_AFTER_SECONDS)))
        .exec(&transaction)
        .await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::LockedUntil, Expr::val(None::<i64>))
        .filter(accounts::Column::LockedUntil.lte(context.now()))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_types_is_no_other_count() {
        let account = AccountId(uuid::Uuid::nil());
        let own = [Subject::Code(account), Subject::Confirmation(account)];
        for name in ["code", "confirmation", "second-factor", "password-change"] {
            let typed = format!("{name}:{account}");
            assert!(own.iter().all(|own| own.key() != Subject::Identifier(&typed).key()), "{typed}");
        }
        assert_ne!(own[0].key(), own[1].key());
    }

    #[test]
    fn delays_grow_and_are_bounded() {
        let identifier = Subject::Identifier("ada");
        let delays: Vec<_> = (1..=11).map(|failures| identifier.delay_seconds(failures)).collect();
        assert_eq!(delays, [0, 0, 1, 2, 4, 8, 16, 32, 64, LOCK_SECONDS, LOCK_SECONDS]);
        assert_eq!(Subject::Address("::1").delay_seconds(49), 0);
        assert_eq!(Subject::Address("::1").delay_seconds(1_000_000), 60);
        let request = Subject::Request("ada");
        assert_eq!([1, 2, 3, 50].map(|count| request.delay_seconds(count)), [0, 0, LOCK_SECONDS, LOCK_SECONDS]);
    }

    #[tokio::test]
    async fn only_what_is_old_is_purged() {
        crate::testing::on_both(|context| async move {
            let count = async |name| {
                let transaction = context.database.begin().await.unwrap();
                let failures = count_failure(&transaction, &context, Subject::Identifier(name)).await.unwrap().failures;
                transaction.commit().await.unwrap();
                failures
            };
            count("old").await;
            context.clock.advance_seconds(FORGET_AFTER_SECONDS);
            count("young").await;
            context.clock.advance_seconds(1);
            purge(&context).await.unwrap();
            assert_eq!(throttles::Entity::find().all(context.database.read()).await.unwrap().len(), 1);
            assert_eq!(count("young").await, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn failures_at_the_same_moment_are_all_counted() {
        crate::testing::on_both(|context| async move {
            let count = async || {
                let transaction = context.database.begin().await.unwrap();
                count_failure(&transaction, &context, Subject::Identifier("ada")).await.unwrap();
                transaction.commit().await.unwrap();
            };
            futures::future::join_all((0..8).map(|_| count())).await;
            let rows = throttles::Entity::find().all(context.database.read()).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.failures).collect::<Vec<_>>(), [8]);
        })
        .await;
    }
}
