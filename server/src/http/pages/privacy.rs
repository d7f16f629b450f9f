//! `/account/privacy` (E6).

use app::account::privacy::privacy_page;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::answer::html;
use super::signed_in::SignedIn;
use crate::http::AppState;

pub async fn page(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    html(StatusCode::OK, privacy_page(&state.site, signed_in.frame()))
}
