//! **Forgot my phone** (S7): in the place of the second factor, after the password. Which way is asked
//! follows from the settings and from what the holder chose before, never from who asks.
//!
//! What the way through proves is noted in the sign-in's row, so that both parts belong to one sign-in.

use db::entities::{accounts, pre_sessions};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::PreSessionId;
use types::authenticators::{FactorKind, Method};
use types::events::EventKind;
use types::messages::Channel;
use types::recovery::{Question, RecoveryMethod, normalised};

use super::StepRefusal;
use super::finish::{Progress, after_step};
use super::second_factor::{note_failure, subjects};
use super::state::{self, Locked, Step, Unfinished};
use crate::codes::{self, Checked, CodeFor, Wanted};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::recovery::{self, Asked};
use crate::{Context, Error, Result, authenticators, throttle};

const WHAT: CodeFor = CodeFor::ForgotPhone;
/// In `pre_sessions.recovered`: the questions are answered.
const QUESTIONS: &str = "questions";
/// Where whoever comes in this way sets up a new second factor.
pub const LED_TO: &str = "/account/security?recovered=1";

/// What the page asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    Question(Question),
    /// The code that goes to the alternate address; whether one is on its way.
    Code {
        address: String,
        is_sent: bool,
    },
    /// Nothing: it is not set up, or only staff can help by now.
    Staff,
}

/// What came of a part of the way.
pub enum Recovered {
    /// The other part.
    Goes(Asks),
    Through(Progress),
}

/// What the page of this sign-in asks now; `None`: **Forgot phone** is switched off.
pub async fn forgot_phone(context: &Context, token: &str, unfinished: &Unfinished) -> Result<Option<Asks>> {
    if !unfinished.forgot_phone {
        return Ok(None);
    }
    let transaction = context.database.begin().await?;
    let asks = match state::lock(&transaction, context, token, unfinished.id, Step::SecondFactor).await {
        Ok(locked) => Some(asks(&transaction, context, &locked).await?),
        Err(StepRefusal::Error(error)) => return Err(error),
        Err(_) => None,
    };
    transaction.rollback().await?;
    Ok(asks)
}

/// The way that holds for the account, when all that it needs is there.
async fn method(transaction: &DatabaseTransaction, account: &accounts::Model) -> Result<Option<RecoveryMethod>> {
    let recovery = recovery::of_row(transaction, account).await?;
    Ok(recovery.method.filter(|_| recovery.is_ready()))
}

async fn asks(transaction: &DatabaseTransaction, context: &Context, locked: &Locked) -> Result<Asks> {
    let Some(method) = method(transaction, &locked.account).await? else { return Ok(Asks::Staff) };
    if asks_question(locked, method) {
        let asked = recovery::ask(transaction, locked.account.id).await?;
        return Ok(asked.map_or(Asks::Staff, |asked| Asks::Question(asked.question)));
    }
    let Some(address) = recovery::alternate_of(transaction, locked.account.id).await? else { return Ok(Asks::Staff) };
    let bound_to = locked.row.id.to_string();
    let open = codes::open(transaction, locked.account.id, WHAT, &bound_to, context.now()).await?;
    Ok(Asks::Code { address, is_sent: open.is_some() })
}

/// Whether the question comes next, in the place of the code.
fn asks_question(locked: &Locked, method: RecoveryMethod) -> bool {
    method.asks_questions() && locked.row.recovered.as_deref() != Some(QUESTIONS)
}

/// The sign-in with its account locked, when this part of the way is what it waits for.
async fn lock(
    transaction: &DatabaseTransaction,
    context: &Context,
    token: &str,
    id: PreSessionId,
    is_question: bool,
) -> Result<(Locked, RecoveryMethod), StepRefusal> {
    let locked = state::lock(transaction, context, token, id, Step::SecondFactor).await?;
    let subjects = subjects(locked.account.id, context);
    if let Some(wait_seconds) = throttle::wait_seconds(transaction, &subjects, context.now()).await? {
        return Err(StepRefusal::TooManyAttempts { wait_seconds });
    }
    let method = method(transaction, &locked.account).await?;
    match method.filter(|method| asks_question(&locked, *method) == is_question) {
        Some(method) => Ok((locked, method)),
        None => Err(StepRefusal::OtherStep(Step::SecondFactor)),
    }
}

