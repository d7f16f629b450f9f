//! Passkeys: the questions to the device, signing in (S3), adding one (E2).

use app::account::second_factor_pages::add_passkey_page;
use app::plain::{Problem, wait_in_words};
use app::ssr::RequestContext;
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::Error;
use domain::authenticators::passkey::{self, Occasion, Question};
use domain::sign_in::{Refusal, SignIn, Step, Whence, sign_in_with_passkey};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, failure, html, sign_in_begun};
use super::confirm::ask_for_proof;
use super::form::PlainForm;
use super::login;
use super::signed_in::SignedIn;
use super::unfinished::{Waiting, finished, step_page};
use crate::http::AppState;
use crate::http::return_to::safe_return_to;

const ADD: &str = "/account/security/passkey";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasskeyForm {
    sealed: String,
    response: String,
    name: String,
    return_to: String,
}

/// For whoever reloads the page of a refusal.
pub async fn to_login() -> Redirect {
    Redirect::to("/login")
}

pub async fn sign_in_question(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
) -> Response {
    answer(&state, passkey::ask(&request.context(), Occasion::SignIn).await)
}

pub async fn second_factor_question(State(state): State<AppState>, waiting: Waiting) -> Response {
    if let Some(elsewhere) = waiting.elsewhere(Step::SecondFactor) {
        return elsewhere;
    }
    answer(&state, passkey::ask(&waiting.context(), Occasion::SecondFactor(waiting.sign_in.account)).await)
}

pub async fn confirmation_question(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    answer(&state, passkey::ask(&signed_in.context(), Occasion::Confirmation(signed_in.holder.account)).await)
}

pub async fn set_up_question(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    answer(&state, passkey::begin_set_up(&signed_in.context(), &signed_in.holder).await)
}

pub fn answer(state: &AppState, question: domain::Result<Question>) -> Response {
    question.map_or_else(|error| failure(state, error), |question| Json(question).into_response())
}

pub async fn sign_in(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<PasskeyForm>,
) -> Response {
    let whence = Whence { previous: request.token(), return_to: safe_return_to(&form.return_to) };
    let refused = match sign_in_with_passkey(&request.context(), &form.sealed, &form.response, whence).await {
        Ok(SignIn::Done(session)) => return finished(&state, &session, whence.return_to).await,
        Ok(SignIn::Unfinished(begun)) => return sign_in_begun(&state, &begun, step_page(begun.step)),
        Err(Refusal::NotMatching | Refusal::PasswordExpired) => {
            let why = "That passkey does not open an account here. Try again, or sign in with your password.";
            Refused::new(StatusCode::UNAUTHORIZED, why, None)
        }
        Err(Refusal::TooManyAttempts { wait_seconds }) => Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many attempts. Try again in {}.", wait_in_words(wait_seconds)),
            u32::try_from(wait_seconds.max(1)).ok(),
        ),
        Err(Refusal::Error(error)) => Refused::of(error),
    };
    login::refused_page(&state, String::new(), whence.return_to, &refused, false)
}

pub async fn add_page(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(ADD);
    }
    let address = state.roster.passkeys.address();
    html(StatusCode::OK, add_passkey_page(&state.site, signed_in.frame(), address, String::new(), Problem::default()))
}

pub async fn add(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<PasskeyForm>,
) -> Response {
    let PasskeyForm { sealed, response, name, .. } = form;
    match passkey::add(&signed_in.context(), &signed_in.holder, &sealed, &response, &name).await {
        Ok(()) => Redirect::to("/account/security?passkey=1").into_response(),
        Err(Error::ProofNeeded) => ask_for_proof(ADD),
        Err(error) => {
            let refused = Refused::of(error);
            let (address, problem) = (state.roster.passkeys.address(), refused.problem.clone());
            refused.answer(add_passkey_page(&state.site, signed_in.frame(), address, name, problem))
        }
    }
}
