//! What helps when the phone is lost, in one's own account (S7, E2).

use app::account::recovery::{MOST_QUESTIONS, QuestionsView, alternate_email_page, questions_page};
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, recovery};
use http::StatusCode;
use serde::Deserialize;
use types::messages::Channel;
use types::recovery::{Question, RecoveryMethod};

use super::address_proof::{self, AddressForm, AddressStep, view};
use super::answer::{Refused, failure, html};
use super::confirm::ask_for_proof;
use super::form::PlainForm;
use super::security;
use super::signed_in::SignedIn;
use crate::http::AppState;

const SECURITY: &str = "/account/security";
const QUESTIONS: &str = "/account/security/questions";
const ALTERNATE_EMAIL: &str = "/account/security/alternate-email";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct MethodForm {
    method: String,
}

pub async fn choose_method(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<MethodForm>,
) -> Response {
    let chosen = match RecoveryMethod::from_key(&form.method) {
        Some(method) => recovery::choose_method(&signed_in.context(), &signed_in.holder, method).await,
        None => Err(Error::NotFound("way")),
    };
    done(&state, &signed_in, chosen, "/account/security?method=1", SECURITY).await
}

async fn done(state: &AppState, signed_in: &SignedIn, done: domain::Result<()>, onward: &str, again: &str) -> Response {
    match done {
        Ok(()) => Redirect::to(onward).into_response(),
        Err(Error::ProofNeeded) => ask_for_proof(again),
        Err(error) => security::answer(state, signed_in, None, Some(Refused::of(error))).await,
    }
}

pub async fn questions(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(QUESTIONS);
    }
    match recovery::chosen_questions(&signed_in.context(), &signed_in.holder).await {
        Ok(chosen) => {
            let has_some = !chosen.is_empty();
            let chosen = chosen.into_iter().map(Some).collect();
            let view = QuestionsView { chosen, has_some, problem: Problem::default() };
            html(StatusCode::OK, questions_page(&state.site, signed_in.frame(), view))
        }
        Err(error) => failure(&state, error),
    }
}

pub async fn set_questions(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(pairs): PlainForm<Vec<(String, String)>>,
) -> Response {
    let value =
        |name: String| pairs.iter().find(|(one, _)| *one == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let answers: Vec<_> = (1..=MOST_QUESTIONS)
        .map(|at| (Question::from_key(&value(format!("question_{at}"))), value(format!("answer_{at}"))))
        .collect();
    let refused = match recovery::set_questions(&signed_in.context(), &signed_in.holder, &answers).await {
        Ok(()) => return Redirect::to("/account/security?questions=1").into_response(),
        Err(Error::ProofNeeded) => return ask_for_proof(QUESTIONS),
        Err(error) => Refused::of(error),
    };
    let before = recovery::chosen_questions(&signed_in.context(), &signed_in.holder).await;
    let view = QuestionsView {
        chosen: answers.into_iter().map(|(question, _)| question).collect(),
        has_some: before.is_ok_and(|before| !before.is_empty()),
        problem: refused.problem.clone(),
    };
    refused.answer(questions_page(&state.site, signed_in.frame(), view))
}

pub async fn remove_questions(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    let removed = recovery::remove_questions(&signed_in.context(), &signed_in.holder).await;
    done(&state, &signed_in, removed, "/account/security?recovery_removed=1", QUESTIONS).await
}

pub async fn alternate_email(
    State(state): State<AppState>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(ALTERNATE_EMAIL);
    }
    match shown(&state, &signed_in, query.as_deref(), None).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => failure(&state, error),
    }
}

async fn shown(
    state: &AppState,
    signed_in: &SignedIn,
    query: Option<&str>,
    came_back: Option<(AddressForm, Problem)>,
) -> domain::Result<String> {
    let stored = recovery::alternate_email(&signed_in.context(), &signed_in.holder).await?;
    let view = view(Channel::Mail, ALTERNATE_EMAIL.to_owned(), stored.sent, None, query, came_back);
    Ok(alternate_email_page(&state.site, signed_in.frame(), stored.current, stored.is_possible, view))
}

pub async fn set_alternate_email(
    State(state): State<AppState>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
    PlainForm(form): PlainForm<AddressForm>,
) -> Response {
    let (context, holder) = (signed_in.context(), &signed_in.holder);
    let sent = |sent: domain::Result<()>| sent.map(|()| ALTERNATE_EMAIL);
    let done = match form.step(Channel::Mail) {
        AddressStep::Send(address) => sent(recovery::send_alternate_email_code(&context, holder, Some(&address)).await),
        AddressStep::Again => sent(recovery::send_alternate_email_code(&context, holder, None).await),
        AddressStep::Confirm => recovery::confirm_alternate_email(&context, holder, &form.code)
            .await
            .map(|()| "/account/security?alternate=1"),
    };
    let again = |problem| shown(&state, &signed_in, query.as_deref(), Some((form, problem)));
    address_proof::answer(&state, done, ALTERNATE_EMAIL, again).await
}

pub async fn remove_alternate_email(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    let removed = recovery::remove_alternate_email(&signed_in.context(), &signed_in.holder).await;
    done(&state, &signed_in, removed, "/account/security?recovery_removed=1", ALTERNATE_EMAIL).await
}
