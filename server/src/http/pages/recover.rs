//! **Forgot password**, and the link that it mails (S5).

use app::auth::link_over::{LinkNext, link_over_page};
use app::auth::recover::{ResetPasswordView, forgot_password_page, mail_is_on_its_way_page, reset_password_page};
use app::plain::{Problem, wait_in_words};
use app::ssr::RequestContext;
use axum::extract::{Extension, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::Error;
use domain::links::LinkProblem;
use domain::password_reset::{self, Asked, Resettable};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, failure, html};
use super::form::PlainForm;
use super::query;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ForgotPasswordForm {
    identifier: String,
}

pub async fn ask_page(State(state): State<AppState>) -> Response {
    html(StatusCode::OK, forgot_password_page(&state.site, String::new(), Problem::default()))
}

/// One answer for everybody.
pub async fn ask(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<ForgotPasswordForm>,
) -> Response {
    let refused = match password_reset::ask(&request.context(), &form.identifier).await {
        Ok(Asked::Noted) => return html(StatusCode::OK, mail_is_on_its_way_page(&state.site)),
        Ok(Asked::TooMany { wait_seconds }) => Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many attempts. Try again in {}.", wait_in_words(wait_seconds)),
            u32::try_from(wait_seconds.max(1)).ok(),
        ),
        Err(error) => Refused::of(error),
    };
    refused.answer(forgot_password_page(&state.site, form.identifier, refused.problem.clone()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ResetPasswordForm {
    token: String,
    password: String,
}

pub async fn page(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    RawQuery(query): RawQuery,
) -> Response {
    let token = query::value(query.as_deref(), "token").unwrap_or_default();
    show(&state, &request, token).await
}

async fn show(state: &AppState, request: &RequestContext, token: String) -> Response {
    match password_reset::look(&request.context(), &token).await {
        Ok(Ok(shown)) => html(StatusCode::OK, reset_password_page(&state.site, view(token, shown, Problem::default()))),
        Ok(Err(problem)) => over(state, problem),
        Err(error) => failure(state, error),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<ResetPasswordForm>,
) -> Response {
    let ResetPasswordForm { token, password } = form;
    let context = request.context();
    match password_reset::complete(&context, &token, &password).await {
        Ok(()) => Redirect::to("/login?reset=1").into_response(),
        Err(Error::NotFound(_)) => show(&state, &request, token).await,
        Err(error) => match password_reset::look(&context, &token).await {
            Ok(Ok(shown)) => {
                let refused = Refused::of(error);
                let view = view(token, shown, refused.problem.clone());
                refused.answer(reset_password_page(&state.site, view))
            }
            _ => failure(&state, error),
        },
    }
}

fn view(token: String, shown: Resettable, problem: Problem) -> ResetPasswordView {
    let Resettable { email, has_second_factor } = shown;
    ResetPasswordView { token, email, has_second_factor, problem }
}

fn over(state: &AppState, problem: LinkProblem) -> Response {
    let why = match problem {
        LinkProblem::Used => "It was used already.",
        LinkProblem::Expired => "It has expired.",
        LinkProblem::Replaced => "A newer link took its place: look for a later mail.",
        LinkProblem::Unknown => "It may be cut off: copy the whole address from the mail.",
    };
    html(StatusCode::GONE, link_over_page(&state.site, why, LinkNext::ForgotPassword))
}
