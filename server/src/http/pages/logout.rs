//! Signing out: by a button, never by a link.

use app::auth::logout::logout_page;
use app::ssr::RequestContext;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, sessions};
use http::StatusCode;

use super::answer::{failure, home, html, signed_out};
use crate::http::AppState;

pub async fn page(State(state): State<AppState>, Extension(request): Extension<RequestContext>) -> Response {
    match request.holder().await {
        Ok(holder) => html(StatusCode::OK, logout_page(&state.site, holder.name.clone(), home(holder.is_staff()))),
        Err(Error::SignIn) => Redirect::to("/login").into_response(),
        Err(error) => failure(&state, error),
    }
}

/// Signing out twice is fine; while the database is away the session stays, and the page says so.
pub async fn submit(State(state): State<AppState>, Extension(request): Extension<RequestContext>) -> Response {
    let ended = match request.holder().await {
        Ok(holder) => sessions::sign_out(&request.context(), &holder).await,
        Err(Error::SignIn) => Ok(()),
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => signed_out(&state, "/login?signed_out=1"),
        Err(error) => failure(&state, error),
    }
}
