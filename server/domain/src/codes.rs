//! Codes of six digits that go out by mail or SMS (S2, E1, S7): ten minutes, five attempts, one at a
//! time for each purpose, a minute between two, ten in an hour.
//!
//! The database has a code's HMAC, with a key that is elsewhere, over the account, the purpose, the
//! address it went to and the sign-in or session that asked for it: a code proves that one thing. In the
//! queue it is sealed, and erased when it is sent. Callers lock the account first.

use db::entities::{accounts, one_time_codes as codes};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use types::authenticators::FactorKind;
use types::events::EventKind;
use types::messages::Channel;
use types::{AccountId, Timestamp};

use crate::authenticators::code_factor;
use crate::events::{self, Event};
use crate::messages::{Content, Recipient, queue};
use crate::random::Random;
use crate::sealing::Purpose;
use crate::{Context, Error, Result, Roster, sms};

/// How long a code works.
pub const LIFE_SECONDS: i64 = 10 * 60;
/// So many wrong ones void it.
const MOST_ATTEMPTS: i64 = 5;
/// From one code to the next.
pub const PAUSE_SECONDS: i64 = 60;
/// Codes in an hour, for each purpose: an address is not flooded, and an attacker gets few guesses.
pub(crate) const MOST_IN_AN_HOUR: i64 = 10;
pub(crate) const HOUR_SECONDS: i64 = 60 * 60;
const DIGITS: usize = 6;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeFor {
    SignIn,
    SetUpEmail,
    SetUpSms,
    Mobile,
    AlternateEmail,
    ForgotPhone,
}

impl CodeFor {
    /// Setting up a kind of factor; `None` for a kind without codes that are sent.
    pub(crate) fn set_up(kind: FactorKind) -> Option<Self> {
        match kind.channel()? {
            Channel::Mail => Some(Self::SetUpEmail),
            Channel::Sms => Some(Self::SetUpSms),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SetUpEmail => "set_up_email",
            Self::SetUpSms => "set_up_sms",
            Self::Mobile => "mobile",
            Self::AlternateEmail => "alternate_email",
            Self::ForgotPhone => "forgot_phone",
        }
    }

    /// "Your code to …".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::SignIn => "sign in",
            Self::SetUpEmail | Self::AlternateEmail => "confirm this address",
            Self::SetUpSms | Self::Mobile => "confirm this number",
            Self::ForgotPhone => "sign in without your phone",
        }
    }
}

/// A code to be sent.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub account: &'a accounts::Model,
    pub what: CodeFor,
    pub channel: Channel,
    pub address: &'a str,
    /// The sign-in or session that asks.
    pub bound_to: &'a str,
}

/// A code that went out and still works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCode {
    pub address: String,
    pub sent_at: Timestamp,
}

/// What a code was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// The one that went to this address; it is used up.
    Right { address: String },
    /// So many attempts are left.
    Wrong { left: i64 },
    /// There is none that works: it has expired, was used, was tried too often.
    Over,
}

impl Checked {
    /// The error at the field `code`; what was counted is the caller's to commit.
    pub fn refusal(&self) -> Error {
        Error::field(
            "code",
            match self {
                Self::Wrong { left: 1 } => "That code is wrong. 1 attempt is left.".into(),
                Self::Wrong { left } if *left > 0 => format!("That code is wrong. {left} attempts are left."),
                _ => "This code does not work any more. Ask for another one.".into(),
            },
        )
    }
}

/// Whether codes can go this way at all.
pub(crate) async fn can_send(
    connection: &impl ConnectionTrait,
    roster: &Roster,
    account: &accounts::Model,
    channel: Channel,
) -> Result<bool> {
    match channel {
        Channel::Mail => Ok(roster.mailing.delivers()),
        Channel::Sms => sms::is_set_up(connection, roster, account.store_id).await,
    }
}

