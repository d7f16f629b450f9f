//! A step of signing in: a second factor, where one is required (S4) or offered (O1).

use app::auth::set_up_app::{SetUpView, SignInSetUp, sign_in_set_up_page};
use app::plain::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::authenticators::authenticator_app::{self, SetUp};
use domain::sign_in::{Progress, Step, StepRefusal, ask_set_up_passkey, set_up_app, set_up_passkey, skip_set_up};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{failure, html};
use super::form::PlainForm;
use super::passkey::answer;
use super::unfinished::{START_AGAIN, Waiting, refused};
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetUpForm {
    pub sign_in: String,
    pub sealed: String,
    pub code: String,
    pub name: String,
    /// Of a passkey.
    response: String,
}

pub async fn page(State(state): State<AppState>, waiting: Waiting) -> Response {
    if let Some(elsewhere) = waiting.elsewhere(Step::SetUpSecondFactor) {
        return elsewhere;
    }
    match authenticator_app::begin(&waiting.context(), waiting.sign_in.account, &waiting.sign_in.email) {
        Ok(set_up) => html(StatusCode::OK, shown(&state, &waiting, view(set_up))),
        Err(error) => failure(&state, error),
    }
}

fn shown(state: &AppState, waiting: &Waiting, view: SetUpView) -> String {
    let at = SignInSetUp {
        sign_in: waiting.sign_in.id.to_string(),
        codes: waiting.sign_in.code_kinds.clone(),
        passkeys: state.roster.passkeys.address(),
        may_skip: waiting.sign_in.may_skip_set_up,
    };
    sign_in_set_up_page(&state.site, at, view)
}

pub async fn submit(
    State(state): State<AppState>,
    waiting: Waiting,
    PlainForm(form): PlainForm<SetUpForm>,
) -> Response {
    let Ok(sign_in) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let SetUpForm { sealed, code, name, .. } = form;
    let (context, previous) = (waiting.context(), waiting.previous());
    let done = set_up_app(&context, &waiting.token, sign_in, &sealed, &code, &name, previous).await;
    went(&state, &waiting, done, "code", Some((sealed.as_str(), name))).await
}

/// On to the next step; or the page again, with the same key when the app may have it already.
async fn went(
    state: &AppState,
    waiting: &Waiting,
    done: Result<Progress, StepRefusal>,
    field: &str,
    typed: Option<(&str, String)>,
) -> Response {
    let refused = match done {
        Ok(progress) => return waiting.go_on(state, progress).await,
        Err(refusal) => match refused(refusal, field) {
            Ok(refused) => refused,
            Err(elsewhere) => return elsewhere,
        },
    };
    let (context, account, email) = (waiting.context(), waiting.sign_in.account, &waiting.sign_in.email);
    let same = typed.as_ref().and_then(|(sealed, _)| authenticator_app::again(&context, account, email, sealed));
    match same.map_or_else(|| authenticator_app::begin(&context, account, email), Ok) {
        Ok(set_up) => {
            let name = typed.map(|(_, name)| name).unwrap_or_default();
            let view = SetUpView { name, problem: refused.problem.clone(), ..view(set_up) };
            refused.answer(shown(state, waiting, view))
        }
        Err(error) => failure(state, error),
    }
}

/// **Skip** (O1).
pub async fn skip(State(state): State<AppState>, waiting: Waiting, PlainForm(form): PlainForm<SetUpForm>) -> Response {
    let Ok(sign_in) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let done = skip_set_up(&waiting.context(), &waiting.token, sign_in, waiting.previous()).await;
    went(&state, &waiting, done, "code", None).await
}

/// What this device is asked, where it is to have a passkey in the app's place.
pub async fn passkey_question(State(state): State<AppState>, waiting: Waiting) -> Response {
    if let Some(elsewhere) = waiting.elsewhere(Step::SetUpSecondFactor) {
        return elsewhere;
    }
    answer(&state, ask_set_up_passkey(&waiting.context(), &waiting.sign_in).await)
}

pub async fn passkey(
    State(state): State<AppState>,
    waiting: Waiting,
    PlainForm(form): PlainForm<SetUpForm>,
) -> Response {
    let Ok(sign_in) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let (context, previous) = (waiting.context(), waiting.previous());
    let done = set_up_passkey(&context, &waiting.token, sign_in, &form.sealed, &form.response, previous).await;
    went(&state, &waiting, done, "passkey", None).await
}

/// A key as its page shows it.
pub fn view(set_up: SetUp) -> SetUpView {
    let SetUp { sealed, key, address } = set_up;
    SetUpView { sealed, key, address, name: String::new(), problem: Problem::default() }
}
