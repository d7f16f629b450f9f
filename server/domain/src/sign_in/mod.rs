//! Signing in: identifier and password (S1), then what is left: the second factor, forced steps.
//!
//! Unknown, wrong, disabled, deleted, locked and not onboarded give the same answer in the same
//! time: each is looked up, each verifies one Argon2id hash, each writes one event.

mod device_limit;
mod finish;
mod forgot_phone;
#[cfg(test)]
mod forgot_phone_tests;
mod new_password;
mod second_factor;
mod set_up;
mod state;
#[cfg(test)]
mod steps_tests;
mod with_passkey;

use db::entities::{accounts, password_credentials};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use types::accounts::SharedAddress;
use types::authenticators::Method;
use types::events::EventKind;
use types::{AccountId, Timestamp};

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::throttle::{self, Subject};
use crate::{Context, Error, Result, passwords};

pub use device_limit::remove_device;
pub use finish::{Progress, SignIn, Whence};
pub(crate) use finish::{after_first_proof, session};
pub use forgot_phone::{
    Asks, LED_TO, Recovered, answer_question, forgot_phone, prove_forgot_phone_code, send_forgot_phone_code,
};
pub use new_password::choose_password;
pub use second_factor::{prove_code, send_code};
pub use set_up::{
    ask_set_up_passkey, look_set_up_code, send_set_up_code, set_up_app, set_up_code, set_up_passkey, skip_set_up,
};
pub use state::{LIFE_SECONDS, NewPreSession, Step, Unfinished, Way, purge, unfinished};
pub(crate) use state::{policy_of, void_all_of};
pub use with_passkey::{prove_passkey, sign_in_with_passkey};