/// Where a code is to go: what was typed; `None`: where the last one went.
///
/// # Errors
/// Field error `address`; [`Error::Conflict`] when there is no last one.
pub(crate) async fn address_for(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    (what, channel): (CodeFor, Channel),
    bound_to: &str,
    typed: Option<&str>,
) -> Result<String> {
    if let Some(typed) = typed {
        return code_factor::parsed(channel, typed);
    }
    let open = open(connection, account, what, bound_to, context.now()).await?;
    Ok(open.ok_or_else(|| Error::Conflict("Please begin again.".into()))?.address)
}

/// Puts a new code into the queue, in the place of the last one for the same purpose.
///
/// # Errors
/// [`Error::Conflict`] during the pause, after too many in an hour, and where nothing can be sent.
pub(crate) async fn send(transaction: &DatabaseTransaction, context: &Context, wanted: Wanted<'_>) -> Result<()> {
    let Wanted { account, what, channel, address, bound_to } = wanted;
    if !can_send(transaction, context, account, channel).await? {
        let by = if channel == Channel::Mail { "mail" } else { "SMS" };
        return Err(Error::Conflict(format!("No codes can be sent by {by} here at the moment.")));
    }
    let now = context.now();
    let before = codes::Entity::find_by_id((account.id, what.key().to_owned())).one(transaction).await?;
    let (counted_since, sent_count) = match &before {
        Some(row) if now.seconds_since(row.counted_since) < HOUR_SECONDS => (row.counted_since, row.sent_count),
        _ => (now, 0),
    };
    if let Some(row) = &before
        && let Some(wait) = wait_in_words(now, row.sent_at, counted_since, sent_count)
    {
        return Err(Error::Conflict(format!("A code was sent already. You can have another one in {wait}.")));
    }
    let code = new_code(&context.random);
    let row = codes::ActiveModel {
        account_id: Set(account.id),
        purpose: Set(what.key().into()),
        fingerprint: Set(fingerprint(context, account.id, what, address, bound_to, &code)),
        address: Set(address.to_owned()),
        bound_to: Set(bound_to.to_owned()),
        sent_at: Set(now),
        expires_at: Set(now.plus_seconds(LIFE_SECONDS)),
        attempts: Set(0),
        used_at: Set(None),
        counted_since: Set(counted_since),
        sent_count: Set(sent_count + 1),
    };
    let again = OnConflict::columns([codes::Column::AccountId, codes::Column::Purpose])
        .update_columns([
            codes::Column::Fingerprint,
            codes::Column::Address,
            codes::Column::BoundTo,
            codes::Column::SentAt,
            codes::Column::ExpiresAt,
            codes::Column::Attempts,
            codes::Column::UsedAt,
            codes::Column::CountedSince,
            codes::Column::SentCount,
        ])
        .to_owned();
    codes::Entity::insert(row).on_conflict(again).exec_without_returning(transaction).await?;
    let recipient = Recipient::by(channel, account, address);
    queue(transaction, context, recipient, Content::Code { code, what }).await?;
    let event = Event::new(EventKind::CodeSent).by_account(account.id).on(account.id);
    events::write(transaction, context, event.note(Some(&format!("to {}", what.words())))).await
}

/// How long to wait for the next one; `None`: it may go out now. `count`: how many did since `counted_since`,
/// which is within the last hour.
pub(crate) fn wait_in_words(
    now: Timestamp,
    sent_at: Timestamp,
    counted_since: Timestamp,
    count: i64,
) -> Option<String> {
    let pause = PAUSE_SECONDS - now.seconds_since(sent_at);
    let rest = HOUR_SECONDS - now.seconds_since(counted_since);
    let wait = if count >= MOST_IN_AN_HOUR { Ord::max(pause, rest) } else { pause };
    let in_words = || if wait > 90 { format!("{} minutes", (wait + 59) / 60) } else { format!("{wait} seconds") };
    (wait > 0).then(in_words)
}

/// Of 64 random bits: no code is more likely than another by more than one in ten billion.
fn new_code(random: &Random) -> String {
    format!("{:06}", u64::from_le_bytes(random.bytes()) % 1_000_000)
}

