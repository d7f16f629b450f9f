//! Errors as a page in the look of the sign-in page.

use app::plain::message_page;
use axum::response::Response;
use http::StatusCode;

use super::answer::html;
use crate::http::AppState;

/// One sentence about what happened and, when it is an error, the way back. It needs no database.
pub fn error_page(state: &AppState, status: StatusCode, title: &'static str, text: &str) -> Response {
    let is_error = status.is_client_error() || status.is_server_error();
    let way_back = is_error.then_some(("/", "Go to the start page"));
    html(status, message_page(&state.site, title, text.to_owned(), way_back))
}
