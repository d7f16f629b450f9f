//! Errors as a page in the look of the sign-in page.

use app::plain::message_page;
use axum::response::Response;
use http::StatusCode;

use super::answer::html;
use crate::http::AppState;

/// One sentence about what happened, and the way back. It needs no database.
pub fn error_page(state: &AppState, status: StatusCode, title: &'static str, text: &str) -> Response {
    html(status, message_page(&state.site, title, vec![text.to_owned()], Some(("/", "Go to the start page"))))
}
