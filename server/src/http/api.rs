//! `/api/**`: the server functions, with answers whose status says what went wrong.

use app::ApiError;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use server_fn::axum::server_fn_paths;
use server_fn::error::SERVER_FN_ERROR_HEADER;

use super::AppState;
use super::apart::apart;
use super::error_answer::{Asker, retry_after};

/// Errors are short; a longer answer is none.
const MOST_ERROR_BYTES: usize = 256 * 1024;

/// Every server function that is called by POST. One that answered to GET could be set off by a link,
/// so it is not mounted.
pub fn router() -> Router<AppState> {
    server_fn_paths()
        .filter(|(_, method)| method == Method::POST)
        .fold(Router::new(), |router, (path, _)| router.route(path, post(call)))
        .route("/api/{*unknown}", any(unknown))
}

async fn call(State(state): State<AppState>, mut request: Request) -> Response {
    // Other types could be sent by another site's form, without its browser asking first.
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("application/json")) {
        return Asker::ServerFunction.refuse(&state, StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send JSON.");
    }
    // Who accepts HTML would be redirected to the referrer, with the error in the address.
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    let response = apart(leptos_axum::handle_server_fns_with_context(|| {}, request)).await.into_response();
    if response.headers().contains_key(SERVER_FN_ERROR_HEADER) { with_true_status(response).await } else { response }
}

/// Server functions answer every error with 500; the error itself knows better.
async fn with_true_status(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_ERROR_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Ok(error) = serde_json::from_slice::<ApiError>(&bytes) {
        parts.status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(seconds) = retry_after(&error) {
            parts.headers.insert(RETRY_AFTER, seconds.into());
        }
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, bytes.into())
}

async fn unknown(State(state): State<AppState>) -> Response {
    Asker::ServerFunction.answer(&state, &ApiError::not_found("function"))
}
