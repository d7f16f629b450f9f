//! Signing in with a passkey: without a password (S3), and as the second factor after one (S2).

use types::PreSessionId;
use types::authenticators::{FactorKind, Method};
use types::events::EventKind;

use super::finish::{Progress, after_first_proof, after_step};
use super::second_factor::{note_failure, subjects};
use super::state::{self, Step};
use super::{Refusal, SignIn, StepRefusal, Whence, may_sign_in};
use crate::authenticators::passkey::{self, Occasion};
use crate::events::{self, Event};
use crate::throttle::{self, Subject};
use crate::{Context, Result};

const METHOD: Method = Method::Factor(FactorKind::Passkey);

/// Signs in whoever's passkey it is; no second factor is asked for, since its device has made sure who
/// is there. Unknown, removed, used twice, disabled and locked give the same answer. `sealed` and
/// `response`: of [`Occasion::SignIn`].
///
/// # Errors
/// See [`Refusal`].
pub async fn sign_in_with_passkey(
    context: &Context,
    sealed: &str,
    response: &str,
    whence: Whence<'_>,
) -> Result<SignIn, Refusal> {
    let transaction = context.database.begin().await?;
    let address = context.origin.ip.as_deref().map(Subject::Address);
    let waiting: Vec<_> = address.into_iter().collect();
    if let Some(wait_seconds) = throttle::wait_seconds(&transaction, &waiting, context.now()).await? {
        return Err(Refusal::TooManyAttempts { wait_seconds });
    }
    let proven = passkey::verify(&transaction, context, Occasion::SignIn, sealed, response).await?;
    let account = match proven {
        Some(account) if may_sign_in(&account, context.now()) => account,
        refused => {
            if let Some(address) = address {
                throttle::count_failure(&transaction, context, address).await?;
            }
            let mut event = Event::new(EventKind::SignInFailed).refused().note(Some("passkey"));
            if let Some(account) = refused {
                event = event.on(account.id);
            }
            events::write(&transaction, context, event).await?;
            transaction.commit().await?;
            return Err(Refusal::NotMatching);
        }
    };
    let signed_in = after_first_proof(&transaction, context, &account, METHOD, true, whence).await?;
    transaction.commit().await?;
    Ok(signed_in)
}

/// Proves the second factor with a passkey. `id`: the sign-in that the form belongs to; `sealed` and
/// `response`: of [`Occasion::SecondFactor`].
///
/// # Errors
/// See [`StepRefusal`].
pub async fn prove_passkey(
    context: &Context,
    token: &str,
    id: PreSessionId,
    sealed: &str,
    response: &str,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::SecondFactor).await?;
    let subjects = subjects(locked.account.id, context);
    if let Some(wait_seconds) = throttle::wait_seconds(&transaction, &subjects, context.now()).await? {
        return Err(StepRefusal::TooManyAttempts { wait_seconds });
    }
    let occasion = Occasion::SecondFactor(locked.account.id);
    if passkey::verify(&transaction, context, occasion, sealed, response).await?.is_none() {
        let refusal = note_failure(&transaction, context, &mut locked, &subjects).await?;
        transaction.commit().await?;
        return Err(refusal);
    }
    let progress = after_step(&transaction, context, &locked, Some(METHOD), previous).await?;
    transaction.commit().await?;
    Ok(progress)
}
