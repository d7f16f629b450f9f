//! The second factor (S2): a code of an authenticator app, one that was sent, or a security code (S9).
//!
//! Wrong codes are counted twice: five end this sign-in, and the account's own count brings a
//! growing delay and then a lockout, however many sign-ins are begun.

use db::entities::pre_sessions;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::AccountId;
use types::PreSessionId;
use types::authenticators::{FactorKind, Method};
use types::events::EventKind;

use super::StepRefusal;
use super::finish::{Progress, after_step};
use super::state::{self, Locked, MOST_ATTEMPTS, Step, Way};
use crate::authenticators::{authenticator_app, code_factor, security_codes};
use crate::events::{self, Event};
use crate::throttle::{self, Subject};
use crate::{Context, Result};

/// Proves the second factor with a code. `id`: the sign-in that the form belongs to.
///
/// # Errors
/// See [`StepRefusal`].
pub async fn prove_code(
    context: &Context,
    token: &str,
    id: PreSessionId,
    way: Way,
    code: &str,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::SecondFactor).await?;
    let subjects = subjects(locked.account.id, context);
    if let Some(wait_seconds) = throttle::wait_seconds(&transaction, &subjects, context.now()).await? {
        return Err(StepRefusal::TooManyAttempts { wait_seconds });
    }
    let allowed = state::ways(&transaction, &locked.account).await?.contains(&way);
    let method = if allowed { accepted(&transaction, context, &locked, way, code).await? } else { None };
    let Some(method) = method else {
        let refusal = note_failure(&transaction, context, &mut locked, &subjects).await?;
        transaction.commit().await?;
        return Err(refusal);
    };
    let progress = after_step(&transaction, context, &locked, Some(method), previous).await?;
    transaction.commit().await?;
    Ok(progress)
}

/// Sends a code to sign in with, in the place of the last one. `id`: the sign-in that the form belongs to.
///
/// # Errors
/// See [`StepRefusal`]; among them a conflict when none can be sent now.
pub async fn send_code(context: &Context, token: &str, id: PreSessionId, kind: FactorKind) -> Result<(), StepRefusal> {
    let transaction = context.database.begin().await?;
    let locked = state::lock(&transaction, context, token, id, Step::SecondFactor).await?;
    let sign_in = locked.row.id.to_string();
    code_factor::send_to_sign_in(&transaction, context, &locked.account, kind, &sign_in).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) fn subjects(account: AccountId, context: &Context) -> Vec<Subject<'_>> {
    let address = context.origin.ip.as_deref().map(Subject::Address);
    std::iter::once(Subject::Code(account)).chain(address).collect()
}

async fn accepted(
    transaction: &DatabaseTransaction,
    context: &Context,
    locked: &Locked,
    way: Way,
    code: &str,
) -> Result<Option<Method>> {
    match way {
        Way::Factor(FactorKind::AuthenticatorApp) => {
            let accepted = authenticator_app::accept(transaction, context, locked.account.id, code).await?;
            Ok(accepted.then_some(Method::Factor(FactorKind::AuthenticatorApp)))
        }
        Way::Factor(kind @ (FactorKind::EmailCode | FactorKind::SmsCode)) => {
            let sign_in = locked.row.id.to_string();
            let accepted = code_factor::accept(transaction, context, locked.account.id, kind, &sign_in, code).await?;
            Ok(accepted.then_some(Method::Factor(kind)))
        }
        // Proven by its device, not by a code.
        Way::Factor(FactorKind::Passkey) => Ok(None),
        Way::SecurityCodes => security_codes::accept(transaction, context, &locked.account, code).await,
    }
}

/// Counts a wrong proof of the second factor.
pub(super) async fn note_failure(
    transaction: &DatabaseTransaction,
    context: &Context,
    locked: &mut Locked,
    subjects: &[Subject<'_>],
) -> Result<StepRefusal> {
    let mut failures = 0;
    for subject in subjects {
        let counted = throttle::count_failure(transaction, context, *subject).await?;
        if matches!(subject, Subject::Code(_)) {
            failures = counted.failures;
        }
    }
    pre_sessions::Entity::update_many()
        .col_expr(pre_sessions::Column::Attempts, Expr::col(pre_sessions::Column::Attempts).add(1))
        .filter(pre_sessions::Column::Id.eq(locked.row.id))
        .exec(transaction)
        .await?;
    locked.row.attempts += 1;
    let event = Event::new(EventKind::SecondFactorFailed).refused().on(locked.account.id);
    events::write(transaction, context, event).await?;
    if failures >= throttle::LOCK_AFTER {
        super::lock(transaction, context, &locked.account).await?;
    }
    let left = MOST_ATTEMPTS - locked.row.attempts;
    Ok(if left > 0 { StepRefusal::WrongCode { left } } else { StepRefusal::StartAgain })
}
