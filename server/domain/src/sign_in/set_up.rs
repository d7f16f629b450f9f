//! A forced step: the policy asks for a second factor, and there is none yet (S4).

use types::PreSessionId;
use types::authenticators::{FactorKind, Method};

use super::StepRefusal;
use super::finish::{Progress, after_step};
use super::state::{self, Step};
use crate::authenticators::authenticator_app;
use crate::{Context, Result};

/// Enrols an authenticator app and goes on. `sealed`: what [`authenticator_app::begin`] gave.
///
/// # Errors
/// Field errors `code` and `name`; see [`StepRefusal`].
pub async fn set_up_app(
    context: &Context,
    token: &str,
    id: PreSessionId,
    sealed: &str,
    code: &str,
    name: &str,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::SetUpSecondFactor).await?;
    authenticator_app::enrol(&transaction, context, &locked.account, None, sealed, code, name).await?;
    locked.facts.has_second_factor = true;
    let method = Method::Factor(FactorKind::AuthenticatorApp);
    let progress = after_step(&transaction, context, &locked, Some(method), previous).await?;
    transaction.commit().await?;
    Ok(progress)
}