/// Answers the question that is asked.
///
/// # Errors
/// Field error `answer`; see [`StepRefusal`].
pub async fn answer_question(
    context: &Context,
    token: &str,
    id: PreSessionId,
    answer: &str,
    previous: Option<&str>,
) -> Result<Recovered, StepRefusal> {
    let transaction = context.database.begin().await?;
    let (locked, _) = lock(&transaction, context, token, id, true).await?;
    let account = locked.account.id;
    let Some(asked) = recovery::ask(&transaction, account).await? else { return Ok(Recovered::Goes(Asks::Staff)) };
    // Counted before it is looked at; the database is not kept while the answer is hashed.
    recovery::count_attempt(&transaction, account).await?;
    transaction.commit().await?;
    let verified = context.hasher.verify(&normalised(answer), Some(&asked.hash)).await;
    let transaction = context.database.begin().await?;
    let looked = match verified {
        Ok(matches) => lock(&transaction, context, token, id, true).await.map(|locked| (locked, matches)),
        Err(error) => Err(error.into()),
    };
    let ((mut locked, method), matches) = match looked {
        Ok(looked) => looked,
        Err(refusal) => {
            // Nobody was told whether it is the one: the server was busy, or somebody else was wrong meanwhile.
            recovery::take_attempt_back(&transaction, account).await?;
            transaction.commit().await?;
            return Err(refusal);
        }
    };
    if !matches {
        return wrong_answer(transaction, context, &mut locked, &asked).await;
    }
    recovery::right_answer(&transaction, account).await?;
    if method.sends_mail() {
        pre_sessions::Entity::update_many()
            .col_expr(pre_sessions::Column::Recovered, Expr::val(Some(QUESTIONS)))
            .filter(pre_sessions::Column::Id.eq(locked.row.id))
            .exec(&transaction)
            .await?;
        locked.row.recovered = Some(QUESTIONS.into());
        let next = asks(&transaction, context, &locked).await?;
        transaction.commit().await?;
        return Ok(Recovered::Goes(next));
    }
    through(transaction, context, &locked, previous).await
}

async fn wrong_answer(
    transaction: DatabaseTransaction,
    context: &Context,
    locked: &mut Locked,
    asked: &Asked,
) -> Result<Recovered, StepRefusal> {
    let account = locked.account.id;
    let refusal = note_failure(&transaction, context, locked, &subjects(account, context)).await?;
    let event = Event::new(EventKind::RecoveryFailed).refused().on(account).note(Some("security question"));
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Err(match (refusal, asked.left - 1) {
        (StepRefusal::WrongCode { .. }, 1) => field("That is not the answer. 1 attempt is left."),
        (StepRefusal::WrongCode { .. }, left @ 2..) => {
            field(&format!("That is not the answer. {left} attempts are left."))
        }
        (StepRefusal::WrongCode { .. }, _) => return Ok(Recovered::Goes(Asks::Staff)),
        (other, _) => other,
    })
}

fn field(why: &str) -> StepRefusal {
    Error::field("answer", why).into()
}

/// Sends a code to the alternate address.
///
/// # Errors
/// See [`StepRefusal`]; among them a conflict when none can be sent now.
pub async fn send_forgot_phone_code(context: &Context, token: &str, id: PreSessionId) -> Result<(), StepRefusal> {
    let transaction = context.database.begin().await?;
    let (locked, _) = lock(&transaction, context, token, id, false).await?;
    let address = recovery::alternate_of(&transaction, locked.account.id).await?;
    let address = address.ok_or(StepRefusal::OtherStep(Step::SecondFactor))?;
    let (account, bound_to) = (&locked.account, locked.row.id.to_string());
    let wanted = Wanted { account, what: WHAT, channel: Channel::Mail, address: &address, bound_to: &bound_to };
    codes::send(&transaction, context, wanted).await?;
    transaction.commit().await?;
    Ok(())
}

/// Proves the code that went to the alternate address.
///
/// # Errors
/// See [`StepRefusal`].
pub async fn prove_forgot_phone_code(
    context: &Context,
    token: &str,
    id: PreSessionId,
    code: &str,
    previous: Option<&str>,
) -> Result<Recovered, StepRefusal> {
    let transaction = context.database.begin().await?;
    let (mut locked, _) = lock(&transaction, context, token, id, false).await?;
    let (account, bound_to) = (locked.account.id, locked.row.id.to_string());
    let checked = codes::check(&transaction, context, account, WHAT, &bound_to, code).await?;
    let alternate = recovery::alternate_of(&transaction, account).await?;
    // The address may be another one since.
    if !matches!(checked, Checked::Right { address } if Some(&address) == alternate.as_ref()) {
        let refusal = note_failure(&transaction, context, &mut locked, &subjects(account, context)).await?;
        let event = Event::new(EventKind::RecoveryFailed).refused().on(account).note(Some("alternate email"));
        events::write(&transaction, context, event).await?;
        transaction.commit().await?;
        return Err(refusal);
    }
    through(transaction, context, &locked, previous).await
}

/// In: the factor that is lost is noted, its holder told, and led to set up another.
async fn through(
    transaction: DatabaseTransaction,
    context: &Context,
    locked: &Locked,
    previous: Option<&str>,
) -> Result<Recovered, StepRefusal> {
    let account = &locked.account;
    pre_sessions::Entity::update_many()
        .col_expr(pre_sessions::Column::ReturnTo, Expr::val(Some(LED_TO)))
        .filter(pre_sessions::Column::Id.eq(locked.row.id))
        .exec(&transaction)
        .await?;
    let lost = authenticators::default_of(account).map_or("second factor", FactorKind::label);
    let event = Event::new(EventKind::Recovered).by_account(account.id).on(account.id);
    events::write(&transaction, context, event.note(Some(&format!("lost: {lost}")))).await?;
    alert(&transaction, context, account, Alert::Recovered).await?;
    let progress = after_step(&transaction, context, locked, Some(Method::ForgotPhone), previous).await?;
    transaction.commit().await?;
    Ok(Recovered::Through(progress))
}