fn fingerprint(
    context: &Context,
    account: AccountId,
    what: CodeFor,
    address: &str,
    bound_to: &str,
    code: &str,
) -> String {
    let all = [what.key(), address, bound_to, code].join("\n");
    context.sealer.fingerprint(Purpose::OneTimeCode, account, &all)
}

/// [`check`] with an event when it is not the one: the address that the right one went to, or what it was.
/// `by`: whose event it is.
pub(crate) async fn prove(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: AccountId,
    what: CodeFor,
    bound_to: &str,
    code: &str,
    by: impl FnOnce(Event) -> Event,
) -> Result<Result<String, Checked>> {
    match check(transaction, context, account, what, bound_to, code).await? {
        Checked::Right { address } => Ok(Ok(address)),
        other => {
            let event = by(Event::new(EventKind::CodeFailed).refused()).on(account);
            events::write(transaction, context, event).await?;
            Ok(Err(other))
        }
    }
}

/// Whether the code is the one that went out for this purpose and this sign-in or session. A right one is
/// used up, a wrong one counted: the caller commits either way.
pub(crate) async fn check(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: AccountId,
    what: CodeFor,
    bound_to: &str,
    code: &str,
) -> Result<Checked> {
    let now = context.now();
    let Some(row) = find(transaction, account, what, bound_to, now).await? else { return Ok(Checked::Over) };
    let code: String = code.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect();
    let print = fingerprint(context, account, what, &row.address, bound_to, &code);
    let used = codes::Entity::update_many()
        .col_expr(codes::Column::UsedAt, now.into())
        .filter(codes::Column::AccountId.eq(account))
        .filter(codes::Column::Purpose.eq(what.key()))
        .filter(codes::Column::Fingerprint.eq(print))
        .filter(codes::Column::UsedAt.is_null())
        .exec(transaction)
        .await?;
    if used.rows_affected > 0 {
        return Ok(Checked::Right { address: row.address });
    }
    codes::Entity::update_many()
        .col_expr(codes::Column::Attempts, Expr::col(codes::Column::Attempts).add(1))
        .filter(codes::Column::AccountId.eq(account))
        .filter(codes::Column::Purpose.eq(what.key()))
        .exec(transaction)
        .await?;
    Ok(Checked::Wrong { left: MOST_ATTEMPTS - row.attempts - 1 })
}

async fn find(
    connection: &impl ConnectionTrait,
    account: AccountId,
    what: CodeFor,
    bound_to: &str,
    now: Timestamp,
) -> Result<Option<codes::Model>> {
    let row = codes::Entity::find_by_id((account, what.key().to_owned())).one(connection).await?;
    Ok(row.filter(|row| {
        row.bound_to == bound_to && row.used_at.is_none() && row.attempts < MOST_ATTEMPTS && row.expires_at > now
    }))
}

/// The code that waits to be typed, for the page that asks for it.
pub(crate) async fn open(
    connection: &impl ConnectionTrait,
    account: AccountId,
    what: CodeFor,
    bound_to: &str,
    now: Timestamp,
) -> Result<Option<OpenCode>> {
    let row = find(connection, account, what, bound_to, now).await?;
    Ok(row.map(|row| OpenCode { address: row.address, sent_at: row.sent_at }))
}

