//! First run (R6): the one-time link's page, which makes the Owner.

use app::auth::setup::{SetupView, setup_link_page, setup_page};
use app::plain::Problem;
use app::ssr::RequestContext;
use axum::extract::{Extension, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, setup};
use http::StatusCode;
use serde::Deserialize;
use types::accounts::AccountForm;

use super::answer::{Refused, failure, html, signed_in};
use super::form::PlainForm;
use super::query;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetupForm {
    token: String,
    email: String,
    username: String,
    first_name: String,
    last_name: String,
    password: String,
}

pub async fn page(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    RawQuery(query): RawQuery,
) -> Response {
    match setup::is_done(request.database().read()).await {
        Ok(true) => return Redirect::to("/login").into_response(),
        Ok(false) => {}
        Err(error) => return failure(&state, error),
    }
    let Some(token) = query::value(query.as_deref(), "token") else {
        return html(StatusCode::NOT_FOUND, setup_link_page(&state.site));
    };
    match setup::is_valid(&request.context(), &token).await {
        Ok(true) => html(StatusCode::OK, setup_page(&state.site, SetupView { token, ..SetupView::default() })),
        Ok(false) => html(StatusCode::GONE, setup_link_page(&state.site)),
        Err(error) => failure(&state, error),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<SetupForm>,
) -> Response {
    let SetupForm { token, email, username, first_name, last_name, password } = form;
    let form = AccountForm { email, username, first_name, last_name, ..AccountForm::default() };
    match setup::complete(&request.context(), &token, &form, &password).await {
        Ok(session) => signed_in(&state, &session, "/admin"),
        Err(Error::NotFound(_)) => link_is_over(&state, &request).await,
        Err(error) => {
            let refused = Refused::of(error);
            let problem: Problem = refused.problem.clone();
            refused.answer(setup_page(&state.site, SetupView { token, form, problem }))
        }
    }
}

/// Somebody else was first, or the link was never one.
async fn link_is_over(state: &AppState, request: &RequestContext) -> Response {
    match setup::is_done(request.database().read()).await {
        Ok(true) => Redirect::to("/login?set_up=1").into_response(),
        Ok(false) => html(StatusCode::GONE, setup_link_page(&state.site)),
        Err(error) => failure(state, error),
    }
}
