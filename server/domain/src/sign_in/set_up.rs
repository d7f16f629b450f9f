//! A step: the policy asks for a second factor, and there is none yet (S4); or one is offered after an
//! activation, and may be skipped (O1).

use db::entities::accounts;
use sea_orm::EntityTrait;
use types::PreSessionId;
use types::authenticators::{FactorKind, Method};

use super::StepRefusal;
use super::finish::{Progress, after_step};
use super::state::{self, Step, Unfinished};
use crate::authenticators::code_factor::Begun;
use crate::authenticators::passkey::{self, Question};
use crate::authenticators::{authenticator_app, code_factor};
use crate::{Context, Error, Result};

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

/// Goes on without a second factor, where one is offered only.
///
/// # Errors
/// [`StepRefusal::OtherStep`] where one must be set up, also since a moment ago; see [`StepRefusal`].
pub async fn skip_set_up(
    context: &Context,
    token: &str,
    id: PreSessionId,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::SetUpSecondFactor).await?;
    if !locked.facts.may_set_up {
        return Err(StepRefusal::OtherStep(Step::SetUpSecondFactor));
    }
    locked.facts.may_set_up = false;
    let progress = after_step(&transaction, context, &locked, None, previous).await?;
    transaction.commit().await?;
    Ok(progress)
}

/// What the browser asks a device that is to have a passkey.
///
/// # Errors
/// [`Error::Conflict`] where passkeys are not available.
pub async fn ask_set_up_passkey(context: &Context, unfinished: &Unfinished) -> Result<Question> {
    let account = accounts::Entity::find_by_id(unfinished.account).one(context.database.read()).await?;
    let account = account.ok_or(Error::SignIn)?;
    passkey::ask_for_new(context, account.id, &account.email, &account.name).await
}

/// Enrols a passkey and goes on. `sealed` and `response`: of [`ask_set_up_passkey`].
///
/// # Errors
/// Field error `passkey`; see [`StepRefusal`].
pub async fn set_up_passkey(
    context: &Context,
    token: &str,
    id: PreSessionId,
    sealed: &str,
    response: &str,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::SetUpSecondFactor).await?;
    passkey::enrol(&transaction, context, &locked.account, None, sealed, response, "").await?;
    locked.facts.has_second_factor = true;
    let method = Method::Factor(FactorKind::Passkey);
    let progress = after_step(&transaction, context, &locked, Some(method), previous).await?;
    transaction.commit().await?;
    Ok(progress)
}

/// What the page for codes of this kind begins with.
pub async fn look_set_up_code(context: &Context, unfinished: &Unfinished, kind: FactorKind) -> Result<Begun> {
    let connection = context.database.read();
    let account = accounts::Entity::find_by_id(unfinished.account).one(connection).await?.ok_or(Error::SignIn)?;
    code_factor::begun(connection, context, &account, kind, &unfinished.id.to_string()).await
}

/// Sends a code to the address that is to be verified. `None`: to the one of the last code again.
///
/// # Errors
/// Field error `address`; see [`StepRefusal`].
pub async fn send_set_up_code(
    context: &Context,
    token: &str,
    id: PreSessionId,
    kind: FactorKind,
    address: Option<&str>,
) -> Result<(), StepRefusal> {
    let transaction = context.database.begin().await?;
    let locked = state::lock(&transaction, context, token, id, Step::SetUpSecondFactor).await?;
    code_factor::send_to_set_up(&transaction, context, &locked.account, kind, address, &id.to_string()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Enrols codes by mail or SMS and goes on.
///
/// # Errors
/// Field error `code`; see [`StepRefusal`].
pub async fn set_up_code(
    context: &Context,
    token: &str,
    id: PreSessionId,
    kind: FactorKind,
    code: &str,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::SetUpSecondFactor).await?;
    let sign_in = id.to_string();
    let enrolled = code_factor::enrol(&transaction, context, &locked.account, None, kind, &sign_in, code).await?;
    if let Err(checked) = enrolled {
        transaction.commit().await?;
        return Err(checked.refusal().into());
    }
    locked.facts.has_second_factor = true;
    let progress = after_step(&transaction, context, &locked, Some(Method::Factor(kind)), previous).await?;
    transaction.commit().await?;
    Ok(progress)
}
