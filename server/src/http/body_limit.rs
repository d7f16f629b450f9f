//! Middleware: a request of more than a megabyte is refused with a sentence, uploads aside.
//!
//! The body is read before anybody asks who is calling: a request that is held back halfway must not
//! act with a session that has ended meanwhile.

use std::time::Duration;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use tokio::time::timeout;

use super::AppState;
use super::downloads::UPLOAD_PATH;
use super::error_answer::Asker;

/// Room for every form and for a selection of some ten thousand ids.
pub const MOST_BYTES: usize = 1024 * 1024;
/// A megabyte comes within this over the slowest telephone.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// Answers 413 by what the request says of its size, or, when it says nothing, by reading it.
pub async fn refuse(State(state): State<AppState>, request: Request, next: Next) -> Response {
    // That route counts as it reads, and is for staff only.
    if request.uri().path() == UPLOAD_PATH {
        return next.run(request).await;
    }
    let asker = Asker::of(&request);
    let too_large = || {
        let text = "The request is larger than 1 MB, so nothing was done. Send less at once.";
        asker.refuse(&state, StatusCode::PAYLOAD_TOO_LARGE, text)
    };
    let size = request.body().size_hint();
    if size.lower() > MOST_BYTES as u64 {
        return too_large();
    }
    if size.exact() == Some(0) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match timeout(READ_WITHIN, to_bytes(body, MOST_BYTES)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => too_large(),
        Err(_) => {
            let text = "The request took too long to arrive, so nothing was done. Try again.";
            asker.refuse(&state, StatusCode::REQUEST_TIMEOUT, text)
        }
    }
}