/// Voids every code of these accounts that is on its way, inside the caller's transaction.
pub(crate) async fn void_all_of(
    connection: &impl ConnectionTrait,
    accounts: &[AccountId],
    now: Timestamp,
) -> Result<()> {
    codes::Entity::update_many()
        .col_expr(codes::Column::UsedAt, now.into())
        .filter(codes::Column::AccountId.is_in(accounts.iter().copied()))
        .filter(codes::Column::UsedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Removes what counts for nothing any more.
pub async fn purge(context: &Context) -> Result<()> {
    let transaction = context.database.begin().await?;
    codes::Entity::delete_many()
        .filter(codes::Column::SentAt.lt(context.now().plus_seconds(-HOUR_SECONDS)))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(any(test, feature = "testing"))]
pub mod testing {
    //! Codes in a test's hands.

    use super::*;

    /// The code that waits in the queue for an address, the last one; panics when there is none.
    pub async fn sent_to(context: &Context, address: &str) -> String {
        let rows = crate::testing::messages(context).await;
        let row = rows.into_iter().rfind(|row| row.kind == "code" && row.recipient == address);
        let row = row.unwrap_or_else(|| panic!("no code went to {address}"));
        let content: Content = serde_json::from_str(&row.content.expect("not sent yet")).expect("content");
        match content.opened(context, row.account_id).expect("a sealed code") {
            Content::Code { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::sent_to;
    use super::*;
    use crate::testing as harness;

    const WHAT: CodeFor = CodeFor::AlternateEmail;

    struct World {
        account: accounts::Model,
    }

    async fn world(context: &Context) -> World {
        let owner = harness::owner(context).await;
        World { account: harness::account(context, owner.account).await }
    }

    impl World {
        async fn send_to(&self, context: &Context, address: &str, bound_to: &str) -> Result<()> {
            let transaction = context.database.begin().await.unwrap();
            let wanted = Wanted { account: &self.account, what: WHAT, channel: Channel::Mail, address, bound_to };
            let sent = send(&transaction, context, wanted).await;
            transaction.commit().await.unwrap();
            sent
        }

        async fn check_for(&self, context: &Context, what: CodeFor, bound_to: &str, code: &str) -> Checked {
            let transaction = context.database.begin().await.unwrap();
            let checked = check(&transaction, context, self.account.id, what, bound_to, code).await.unwrap();
            transaction.commit().await.unwrap();
            checked
        }

        async fn check(&self, context: &Context, code: &str) -> Checked {
            self.check_for(context, WHAT, "here", code).await
        }
    }

    fn right() -> Checked {
        Checked::Right { address: "a@example.com".into() }
    }

    #[tokio::test]
    async fn a_code_works_once_for_ten_minutes() {
        harness::on_both(|context| async move {
            let world = world(&context).await;
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            let code = sent_to(&context, "a@example.com").await;
            assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
            assert_eq!(world.check(&context, &format!(" {} {}", &code[..3], &code[3..])).await, right());
            assert_eq!(world.check(&context, &code).await, Checked::Over);
            context.clock.advance_seconds(PAUSE_SECONDS);
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            let code = sent_to(&context, "a@example.com").await;
            context.clock.advance_seconds(LIFE_SECONDS - 1);
            assert!(
                open(context.database.read(), world.account.id, WHAT, "here", context.now()).await.unwrap().is_some()
            );
            context.clock.advance_seconds(1);
            assert!(
                open(context.database.read(), world.account.id, WHAT, "here", context.now()).await.unwrap().is_none()
            );
            assert_eq!(world.check(&context, &code).await, Checked::Over);
        })
        .await;
    }

    #[tokio::test]
    async fn five_wrong_ones_void_it() {
        harness::on_both(|context| async move {
            let world = world(&context).await;
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            let code = sent_to(&context, "a@example.com").await;
            for (left, wrong) in [(4, "x"), (3, ""), (2, "1234567"), (1, "١٢٣٤٥٦"), (0, "')--")] {
                assert_eq!(world.check(&context, wrong).await, Checked::Wrong { left });
            }
            assert_eq!(world.check(&context, &code).await, Checked::Over);
        })
        .await;
    }

    #[tokio::test]
    async fn of_many_guesses_at_once_five_count() {
        harness::on_both(|context| async move {
            let world = world(&context).await;
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            let guesses = (0..20).map(|_| async {
                let transaction = context.database.begin().await.unwrap();
                crate::testing::lock(&transaction, world.account.id).await;
                let checked = check(&transaction, &context, world.account.id, WHAT, "here", "wrong").await.unwrap();
                transaction.commit().await.unwrap();
                checked
            });
            let answers = futures::future::join_all(guesses).await;
            assert_eq!(answers.iter().filter(|answer| **answer == Checked::Over).count(), 15);
        })
        .await;
    }

    #[tokio::test]
    async fn a_code_proves_its_own_purpose_place_and_account_only() {
        harness::on_both(|context| async move {
            let world = world(&context).await;
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            let code = sent_to(&context, "a@example.com").await;
            assert_eq!(world.check_for(&context, WHAT, "elsewhere", &code).await, Checked::Over);
            for what in [CodeFor::SignIn, CodeFor::SetUpEmail, CodeFor::ForgotPhone] {
                assert_eq!(world.check_for(&context, what, "here", &code).await, Checked::Over);
            }
            let transaction = context.database.begin().await.unwrap();
            let other = AccountId(context.id());
            assert_eq!(check(&transaction, &context, other, WHAT, "here", &code).await.unwrap(), Checked::Over);
            transaction.rollback().await.unwrap();
            assert_eq!(world.check(&context, &code).await, right());
        })
        .await;
    }

    #[tokio::test]
    async fn one_at_a_time_a_minute_apart_and_ten_in_an_hour() {
        harness::on_both(|context| async move {
            let world = world(&context).await;
            for number in 0..MOST_IN_AN_HOUR {
                world.send_to(&context, "a@example.com", "here").await.unwrap();
                let first = sent_to(&context, "a@example.com").await;
                assert!(matches!(world.send_to(&context, "b@example.com", "here").await, Err(Error::Conflict(_))));
                context.clock.advance_seconds(PAUSE_SECONDS);
                if number == 0 {
                    world.send_to(&context, "a@example.com", "there").await.unwrap();
                    assert_eq!(world.check(&context, &first).await, Checked::Over);
                    context.clock.advance_seconds(PAUSE_SECONDS);
                }
                if number == MOST_IN_AN_HOUR - 2 {
                    break;
                }
            }
            let refused = world.send_to(&context, "a@example.com", "here").await.unwrap_err();
            assert!(refused.to_string().contains("minutes"), "{refused}");
            context.clock.advance_seconds(HOUR_SECONDS);
            world.send_to(&context, "a@example.com", "here").await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn the_code_is_nowhere_in_clear() {
        harness::on_both(|context| async move {
            let world = world(&context).await;
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            let code = sent_to(&context, "a@example.com").await;
            assert!(harness::dump(&context).await.iter().all(|row| !row.contains(&code)), "{code}");
            let mail = crate::messages::claim(&context, 1).await.unwrap().remove(0);
            assert!(mail.rendered.text.contains(&code) && !mail.rendered.subject.contains(&code));
            crate::messages::sent(&context, mail.id).await.unwrap();
            assert!(harness::messages(&context).await.iter().all(|row| row.content.is_none()));
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_reads_a_code_in_the_mail_log() {
        harness::on_both(|mut context| async move {
            let owner = harness::owner(&context).await;
            let world = World { account: harness::account(&context, owner.account).await };
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            // The mail server has gone since: an Owner could read other mails now.
            context.roster.mailing = crate::messages::Mailing::new("https://id.example.com", false);
            let row = harness::messages(&context).await.remove(0);
            let refused = crate::messages::read(&context, &owner, row.id).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
            let page = crate::messages::list(&context, &owner, None, None).await.unwrap();
            assert!(page.may_read && !page.rows[0].may_read);
            context.clock.advance_seconds(PAUSE_SECONDS);
            assert!(matches!(world.send_to(&context, "a@example.com", "here").await, Err(Error::Conflict(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn old_rows_go() {
        harness::on_both(|context| async move {
            let world = world(&context).await;
            world.send_to(&context, "a@example.com", "here").await.unwrap();
            context.clock.advance_seconds(HOUR_SECONDS + 1);
            purge(&context).await.unwrap();
            assert!(codes::Entity::find().all(context.database.read()).await.unwrap().is_empty());
        })
        .await;
    }
}
