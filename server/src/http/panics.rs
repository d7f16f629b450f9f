//! Middleware: a bug in one request is an answer with a reference, not a broken connection.

use std::panic::AssertUnwindSafe;

use app::ApiError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;

use super::AppState;
use super::error_answer::Asker;
use super::observe::RequestId;

/// Answers 500 in place of a panic. What it was is in the log, under the reference.
pub async fn catch(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let asker = Asker::of(&request);
    let reference = request.extensions().get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
    // Nothing of the request is looked at after a panic.
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(reference, "a request panicked");
            asker.answer(&state, &ApiError::Internal { reference })
        }
    }
}

/// Panics go to the log like everything else, with the place and what was said.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or_default();
        tracing::error!(place, message, "panic");
    }));
}
