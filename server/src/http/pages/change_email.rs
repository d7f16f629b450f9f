//! **Change email** (E1), and the link that confirms the new address.

use app::account::change_email::{ChangeEmailView, change_email_page};
use app::auth::link_over::{LinkNext, link_over_page};
use app::auth::recover::confirm_email_page;
use app::plain::message_page;
use app::ssr::RequestContext;
use axum::extract::{Extension, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::links::LinkProblem;
use domain::{Error, account};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, failure, html};
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ChangeEmailForm {
    email: String,
    current_password: String,
}

pub async fn page(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    match account::pending_email(&signed_in.context(), &signed_in.holder).await {
        Ok(pending) => {
            let current = signed_in.holder.email.clone();
            let view = ChangeEmailView { current, pending, ..ChangeEmailView::default() };
            html(StatusCode::OK, change_email_page(&state.site, signed_in.frame(), view))
        }
        Err(error) => failure(&state, error),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<ChangeEmailForm>,
) -> Response {
    let context = signed_in.context();
    let asked = account::request_email_change(&context, &signed_in.holder, &form.email, &form.current_password).await;
    match asked {
        Ok(()) => Redirect::to("/account?email_change=1").into_response(),
        Err(error) => {
            let refused = Refused::of(error);
            let view = ChangeEmailView {
                current: signed_in.holder.email.clone(),
                email: form.email,
                pending: None,
                problem: refused.problem.clone(),
            };
            refused.answer(change_email_page(&state.site, signed_in.frame(), view))
        }
    }
}

pub async fn withdraw(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    match account::withdraw_email_change(&signed_in.context(), &signed_in.holder).await {
        Ok(()) => Redirect::to("/account?email_change_withdrawn=1").into_response(),
        Err(error) => failure(&state, error),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    token: String,
}

pub async fn confirm_page(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    RawQuery(query): RawQuery,
) -> Response {
    let token = query::value(query.as_deref(), "token").unwrap_or_default();
    show(&state, &request, token).await
}

async fn show(state: &AppState, request: &RequestContext, token: String) -> Response {
    match account::look_email_change(&request.context(), &token).await {
        Ok(Ok(email)) => html(StatusCode::OK, confirm_email_page(&state.site, token, email)),
        Ok(Err(problem)) => {
            let why = match problem {
                LinkProblem::Used => "It was used already: your address is changed.",
                LinkProblem::Expired => "It has expired. Ask for a new one in your account.",
                LinkProblem::Replaced => "A later change took its place.",
                LinkProblem::Unknown => "It may be cut off: copy the whole address from the mail.",
            };
            html(StatusCode::GONE, link_over_page(&state.site, why, LinkNext::ChangeEmail))
        }
        Err(error) => failure(state, error),
    }
}

pub async fn confirm(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<ConfirmForm>,
) -> Response {
    match account::confirm_email_change(&request.context(), &form.token).await {
        Ok(()) => {
            let text = "From now on you sign in with the new address. Both addresses were told.";
            let onward = Some(("/account", "Go to your account"));
            html(StatusCode::OK, message_page(&state.site, "Your email address is changed", text.to_owned(), onward))
        }
        Err(Error::NotFound(_)) => show(&state, &request, form.token).await,
        Err(error) => failure(&state, error),
    }
}