/// Why nobody is signed in now.
#[derive(Debug)]
pub enum Refusal {
    /// One answer for every reason.
    NotMatching,
    /// Too many failures for this identifier, known or not, or from this address.
    TooManyAttempts { wait_seconds: i64 },
    /// The password was right, and does not work any more (A7).
    PasswordExpired,
    /// The database is away, the queue is full.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Why a step of a sign-in was not done.
#[derive(Debug)]
pub enum StepRefusal {
    /// It took too long, was tried too often, is finished, or belongs to another tab.
    StartAgain,
    /// Something else is to be done first.
    OtherStep(Step),
    /// So many attempts are left.
    WrongCode {
        left: i64,
    },
    /// Too many failures of this account, or from this address.
    TooManyAttempts {
        wait_seconds: i64,
    },
    Error(Error),
}

impl<E: Into<Error>> From<E> for StepRefusal {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// The first proof: identifier and password. What comes of it is a session, or a sign-in that waits
/// for the next step.
///
/// # Errors
/// See [`Refusal`].
pub async fn sign_in(
    context: &Context,
    identifier: &str,
    password: &str,
    whence: Whence<'_>,
) -> Result<SignIn, Refusal> {
    // No identifier holds a NUL, and PostgreSQL takes none in a question either.
    let identifier = identifier.trim().to_lowercase().replace('\0', "\u{FFFD}");
    let subjects = subjects(&identifier, context);
    if let Some(wait_seconds) = throttle::wait_seconds(context.database.read(), &subjects, context.now()).await? {
        note_refusal(context, &identifier).await?;
        return Err(Refusal::TooManyAttempts { wait_seconds });
    }
    let connection = context.database.read();
    let account = find(connection, &identifier).await?.one(connection).await?;
    let credential = match &account {
        Some(account) => password_credentials::Entity::find_by_id(account.id).one(connection).await?,
        None => None,
    };
    // Bounded before hashing, so that a megabyte of password costs no more than a short one.
    let password = if password.chars().count() > passwords::MOST_CHARACTERS { "" } else { password };
    let matches = context.hasher.verify(password, credential.as_ref().map(|row| row.hash.as_str())).await?;
    match account.zip(credential).filter(|(account, _)| matches && may_sign_in(account, context.now())) {
        // Of guesses sent all at once the late ones are answered alike, the right one too.
        None => match note_failure(context, &identifier).await? {
            Some(wait_seconds) => Err(Refusal::TooManyAttempts { wait_seconds }),
            None => Err(Refusal::NotMatching),
        },
        Some((account, _)) if account.password_expires_at.is_some_and(|at| at <= context.now()) => {
            let transaction = context.database.begin().await?;
            locked_in_turn(&transaction, context, account.id, &subjects).await?;
            let event = Event::new(EventKind::SignInFailed).refused().on(account.id).note(Some("password expired"));
            events::write(&transaction, context, event).await?;
            transaction.commit().await?;
            Err(Refusal::PasswordExpired)
        }
        Some((account, credential)) => {
            let rehashed = if context.hasher.is_outdated(&credential.hash) {
                Some(context.hasher.hash(&context.random, password).await?)
            } else {
                None
            };
            let begun = begin(context, account.id, &credential, rehashed, &subjects, whence).await;
            match &begun {
                Err(Refusal::TooManyAttempts { .. }) => note_refusal(context, &identifier).await?,
                Err(Refusal::NotMatching) => _ = note_failure(context, &identifier).await?,
                _ => {}
            }
            begun
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

/// By e-mail address or username, in whatever store: one question of an index, which has an identifier
/// once for each store. Where several have it, it is that of the default store's account, else of the
/// store made first, until that account is deleted; the others do not sign in by it. So nobody of the
/// default store, where staff are, loses it to another one.
pub(crate) async fn find(connection: &impl ConnectionTrait, identifier: &str) -> Result<Select<accounts::Entity>> {
    use accounts::Column::{DeletedAt, EmailKey, StoreId, Username};
    let default = crate::stores::default_store(connection).await?;
    let name = if identifier.contains('@') { EmailKey } else { Username };
    Ok(accounts::Entity::find()
        .filter(name.eq(identifier))
        .order_by_desc(DeletedAt.is_null())
        .order_by_desc(StoreId.eq(default))
        // Their ids are in the order in which they were made.
        .order_by_asc(StoreId)
        .limit(1))
}

/// Whether accounts of other stores have the account's address, and whose it is to sign in by.
pub(crate) async fn shared_address(
    connection: &impl ConnectionTrait,
    account: &accounts::Model,
) -> Result<Option<SharedAddress>> {
    let others = accounts::Entity::find()
        .filter(accounts::Column::EmailKey.eq(account.email_key.as_str()))
        .filter(accounts::Column::Id.ne(account.id))
        .filter(accounts::Column::DeletedAt.is_null());
    if others.one(connection).await?.is_none() {
        return Ok(None);
    }
    let found = find(connection, &account.email_key).await?.one(connection).await?;
    let is_own = found.is_some_and(|found| found.id == account.id);
    Ok(Some(if is_own { SharedAddress::IsItsOwn } else { SharedAddress::IsAnothers }))
}

/// An attempt during a delay counts for its identifier alone: whoever else is behind the address would wait
/// longer with each one. While the address itself waits it counts for nothing: it could lock everybody's
/// account with requests that nobody looks at.
async fn note_refusal(context: &Context, identifier: &str) -> Result<()> {
    if let Some(address) = context.origin.ip.as_deref().map(Subject::Address)
        && throttle::wait_seconds(context.database.read(), &[address], context.now()).await?.is_some()
    {
        return Ok(());
    }
    note(context, identifier, &[Subject::Identifier(identifier)], false).await.map(drop)
}

/// Gives the seconds that the attempt should have waited, when it came too early.
async fn note_failure(context: &Context, identifier: &str) -> Result<Option<i64>> {
    note(context, identifier, &subjects(identifier, context), true).await
}

async fn note(context: &Context, identifier: &str, counts: &[Subject<'_>], was_looked_at: bool) -> Result<Option<i64>> {
    let transaction = context.database.begin().await?;
    // The account before its counts, as everywhere: two that lock both wait instead of deadlocking.
    let account = find(&transaction, identifier).await?.lock(TO_CHANGE).one(&transaction).await?;
    let (mut failures, mut early) = (0, None);
    for subject in counts {
        let counted = throttle::count_failure(&transaction, context, *subject).await?;
        early = Ord::max(early, counted.came_too_early(context.now()));
        if matches!(subject, Subject::Identifier(_)) {
            failures = counted.failures;
        }
    }
    let mut event = Event::new(EventKind::SignInFailed).refused();
    if let Some(account) = account {
        event = event.on(account.id);
        if failures >= throttle::LOCK_AFTER {
            lock(&transaction, context, &account).await?;
        }
    }
    // Requests that nobody looks at fill no log.
    if was_looked_at || failures <= throttle::LOCK_AFTER {
        events::write(&transaction, context, event).await?;
    }
    transaction.commit().await?;
    Ok(early)
}

/// Locks the account as long as its identifier waits; going on failing makes it longer.
async fn lock(connection: &impl ConnectionTrait, context: &Context, account: &accounts::Model) -> Result<()> {
    let now = context.now();
    accounts::Entity::update_many()
        .col_expr(accounts::Column::LockedUntil, now.plus_seconds(throttle::LOCK_SECONDS).into())
        .filter(accounts::Column::Id.eq(account.id))
        .exec(connection)
        .await?;
    if account.locked_until.is_some_and(|until| until > now) {
        return Ok(());
    }
    events::write(connection, context, Event::new(EventKind::AccountLocked).on(account.id)).await
}

/// The account, once those before it are done with it: guesses that were sent all at once are counted by now.
async fn locked_in_turn(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: AccountId,
    subjects: &[Subject<'_>],
) -> Result<Option<accounts::Model>, Refusal> {
    let account = accounts::Entity::find_by_id(account).lock(TO_CHANGE).one(transaction).await?;
    match throttle::wait_seconds(transaction, subjects, context.now()).await? {
        Some(wait_seconds) => Err(Refusal::TooManyAttempts { wait_seconds }),
        None => Ok(account),
    }
}

async fn begin(
    context: &Context,
    account: AccountId,
    verified: &password_credentials::Model,
    rehashed: Option<String>,
    subjects: &[Subject<'_>],
    whence: Whence<'_>,
) -> Result<SignIn, Refusal> {
    let transaction = context.database.begin().await?;
    // Asked again inside: a disabling or a new password that was answered meanwhile is not
    // overtaken by this sign-in.
    let account = locked_in_turn(&transaction, context, account, subjects).await?;
    let account = account.filter(|account| may_sign_in(account, context.now())).ok_or(Refusal::NotMatching)?;
    let credential = password_credentials::Entity::find_by_id(account.id).one(&transaction).await?;
    if credential.is_none_or(|now| now.hash != verified.hash) {
        return Err(Refusal::NotMatching);
    }
    if let Some(hash) = rehashed {
        passwords::rehash(&transaction, account.id, hash).await?;
    }
    let signed_in = after_first_proof(&transaction, context, &account, Method::Password, false, whence).await?;
    transaction.commit().await?;
    Ok(signed_in)
}

#[cfg(test)]
mod tests {
    use db::entities::events as events_rows;
    use sea_orm::ActiveValue::Set;
    use sea_orm::PaginatorTrait;
    use types::AccountId;
    use types::bulk::BulkAction;

    use super::*;
    use crate::authority::authenticate;
    use crate::passwords::Hasher;
    use crate::testing::{self, PASSWORD, START};
    use crate::{Holder, Staff, users};

    const WRONG: &str = "wrong horse battery staple";

    /// What somebody outside can tell.
    async fn attempt(context: &Context, identifier: &str, password: &str) -> Result<Holder, String> {
        match sign_in(context, identifier, password, Whence::default()).await {
            Ok(SignIn::Done(session)) => Ok(authenticate(context, session.token.expose()).await.unwrap()),
            Ok(SignIn::Unfinished(begun)) => Err(format!("{:?}", begun.step)),
            Err(refusal) => Err(format!("{refusal:?}")),
        }
    }

    fn from(previous: &str) -> Whence<'_> {
        Whence { previous: Some(previous), return_to: None }
    }

    async fn fail(context: &Context, identifier: &str, times: usize) -> Vec<String> {
        let mut answers = Vec::new();
        for _ in 0..times {
            answers.push(attempt(context, identifier, WRONG).await.unwrap_err());
        }
        answers
    }

    async fn ada(context: &Context) -> (Staff, AccountId) {
        let owner = testing::owner(context).await;
        let ada = testing::onboarded(context, &owner, "ada").await;
        let form = types::accounts::AccountForm { username: "ada.l".into(), ..testing::form("ada") };
        users::edit(context, &owner, ada, &form, 1).await.unwrap();
        (owner, ada)
    }

    #[tokio::test]
    async fn address_in_any_case_and_username_sign_in() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            context.clock.advance_seconds(5);
            for identifier in ["ada@example.com", " ADA@Example.COM ", "ada.l", "Ada.L"] {
                assert_eq!(attempt(&context, identifier, PASSWORD).await.unwrap().account, ada, "{identifier}");
            }
            assert_eq!(testing::account(&context, ada).await.last_sign_in_at, START.plus_seconds(5));
            assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 4);
        })
        .await;
    }

    /// Somebody of a store who can sign in with this password.
    async fn in_store(
        context: &Context,
        owner: &Staff,
        store: types::StoreId,
        name: &str,
        password: &str,
    ) -> AccountId {
        let id = users::create_in(context, owner, Some(store), &testing::form(name), &[]).await.unwrap();
        let hash = context.hasher.hash(&context.random, password).await.unwrap();
        let transaction = context.database.begin().await.unwrap();
        passwords::store(&transaction, id, hash, false, context.now()).await.unwrap();
        let onboarded = accounts::Entity::update_many().col_expr(accounts::Column::OnboardedAt, context.now().into());
        onboarded.filter(accounts::Column::Id.eq(id)).exec(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    #[tokio::test]
    async fn people_of_every_store_sign_in_and_the_default_one_wins() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            let first = crate::stores::create(&context, &owner, "First").await.unwrap();
            context.clock.advance_seconds(1);
            let second = crate::stores::create(&context, &owner, "Second").await.unwrap();
            let later = in_store(&context, &owner, second, "grace", "the password of the second").await;
            let grace = async |password: &str| attempt(&context, "Grace@example.com", password).await;
            assert_eq!(grace("the password of the second").await.unwrap().account, later);
            let told = async |id| users::profile(&context, &owner, id).await.unwrap().shared_address;
            assert_eq!(told(later).await, None);
            let earlier = in_store(&context, &owner, first, "grace", "the password of the first").await;
            assert_eq!(told(later).await, Some(SharedAddress::IsAnothers));
            assert_eq!(told(earlier).await, Some(SharedAddress::IsItsOwn));
            // Whoever comes into a store made earlier has the address from then on.
            assert_eq!(grace("the password of the first").await.unwrap().account, earlier);
            assert_eq!(grace("the password of the second").await.unwrap_err(), "NotMatching");
            // Nobody of another store gets what somebody of the default one signs in with.
            in_store(&context, &owner, first, "ada", "the password of the first").await;
            assert_eq!(attempt(&context, "ada@example.com", PASSWORD).await.unwrap().account, ada);
            let other = attempt(&context, "ada@example.com", "the password of the first").await;
            assert_eq!(other.unwrap_err(), "NotMatching");
            // Not while that account is disabled either; only when it is gone.
            testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await;
            assert_eq!(
                attempt(&context, "ada@example.com", "the password of the first").await.unwrap_err(),
                "NotMatching"
            );
            testing::bulk(&context, &owner, BulkAction::Delete, &[ada]).await;
            assert!(attempt(&context, "ada@example.com", "the password of the first").await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn an_identifier_is_looked_up_by_its_index() {
        testing::on_both(|context| async move {
            testing::owner(&context).await;
            testing::many_with_roles(&context).await;
            for (identifier, index) in [("ada@example.com", "accounts_email"), ("ada", "accounts_username")] {
                let query = find(context.database.read(), identifier).await.unwrap();
                let statement = sea_orm::QueryTrait::build(&query, context.database.backend());
                let plan = testing::explain(&context, statement).await;
                assert!(plan.contains(index) && !plan.contains("SCAN") && !plan.contains("Seq"), "{plan}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn every_reason_gives_the_same_answer() {
        testing::on_both(|context| async move {
            let (owner, locked) = ada(&context).await;
            for (name, action) in [("disabled", BulkAction::Disable), ("deleted", BulkAction::Delete)] {
                let id = testing::onboarded(&context, &owner, name).await;
                testing::bulk(&context, &owner, action, &[id]).await;
            }
            let fresh = testing::onboarded(&context, &owner, "fresh").await;
            let not_yet = accounts::ActiveModel { onboarded_at: Set(None), ..Default::default() };
            let transaction = context.database.begin().await.unwrap();
            let fresh = accounts::Entity::update_many().set(not_yet).filter(accounts::Column::Id.eq(fresh));
            fresh.exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            testing::user(&context, &owner, "bare").await;
            fail(&context, "ada@example.com", 10).await;
            assert!(testing::account(&context, locked).await.locked_until.is_some());
            for name in ["nobody@example.com", "nobody", "disabled@example.com", "deleted@example.com"] {
                assert_eq!(attempt(&context, name, PASSWORD).await.unwrap_err(), "NotMatching", "{name}");
            }
            for name in ["fresh@example.com", "bare@example.com", "ada.l", "", "\0", "\u{202E}", "'--"] {
                assert_eq!(attempt(&context, name, PASSWORD).await.unwrap_err(), "NotMatching", "{name:?}");
            }
            assert_eq!(attempt(&context, "owner@example.com", WRONG).await.unwrap_err(), "NotMatching");
        })
        .await;
    }

    #[tokio::test]
    async fn an_address_that_waits_locks_nobody() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            let mut wait = None;
            for number in 0..100 {
                wait = fail(&context, &format!("nobody{number}@example.com"), 1).await.pop();
                if wait.as_ref().is_some_and(|answer| answer.starts_with("TooManyAttempts")) {
                    break;
                }
            }
            assert!(wait.unwrap().starts_with("TooManyAttempts"));
            fail(&context, "ada@example.com", 20).await;
            assert_eq!(testing::account(&context, ada).await.locked_until, None);
            let elsewhere = Context {
                origin: crate::Origin { ip: Some("198.51.100.7".into()), ..context.origin.clone() },
                ..context.clone()
            };
            assert!(attempt(&elsewhere, "ada@example.com", PASSWORD).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn a_right_guess_among_many_sent_at_once_comes_too_late() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            let row = password_credentials::Entity::find_by_id(ada).one(context.database.read()).await;
            let verified = row.unwrap().unwrap();
            fail(&context, "ada@example.com", 5).await;
            // It was let in before the others were counted, and its hash was right.
            let subjects = subjects("ada@example.com", &context);
            let late = begin(&context, ada, &verified, None, &subjects, Whence::default()).await;
            assert!(matches!(late, Err(Refusal::TooManyAttempts { .. })));
            assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 0);
            // Nor does the answer tell which one it was, or whether anybody has the identifier.
            fail(&context, "nobody@example.com", 5).await;
            for identifier in ["ada@example.com", "nobody@example.com"] {
                assert!(note_failure(&context, identifier).await.unwrap().is_some(), "{identifier}");
            }
            assert_eq!(note_failure(&context, "somebody@example.com").await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn unknown_identifiers_are_counted_as_known_ones_are() {
        testing::on_both(|context| async move {
            ada(&context).await;
            let mut answers = [Vec::new(), Vec::new()];
            for _ in 0..12 {
                for (identifier, answers) in ["ada@example.com", "nobody@example.com"].iter().zip(&mut answers) {
                    answers.extend(fail(&context, identifier, 1).await);
                }
                context.clock.advance_seconds(3);
            }
            assert_eq!(answers[0], answers[1]);
            assert_eq!(answers[0].iter().filter(|answer| *answer == "NotMatching").count(), 5);
            assert!(answers[0].last().unwrap().starts_with("TooManyAttempts"));
        })
        .await;
    }

    #[tokio::test]
    async fn the_delay_grows_and_an_attempt_during_it_counts_even_with_the_right_password() {
        testing::on_both(|context| async move {
            ada(&context).await;
            assert_eq!(fail(&context, "ada@example.com", 3).await, ["NotMatching"; 3]);
            for seconds in [1, 2, 4] {
                let refusal = attempt(&context, "ada@example.com", PASSWORD).await.unwrap_err();
                assert_eq!(refusal, format!("TooManyAttempts {{ wait_seconds: {} }}", seconds + 1));
            }
            context.clock.advance_seconds(8);
            assert!(attempt(&context, "ada@example.com", PASSWORD).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn success_forgets_the_failures_of_address_and_username() {
        testing::on_both(|context| async move {
            ada(&context).await;
            for _ in 0..3 {
                fail(&context, "ada@example.com", 2).await;
                fail(&context, "ada.l", 2).await;
                assert!(attempt(&context, "ada.l", PASSWORD).await.is_ok());
            }
        })
        .await;
    }

    #[tokio::test]
    async fn failures_an_hour_ago_are_forgotten() {
        testing::on_both(|context| async move {
            ada(&context).await;
            fail(&context, "ada@example.com", 2).await;
            context.clock.advance_seconds(3601);
            assert_eq!(fail(&context, "ada@example.com", 2).await, ["NotMatching"; 2]);
            assert!(attempt(&context, "ada@example.com", PASSWORD).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn an_address_with_fifty_failures_waits_and_others_do_not() {
        testing::on_both(|context| async move {
            ada(&context).await;
            for at in 0..50 {
                attempt(&context, &format!("nobody{at}"), WRONG).await.unwrap_err();
            }
            let refusal = attempt(&context, "ada@example.com", PASSWORD).await.unwrap_err();
            assert!(refusal.starts_with("TooManyAttempts"));
            let mut elsewhere = context.clone();
            elsewhere.origin.ip = Some("192.0.2.2".into());
            assert!(attempt(&elsewhere, "ada@example.com", PASSWORD).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn an_address_that_waits_waits_no_longer_for_what_was_refused() {
        testing::on_both(|context| async move {
            ada(&context).await;
            for at in 0..50 {
                attempt(&context, &format!("nobody{at}"), WRONG).await.unwrap_err();
            }
            // Somebody behind it goes on without end: one name, and always another one.
            for at in 0..100 {
                for name in ["nobody0".to_owned(), format!("nobody{at}")] {
                    let refused = attempt(&context, &name, WRONG).await.unwrap_err();
                    assert_eq!(refused, "TooManyAttempts { wait_seconds: 2 }", "{at}");
                }
            }
            context.clock.advance_seconds(1);
            assert!(attempt(&context, "ada@example.com", PASSWORD).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn refused_attempts_for_one_name_do_not_make_its_address_wait() {
        testing::on_both(|context| async move {
            ada(&context).await;
            fail(&context, "nobody", 200).await;
            let written =
                events_rows::Entity::find().filter(events_rows::Column::Kind.eq(EventKind::SignInFailed.key()));
            assert_eq!(written.count(context.database.read()).await.unwrap(), throttle::LOCK_AFTER.unsigned_abs());
            assert!(attempt(&context, "ada@example.com", PASSWORD).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn ten_failures_lock_the_account_for_a_while() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            fail(&context, "ada@example.com", 9).await;
            assert_eq!(testing::account(&context, ada).await.locked_until, None);
            fail(&context, "ada@example.com", 1).await;
            let profile = users::profile(&context, &owner, ada).await.unwrap();
            assert!(profile.locked && profile.labels.contains(&types::accounts::StatusLabel::Locked));
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountLocked).await, 1);
            assert_eq!(testing::events_of(&context, ada, EventKind::SignInFailed).await, 10);
            context.clock.advance_seconds(throttle::LOCK_SECONDS);
            assert!(!users::profile(&context, &owner, ada).await.unwrap().locked);
            assert!(attempt(&context, "ada@example.com", PASSWORD).await.is_ok());
            assert_eq!(testing::account(&context, ada).await.locked_until, None);
        })
        .await;
    }

    #[tokio::test]
    async fn while_failures_go_on_the_account_stays_locked_with_one_event_for_each_lockout() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            fail(&context, "ada@example.com", 12).await;
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountLocked).await, 1);
            context.clock.advance_seconds(throttle::LOCK_SECONDS);
            fail(&context, "ada@example.com", 1).await;
            assert!(testing::account(&context, ada).await.locked_until > Some(context.now()));
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountLocked).await, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn staff_unlock() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            fail(&context, "ada@example.com", 10).await;
            users::unlock(&context, &owner, ada).await.unwrap();
            assert!(attempt(&context, "ada@example.com", PASSWORD).await.is_ok());
            users::unlock(&context, &owner, ada).await.unwrap();
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountUnlocked).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn the_session_that_the_browser_had_ends() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            let before = testing::session(&context, ada).await;
            let elsewhere = testing::session(&context, ada).await;
            let session = sign_in(&context, "ada.l", PASSWORD, from(&before)).await.ok().unwrap().session();
            assert_ne!(session.token.expose(), before);
            assert!(authenticate(&context, &before).await.is_err());
            assert!(authenticate(&context, &elsewhere).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn a_failed_sign_in_leaves_the_session_that_the_browser_has() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            let before = testing::session(&context, ada).await;
            assert!(sign_in(&context, "ada.l", WRONG, from(&before)).await.is_err());
            assert!(authenticate(&context, &before).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn a_hash_of_weaker_parameters_is_made_anew() {
        testing::on_both(|mut context| async move {
            let (_, ada) = ada(&context).await;
            let hash = async |context: &Context| {
                let row = password_credentials::Entity::find_by_id(ada).one(context.database.read()).await;
                row.unwrap().unwrap().hash
            };
            let weak = hash(&context).await;
            assert!(attempt(&context, "ada.l", PASSWORD).await.is_ok());
            assert_eq!(hash(&context).await, weak);
            context.roster.hasher = Hasher::for_this_machine();
            assert!(attempt(&context, "ada.l", PASSWORD).await.is_ok());
            let strong = hash(&context).await;
            assert!(context.hasher.is_outdated(&weak) && !context.hasher.is_outdated(&strong));
            assert!(attempt(&context, "ada.l", PASSWORD).await.is_ok());
            assert_eq!(hash(&context).await, strong);
        })
        .await;
    }

    #[tokio::test]
    async fn a_password_over_the_limit_never_matches() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            let long = "x".repeat(passwords::MOST_CHARACTERS + 1);
            let hash = context.hasher.hash(&context.random, &long).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            passwords::store(&transaction, ada, hash, false, context.now()).await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(attempt(&context, "ada.l", &long).await.unwrap_err(), "NotMatching");
        })
        .await;
    }

    #[tokio::test]
    async fn no_session_outlives_a_disabling_that_crosses_with_sign_ins() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            for _ in 0..8 {
                let enter = || sign_in(&context, "ada.l", PASSWORD, Whence::default());
                let ids = [ada];
                let disable = testing::bulk(&context, &owner, BulkAction::Disable, &ids);
                let (one, report, other) = tokio::join!(enter(), disable, enter());
                assert!([one.err(), other.err()].iter().flatten().all(|why| matches!(why, Refusal::NotMatching)));
                assert_eq!(report.done, 1);
                assert_eq!(testing::open_sessions(&context, ada).await, 0);
                testing::bulk(&context, &owner, BulkAction::Enable, &[ada]).await;
                users::unlock(&context, &owner, ada).await.unwrap();
                context.clock.advance_seconds(60);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_password_that_was_changed_meanwhile_signs_nobody_in() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            let verified = password_credentials::Entity::find_by_id(ada).one(context.database.read()).await;
            let holder = testing::holder(&context, ada).await;
            passwords::change(&context, &holder, PASSWORD, "another fine long password").await.unwrap();
            let verified = verified.unwrap().unwrap();
            assert!(matches!(
                begin(&context, ada, &verified, None, &[], Whence::default()).await,
                Err(Refusal::NotMatching)
            ));
            assert_eq!(testing::open_sessions(&context, ada).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn many_failures_at_once_are_all_counted_and_answered() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            let attempts = (0..40).map(|at| {
                let password = if at % 4 == 0 { PASSWORD } else { WRONG };
                sign_in(&context, if at % 2 == 0 { "ada.l" } else { "ada@example.com" }, password, Whence::default())
            });
            for answer in futures::future::join_all(attempts).await {
                assert!(!matches!(answer, Err(Refusal::Error(_))), "{:?}", answer.err());
            }
            let failed = testing::events_of(&context, ada, EventKind::SignInFailed).await;
            let succeeded = testing::events_of(&context, ada, EventKind::SignedIn).await;
            // Those that nobody looked at are not in the log once the account is locked.
            assert!((throttle::LOCK_AFTER.unsigned_abs()..=40).contains(&(failed + succeeded)), "{failed} {succeeded}");
        })
        .await;
    }
}
