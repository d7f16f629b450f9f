//! **Forgot my phone** at a sign-in (S7).

use app::auth::forgot_phone::{ForgotPhoneAsks, ForgotPhoneView, forgot_phone_page};
use app::auth::second_factor::Sent;
use app::plain::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::sign_in::{
    Asks, LED_TO, Progress, Recovered, Step, StepRefusal, answer_question, forgot_phone, prove_forgot_phone_code,
    send_forgot_phone_code,
};
use http::StatusCode;
use serde::Deserialize;
use types::authenticators::masked;

use super::answer::{failure, html};
use super::form::PlainForm;
use super::unfinished::{START_AGAIN, Waiting, finished, refused, step_page};
use crate::http::AppState;

const HERE: &str = "/login/forgot-phone";
/// Longer than any answer: not worth looking at.
const MOST_CHARACTERS: usize = 400;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ForgotPhoneForm {
    sign_in: String,
    step: String,
    answer: String,
    code: String,
}

pub async fn page(State(state): State<AppState>, waiting: Waiting) -> Response {
    if let Some(elsewhere) = waiting.elsewhere(Step::SecondFactor) {
        return elsewhere;
    }
    match shown(&state, &waiting, Problem::default()).await {
        Ok(Some(page)) => html(StatusCode::OK, page),
        Ok(None) => Redirect::to(step_page(Step::SecondFactor)).into_response(),
        Err(error) => failure(&state, error),
    }
}

async fn shown(state: &AppState, waiting: &Waiting, problem: Problem) -> domain::Result<Option<String>> {
    let asks = forgot_phone(&waiting.context(), &waiting.token, &waiting.sign_in).await?;
    let asks = asks.map(|asks| match asks {
        Asks::Question(question) => ForgotPhoneAsks::Question(question.text()),
        Asks::Code { address, is_sent } => ForgotPhoneAsks::Code(Sent { address: masked(&address), is_sent }),
        Asks::Staff => ForgotPhoneAsks::Staff,
    });
    let sign_in = waiting.sign_in.id.to_string();
    Ok(asks.map(|asks| forgot_phone_page(&state.site, ForgotPhoneView { sign_in, asks, problem })))
}

pub async fn submit(
    State(state): State<AppState>,
    waiting: Waiting,
    PlainForm(form): PlainForm<ForgotPhoneForm>,
) -> Response {
    let Ok(id) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let (context, token, previous) = (waiting.context(), waiting.token.as_str(), waiting.previous());
    let cut = |text: &'_ str| if text.len() > MOST_CHARACTERS { String::new() } else { text.to_owned() };
    let recovered = match form.step.as_str() {
        "send" => match send_forgot_phone_code(&context, token, id).await {
            Ok(()) => return Redirect::to(HERE).into_response(),
            Err(refusal) => Err(refusal),
        },
        "code" => prove_forgot_phone_code(&context, token, id, &cut(&form.code), previous).await,
        _ => answer_question(&context, token, id, &cut(&form.answer), previous).await,
    };
    match recovered {
        Ok(Recovered::Through(Progress::Done(session))) => finished(&state, &session, Some(LED_TO)).await,
        Ok(Recovered::Through(Progress::Next(step))) => Redirect::to(step_page(step)).into_response(),
        Ok(Recovered::Goes(_)) => Redirect::to(HERE).into_response(),
        Err(refusal) => {
            answer_refusal(&state, &waiting, refusal, if form.step == "code" { "code" } else { "answer" }).await
        }
    }
}

async fn answer_refusal(state: &AppState, waiting: &Waiting, refusal: StepRefusal, field: &str) -> Response {
    let refused = match refused(refusal, field) {
        Ok(refused) => refused,
        Err(elsewhere) => return elsewhere,
    };
    match shown(state, waiting, refused.problem.clone()).await {
        Ok(Some(page)) => refused.answer(page),
        Ok(None) => Redirect::to(step_page(Step::SecondFactor)).into_response(),
        Err(error) => failure(state, error),
    }
}
