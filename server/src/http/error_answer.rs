//! Errors in the form that whoever asked can use: JSON for server functions, a page for people.

use app::ApiError;
use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{HeaderValue, RETRY_AFTER};
use http::{HeaderName, StatusCode};

use super::{AppState, pages};

/// Server functions' clients look for this header beside an error.
const SERVER_FUNCTION_ERROR: HeaderName = HeaderName::from_static("serverfnerror");

/// While the database is away, browsers may try again after so many seconds.
const UNAVAILABLE_SECONDS: u32 = 5;

/// Whom an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    ServerFunction,
    Browser,
}

impl Asker {
    pub fn of(request: &Request) -> Self {
        if request.uri().path().starts_with("/api/") { Self::ServerFunction } else { Self::Browser }
    }

    /// The error with its own status.
    pub fn answer(self, state: &AppState, error: &ApiError) -> Response {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.answer_with(state, status, error)
    }

    /// A refusal before anybody looked at what was asked.
    pub fn refuse(self, state: &AppState, status: StatusCode, text: &str) -> Response {
        self.answer_with(state, status, &ApiError::BadRequest { message: text.to_owned() })
    }

    fn answer_with(self, state: &AppState, status: StatusCode, error: &ApiError) -> Response {
        let mut response = match self {
            Self::ServerFunction => (status, Json(error)).into_response(),
            Self::Browser => pages::error_page(state, status, title(status), &error.to_string()),
        };
        if self == Self::ServerFunction {
            response.headers_mut().insert(SERVER_FUNCTION_ERROR, HeaderValue::from_static(""));
        }
        if let Some(seconds) = retry_after(error) {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Seconds after which the same request may succeed.
pub fn retry_after(error: &ApiError) -> Option<u32> {
    match error {
        ApiError::Busy { retry_after_seconds } => Some(*retry_after_seconds),
        ApiError::Unavailable => Some(UNAVAILABLE_SECONDS),
        _ => None,
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "No such page",
        StatusCode::METHOD_NOT_ALLOWED => "Not done this way",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::SERVICE_UNAVAILABLE => "Just a moment",
        StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
        _ => "This did not work",
    }
}
