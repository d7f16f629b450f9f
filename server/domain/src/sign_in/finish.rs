//! From a proof to the next step or to the end. Nobody is signed in before the last step.

use db::entities::{accounts, password_credentials, pre_sessions};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::AccountId;
use types::authenticators::Method;
use types::events::EventKind;

use super::state::{self, Facts, Locked, Step};
use super::{NewPreSession, StepRefusal, may_sign_in};
use crate::authenticators::code_factor;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::sessions::{self, NewSession};
use crate::{Context, Error, Result, authenticators, devices, throttle};

/// What came of the first proof.
pub enum SignIn {
    Done(NewSession),
    Unfinished(NewPreSession),
}

#[cfg(any(test, feature = "testing"))]
impl SignIn {
    /// The session, when nothing was left to do.
    pub fn session(self) -> NewSession {
        match self {
            Self::Done(session) => session,
            Self::Unfinished(begun) => panic!("not signed in yet: {:?}", begun.step),
        }
    }

    /// The sign-in that waits for a step.
    pub fn unfinished(self) -> NewPreSession {
        match self {
            Self::Done(_) => panic!("signed in already"),
            Self::Unfinished(begun) => begun,
        }
    }
}

/// What came of a step.
pub enum Progress {
    Done(NewSession),
    Next(Step),
}

/// Where somebody comes from and wants to go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whence<'a> {
    /// The session that the browser still holds, which ends with the new one.
    pub previous: Option<&'a str>,
    pub return_to: Option<&'a str>,
}

/// Goes on after a first proof, inside the caller's transaction: to the session when nothing is left,
/// or to the next step. `account` is locked. `second_factor_done`: the proof was both at once.
///
/// # Errors
/// [`Error::SignIn`] when the account may not sign in.
pub(crate) async fn after_first_proof(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    method: Method,
    second_factor_done: bool,
    whence: Whence<'_>,
) -> Result<SignIn> {
    if !may_sign_in(account, context.now()) {
        return Err(Error::SignIn);
    }
    let credential = password_credentials::Entity::find_by_id(account.id).one(transaction).await?;
    let facts = Facts::locked(transaction, context, account, credential.as_ref()).await?;
    Ok(match facts.next(second_factor_done) {
        None => SignIn::Done(session(transaction, context, account, &[method], whence.previous).await?),
        Some(step) => {
            note_limit(transaction, context, account.id, step).await?;
            let begun = state::insert(
                transaction,
                context,
                account.id,
                credential.as_ref(),
                &[method],
                second_factor_done,
                step,
                whence.return_to,
            )
            .await?;
            if step == Step::SecondFactor {
                send_default(transaction, context, account, &begun).await?;
            }
            SignIn::Unfinished(begun)
        }
    })
}

/// Where the second factor that is asked for first is a code that is sent, it is on its way at once. During
/// the pause after another sign-in's code, its page offers to send one.
async fn send_default(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    begun: &NewPreSession,
) -> Result<()> {
    let Some(kind) = authenticators::default_of(account).filter(|kind| kind.channel().is_some()) else {
        return Ok(());
    };
    match code_factor::send_to_sign_in(transaction, context, account, kind, &begun.id.to_string()).await {
        Ok(()) | Err(Error::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Notes what a step has proven, and goes on to the next one or to the session. What the step has
/// changed is in `locked` already.
pub(super) async fn after_step(
    transaction: &DatabaseTransaction,
    context: &Context,
    locked: &Locked,
    proven: Option<Method>,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let mut methods = state::methods_of(&locked.row);
    methods.extend(proven);
    let second_factor_done = locked.row.second_factor_done || proven.is_some();
    let next = locked.facts.next(second_factor_done);
    let mut update = pre_sessions::Entity::update_many()
        .col_expr(pre_sessions::Column::Methods, state::keys(&methods).into())
        .col_expr(pre_sessions::Column::SecondFactorDone, second_factor_done.into())
        .col_expr(
            pre_sessions::Column::PasswordChangedAt,
            Expr::val(locked.credential.as_ref().map(|credential| credential.changed_at)),
        );
    if next.is_none() {
        update = update.col_expr(pre_sessions::Column::FinishedAt, context.now().into());
    }
    // It becomes a session once, whatever else happens.
    let updated = update
        .filter(pre_sessions::Column::Id.eq(locked.row.id))
        .filter(pre_sessions::Column::FinishedAt.is_null())
        .exec(transaction)
        .await?;
    if updated.rows_affected == 0 {
        return Err(StepRefusal::StartAgain);
    }
    Ok(match next {
        Some(step) => {
            note_limit(transaction, context, locked.account.id, step).await?;
            Progress::Next(step)
        }
        None => Progress::Done(session(transaction, context, &locked.account, &methods, previous).await?),
    })
}

/// That a sign-in has come to the device limit is for the log, where staff look who are asked.
async fn note_limit(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: AccountId,
    step: Step,
) -> Result<()> {
    if step != Step::DeviceLimit {
        return Ok(());
    }
    let event = Event::new(EventKind::SignInFailed).refused().on(account).note(Some("device limit reached"));
    events::write(transaction, context, event).await
}

/// The session itself, with everything that goes with a sign-in.
pub(crate) async fn session(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    methods: &[Method],
    previous: Option<&str>,
) -> Result<NewSession> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::LastSignInAt, context.now().into())
        .col_expr(accounts::Column::LockedUntil, Expr::val(None::<i64>))
        .filter(accounts::Column::Id.eq(account.id))
        .exec(transaction)
        .await?;
    if let Some(previous) = previous {
        sessions::end_token(transaction, context, previous).await?;
    }
    throttle::forget(transaction, &throttle::sign_ins_of(account)).await?;
    let session = sessions::begin(transaction, context, account.id, methods).await?;
    let from_new_country = devices::note_country(transaction, context, account.id).await?;
    // At the very first sign-in everything is new (S13).
    if account.last_sign_in_at.0 != 0 && (session.on_new_device || from_new_country) {
        let what = if session.on_new_device { Alert::NewDevice } else { Alert::NewPlace };
        alert(transaction, context, account, what).await?;
    }
    let note = methods.iter().map(|method| method.label()).collect::<Vec<_>>().join(", ");
    let event = Event::new(EventKind::SignedIn).by_account(account.id).on(account.id).in_session(session.id);
    events::write(transaction, context, event.note(Some(&note))).await?;
    Ok(session)
}
