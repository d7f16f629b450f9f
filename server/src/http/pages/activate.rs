//! The link of an activation mail (O1–O3).

use app::auth::activate::{ActivateView, activate_page};
use app::auth::link_over::{LinkNext, link_over_page};
use app::plain::message_page;
use app::ssr::RequestContext;
use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use domain::links::LinkProblem;
use domain::sign_in::SignIn;
use domain::{Error, activation};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, failure, html, sign_in_begun};
use super::form::PlainForm;
use super::query;
use super::unfinished::{finished, step_page};
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ActivateForm {
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
    match activation::look(&request.context(), &token).await {
        Ok(Ok(invited)) => {
            let view = ActivateView { token, name: invited.name, email: invited.email, ..ActivateView::default() };
            html(StatusCode::OK, activate_page(&state.site, view))
        }
        Ok(Err(problem)) => over(state, problem, token),
        Err(error) => failure(state, error),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<ActivateForm>,
) -> Response {
    let ActivateForm { token, password } = form;
    let context = request.context();
    match activation::complete(&context, &token, &password, request.token()).await {
        Ok(SignIn::Done(session)) => finished(&state, &session, None).await,
        Ok(SignIn::Unfinished(begun)) => sign_in_begun(&state, &begun, step_page(begun.step)),
        Err(Error::NotFound(_)) => show(&state, &request, token).await,
        Err(error) => match activation::look(&context, &token).await {
            Ok(Ok(invited)) => {
                let refused = Refused::of(error);
                let problem = refused.problem.clone();
                let view = ActivateView { token, name: invited.name, email: invited.email, problem };
                refused.answer(activate_page(&state.site, view))
            }
            _ => failure(&state, error),
        },
    }
}

/// **Send me a new mail**: the same answer whether there was one to send.
pub async fn again(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<ActivateForm>,
) -> Response {
    match activation::send_again(&request.context(), &form.token).await {
        Ok(()) => {
            let text = "A mail with a new link is on its way. It may take a minute; the links of earlier mails do not work any more.";
            html(StatusCode::OK, message_page(&state.site, "Look into your mailbox", text.to_owned(), None))
        }
        Err(error) => failure(&state, error),
    }
}

fn over(state: &AppState, problem: LinkProblem, token: String) -> Response {
    let (why, next) = match problem {
        LinkProblem::Used => ("It was used already: your account is active.", LinkNext::SignIn),
        LinkProblem::Expired => ("It has expired. We can mail you a new one.", LinkNext::ActivateAgain { token }),
        LinkProblem::Replaced => (
            "A newer link took its place: look for a later mail. Or we mail you a new one.",
            LinkNext::ActivateAgain { token },
        ),
        LinkProblem::Unknown => (
            "It may be cut off: copy the whole address from the mail. Otherwise ask your administrator for a new one.",
            LinkNext::SignIn,
        ),
    };
    html(StatusCode::GONE, link_over_page(&state.site, why, next))
}
