//! A forced step of signing in: a second factor, where one is required (S4).

use app::auth::set_up_app::{SetUpView, forced_set_up_page};
use app::plain::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::authenticators::authenticator_app::{self, SetUp};
use domain::sign_in::{Step, set_up_app};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{failure, html};
use super::form::PlainForm;
use super::unfinished::{START_AGAIN, Waiting, refused};
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetUpForm {
    pub sign_in: String,
    pub sealed: String,
    pub code: String,
    pub name: String,
}

pub async fn page(State(state): State<AppState>, waiting: Waiting) -> Response {
    if let Some(elsewhere) = waiting.elsewhere(Step::SetUpSecondFactor) {
        return elsewhere;
    }
    match authenticator_app::begin(&waiting.context(), waiting.sign_in.account, &waiting.sign_in.email) {
        Ok(set_up) => html(
            StatusCode::OK,
            forced_set_up_page(&state.site, id(&waiting), waiting.sign_in.code_kinds.clone(), view(set_up)),
        ),
        Err(error) => failure(&state, error),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    waiting: Waiting,
    PlainForm(form): PlainForm<SetUpForm>,
) -> Response {
    let Ok(sign_in) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let SetUpForm { sealed, code, name, .. } = form;
    let context = waiting.context();
    let done = set_up_app(&context, &waiting.token, sign_in, &sealed, &code, &name, waiting.previous()).await;
    let refused = match done {
        Ok(progress) => return waiting.go_on(&state, progress).await,
        Err(refusal) => match refused(refusal, "code") {
            Ok(refused) => refused,
            Err(elsewhere) => return elsewhere,
        },
    };
    let (account, email) = (waiting.sign_in.account, &waiting.sign_in.email);
    // The same key again: the app has it already.
    let set_up = authenticator_app::again(&context, account, email, &sealed);
    match set_up.map_or_else(|| authenticator_app::begin(&context, account, email), Ok) {
        Ok(set_up) => {
            let view = SetUpView { name, problem: refused.problem.clone(), ..view(set_up) };
            refused.answer(forced_set_up_page(&state.site, id(&waiting), waiting.sign_in.code_kinds.clone(), view))
        }
        Err(error) => failure(&state, error),
    }
}

fn id(waiting: &Waiting) -> String {
    waiting.sign_in.id.to_string()
}

/// A key as its page shows it.
pub fn view(set_up: SetUp) -> SetUpView {
    let SetUp { sealed, key, address } = set_up;
    SetUpView { sealed, key, address, name: String::new(), problem: Problem::default() }
}
