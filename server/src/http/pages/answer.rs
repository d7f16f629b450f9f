//! The answers that plain pages give: a page, a redirect, a form that comes back.

use app::ApiError;
use app::plain::Problem;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::Error;
use domain::sessions::NewSession;
use domain::sign_in::NewPreSession;
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};
use types::FieldErrors;

use crate::http::AppState;
use crate::http::error_answer::{Asker, retry_after};

/// Where staff begin, and where everybody else does.
pub fn home(is_staff: bool) -> &'static str {
    if is_staff { "/admin" } else { "/account" }
}

pub fn html(status: StatusCode, page: String) -> Response {
    (status, Html(page)).into_response()
}

/// The error as a page of its own.
pub fn failure(state: &AppState, error: Error) -> Response {
    Asker::Browser.answer(state, &ApiError::from(error))
}

/// A redirect that gives the browser its new session.
pub fn signed_in(state: &AppState, session: &NewSession, to: &str) -> Response {
    match (state.cookie.set(session), state.device_cookie.set(session)) {
        (Ok(cookie), Ok(device)) => {
            let mut response = with_cookie(to, cookie);
            response.headers_mut().append(SET_COOKIE, device);
            response
        }
        (Err(error), _) | (_, Err(error)) => failure(state, Error::Internal(format!("the session cookie: {error}"))),
    }
}

/// A redirect that takes the session from the browser.
pub fn signed_out(state: &AppState, to: &str) -> Response {
    with_cookie(to, state.cookie.clear())
}

pub fn with_cookie(to: &str, cookie: HeaderValue) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// A redirect to the next step of a sign-in that has just begun.
pub fn sign_in_begun(state: &AppState, begun: &NewPreSession, to: &str) -> Response {
    match state.sign_in_cookie.set(begun) {
        Ok(cookie) => with_cookie(to, cookie),
        Err(error) => failure(state, Error::Internal(format!("the sign-in cookie: {error}"))),
    }
}

/// A redirect that gives the browser its new session in the place of the unfinished sign-in.
pub fn sign_in_finished(state: &AppState, session: &NewSession, to: &str) -> Response {
    let mut response = signed_in(state, session, to);
    response.headers_mut().append(SET_COOKIE, state.sign_in_cookie.clear());
    response
}

/// Why a form comes back, and with which status.
pub struct Refused {
    pub problem: Problem,
    status: StatusCode,
    retry_after: Option<u32>,
}

impl Refused {
    pub fn of(error: Error) -> Self {
        let error = ApiError::from(error);
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = retry_after(&error);
        let problem = match error {
            ApiError::Invalid { errors } => Problem::of_fields(errors),
            other => Problem::of_all(other.to_string()),
        };
        Self { problem, status, retry_after }
    }

    /// A refusal that is not an error of the domain.
    pub fn new(status: StatusCode, message: impl Into<String>, retry_after: Option<u32>) -> Self {
        Self { problem: Problem::of_all(message), status, retry_after }
    }

    /// The same about one field.
    pub fn at_field(status: StatusCode, field: &str, message: impl Into<String>) -> Self {
        Self { problem: Problem::of_fields(FieldErrors::one(field, message)), status, retry_after: None }
    }

    /// The form, made with [`Self::problem`].
    pub fn answer(&self, page: String) -> Response {
        let mut response = html(self.status, page);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
