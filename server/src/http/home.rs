//! `/`: to where whoever asks belongs.

use app::ssr::RequestContext;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, setup};
use http::StatusCode;

use super::error_answer::Asker;
use super::{AppState, pages};

/// Staff to the console, others to their account, strangers to sign-in; before there is an Owner, to
/// the link in the log.
pub async fn home(State(state): State<AppState>, Extension(request): Extension<RequestContext>) -> Response {
    match request.holder().await {
        Ok(holder) => Redirect::to(if holder.is_staff() { "/admin" } else { "/account" }).into_response(),
        Err(Error::SignIn) => before_sign_in(&state, &request).await,
        Err(error) => Asker::Browser.answer(&state, &error.into()),
    }
}

async fn before_sign_in(state: &AppState, request: &RequestContext) -> Response {
    match setup::is_done(request.database().read()).await {
        Ok(true) => Redirect::to("/login").into_response(),
        Ok(false) => {
            let text = "There is no Owner yet. Open the one-time set-up link that Roster printed to its log when it \
                started. When it is older than a day, restart Roster for a new one.";
            pages::error_page(state, StatusCode::OK, "Set up Roster", text)
        }
        Err(error) => Asker::Browser.answer(state, &error.into()),
    }
}
