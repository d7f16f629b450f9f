//! **Forgot my phone** (S7): security questions and an alternate e-mail address, which their holder sets
//! up and which stand in for a second factor that is lost. The way through is `sign_in::forgot_phone`.

mod alternate_email;
mod method;
mod questions;
#[cfg(test)]
mod tests;

use db::entities::{accounts, alternate_emails, recoveries, security_questions};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use types::AccountId;
use types::recovery::{MOST_WRONG_ANSWERS, Recovery, RecoveryMethod};
use types::settings::AlternateLogin;

use crate::{Result, settings};

pub(crate) use alternate_email::forget_alternate_email;
pub use alternate_email::{
    AlternateEmail, alternate_email, confirm_alternate_email, remove_alternate_email, send_alternate_email_code,
};
pub use method::choose_method;
pub(crate) use questions::{Asked, ask, count_attempt, forget_questions, right_answer, take_attempt_back};
pub use questions::{chosen_questions, remove_questions, set_questions};

/// How the account could get in without its phone.
pub(crate) async fn of_row(connection: &impl ConnectionTrait, account: &accounts::Model) -> Result<Recovery> {
    let settings = settings::read::<AlternateLogin>(connection, account.store_id).await?;
    let state = recoveries::Entity::find_by_id(account.id).one(connection).await?;
    let chosen = state.as_ref().and_then(|state| RecoveryMethod::from_key(state.chosen.as_deref()?));
    let questions = security_questions::Entity::find()
        .filter(security_questions::Column::AccountId.eq(account.id))
        .count(connection)
        .await?;
    Ok(Recovery {
        method: settings.method_for(chosen),
        may_choose: settings.forgot_phone_enabled && settings.users_choose,
        questions: usize::try_from(questions).unwrap_or_default(),
        alternate_email: alternate_of(connection, account.id).await?,
        is_blocked: state.is_some_and(|state| state.failures >= MOST_WRONG_ANSWERS),
    })
}

/// The verified alternate address.
pub(crate) async fn alternate_of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Option<String>> {
    let row = alternate_emails::Entity::find_by_id(account).one(connection).await?;
    Ok(row.map(|row| row.email))
}

/// Forgets answers, alternate addresses, choices and wrong answers of these accounts, inside the caller's
/// transaction.
pub(crate) async fn forget(connection: &impl ConnectionTrait, ids: &[AccountId]) -> Result<()> {
    let ids = || ids.iter().copied();
    security_questions::Entity::delete_many()
        .filter(security_questions::Column::AccountId.is_in(ids()))
        .exec(connection)
        .await?;
    alternate_emails::Entity::delete_many()
        .filter(alternate_emails::Column::AccountId.is_in(ids()))
        .exec(connection)
        .await?;
    recoveries::Entity::delete_many().filter(recoveries::Column::AccountId.is_in(ids())).exec(connection).await?;
    Ok(())
}

/// Forgets wrong answers, when staff unlock; gives whether there had been too many.
pub(crate) async fn unblock(connection: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    let state = recoveries::Entity::find_by_id(account).one(connection).await?;
    recoveries::Entity::update_many()
        .col_expr(recoveries::Column::Failures, 0.into())
        .filter(recoveries::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(state.is_some_and(|state| state.failures >= MOST_WRONG_ANSWERS))
}

/// Makes the account's row when there is none.
async fn ensure_row(connection: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    let row = recoveries::ActiveModel { account_id: Set(account), chosen: Set(None), asked: Set(0), failures: Set(0) };
    let nothing = OnConflict::column(recoveries::Column::AccountId).do_nothing().to_owned();
    recoveries::Entity::insert(row).on_conflict(nothing).exec_without_returning(connection).await?;
    Ok(())
}
