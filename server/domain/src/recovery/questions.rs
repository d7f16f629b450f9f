//! Security questions (S7): at least three that the person has chosen. Answers are normalised and hashed
//! with Argon2id. One is asked at a time, and the same one until it is answered: beginning anew does not
//! draw an easier one. An attempt is counted before it is looked at.

use std::collections::BTreeSet;

use db::entities::{recoveries, security_questions};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::events::EventKind;
use types::recovery::{FEWEST_QUESTIONS, MOST_WRONG_ANSWERS, Question, check_answer};
use types::{AccountId, FieldErrors};

use super::ensure_row;
use crate::authenticators::locked;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Holder, Result};

async fn rows_of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Vec<security_questions::Model>> {
    Ok(security_questions::Entity::find()
        .filter(security_questions::Column::AccountId.eq(account))
        .order_by_asc(security_questions::Column::Position)
        .all(connection)
        .await?)
}

/// Which questions the holder has chosen.
pub async fn chosen_questions(context: &Context, holder: &Holder) -> Result<Vec<Question>> {
    let rows = rows_of(context.database.read(), holder.account).await?;
    Ok(rows.iter().filter_map(|row| Question::from_key(&row.question)).collect())
}

/// Keeps these questions and answers, in the place of all earlier ones.
///
/// # Errors
/// [`crate::Error::ProofNeeded`]; field errors `question_1`, `answer_1`, ….
pub async fn set_questions(context: &Context, holder: &Holder, answers: &[(Option<Question>, String)]) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let checked = check_all(answers)?;
    let mut rows = Vec::with_capacity(checked.len());
    for (position, (question, answer)) in checked.into_iter().enumerate() {
        rows.push(security_questions::ActiveModel {
            account_id: Set(holder.account),
            position: Set(position as i64),
            question: Set(question.key().into()),
            answer_hash: Set(context.hasher.hash(&context.random, &answer).await?),
        });
    }
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    security_questions::Entity::delete_many()
        .filter(security_questions::Column::AccountId.eq(account.id))
        .exec(&transaction)
        .await?;
    security_questions::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
    let event = Event::new(EventKind::QuestionsSet).by(holder).on(account.id);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::RecoveryChanged).await?;
    transaction.commit().await?;
    Ok(())
}

/// The normalised answers; every wrong field at once.
fn check_all(answers: &[(Option<Question>, String)]) -> Result<Vec<(Question, String)>> {
    let (mut errors, mut checked) = (FieldErrors::default(), Vec::new());
    let (mut questions, mut said) = (BTreeSet::new(), BTreeSet::new());
    for (at, (question, answer)) in answers.iter().enumerate() {
        let (question_field, answer_field) = (format!("question_{}", at + 1), format!("answer_{}", at + 1));
        let Some(question) = question else {
            // What is left empty beyond the fewest is not wanted.
            if at < FEWEST_QUESTIONS || !answer.trim().is_empty() {
                errors.add(&question_field, "Please choose a question.");
            }
            continue;
        };
        if !questions.insert(question.key()) {
            errors.add(&question_field, "This question is chosen already. Please choose another one.");
        }
        let Some(plain) = errors.keep(&answer_field, check_answer(answer, *question)) else { continue };
        if !said.insert(plain.clone()) {
            errors.add(&answer_field, "You have given this answer already. Please give each question its own.");
        }
        checked.push((*question, plain));
    }
    if checked.len() < FEWEST_QUESTIONS && errors.is_empty() {
        errors.add("question_1", format!("Please choose at least {FEWEST_QUESTIONS} questions."));
    }
    if errors.is_empty() { Ok(checked) } else { Err(errors.into()) }
}

/// Forgets all of them.
///
/// # Errors
/// [`crate::Error::ProofNeeded`].
pub async fn remove_questions(context: &Context, holder: &Holder) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    if !forget_questions(&transaction, account.id).await? {
        return Ok(());
    }
    let event = Event::new(EventKind::QuestionsRemoved).by(holder).on(account.id);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::RecoveryChanged).await?;
    transaction.commit().await?;
    Ok(())
}

/// Gives whether there were any.
pub(crate) async fn forget_questions(connection: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    let questions = security_questions::Entity::delete_many();
    let gone = questions.filter(security_questions::Column::AccountId.eq(account)).exec(connection).await?;
    Ok(gone.rows_affected > 0)
}

/// The question that is asked now.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub question: Question,
    pub hash: String,
    /// Attempts that are left.
    pub left: i64,
}

/// `None`: there are too few questions, or only staff can help.
pub(crate) async fn ask(connection: &impl ConnectionTrait, account: AccountId) -> Result<Option<Asked>> {
    let rows = rows_of(connection, account).await?;
    let state = recoveries::Entity::find_by_id(account).one(connection).await?;
    let (asked, failures) = state.map_or((0, 0), |state| (state.asked, state.failures));
    if rows.len() < FEWEST_QUESTIONS || failures >= MOST_WRONG_ANSWERS {
        return Ok(None);
    }
    let at = usize::try_from(asked.rem_euclid(rows.len() as i64)).unwrap_or_default();
    Ok(rows.into_iter().nth(at).and_then(|row| {
        let question = Question::from_key(&row.question)?;
        Some(Asked { question, hash: row.answer_hash, left: MOST_WRONG_ANSWERS - failures })
    }))
}

/// Counts an attempt before it is looked at, so that guesses sent all at once are all counted.
pub(crate) async fn count_attempt(connection: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    ensure_row(connection, account).await?;
    recoveries::Entity::update_many()
        .col_expr(recoveries::Column::Failures, Expr::col(recoveries::Column::Failures).add(1))
        .filter(recoveries::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes an attempt back whose answer was not looked at.
pub(crate) async fn take_attempt_back(connection: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    recoveries::Entity::update_many()
        .col_expr(recoveries::Column::Failures, Expr::col(recoveries::Column::Failures).sub(1))
        .filter(recoveries::Column::AccountId.eq(account))
        .filter(recoveries::Column::Failures.gt(0))
        .exec(connection)
        .await?;
    Ok(())
}

/// The attempt was right: what was counted is forgotten, and another question is asked the next time.
pub(crate) async fn right_answer(connection: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    recoveries::Entity::update_many()
        .col_expr(recoveries::Column::Failures, 0.into())
        .col_expr(recoveries::Column::Asked, Expr::col(recoveries::Column::Asked).add(1))
        .filter(recoveries::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}
