//! `/healthz` and `/readyz`, for whatever keeps the process running and sends it traffic.

use axum::extract::State;
use http::StatusCode;

use super::AppState;

/// 200 for as long as the process can answer at all.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// 200 when the database answers, else 503: then send the traffic to another node.
pub async fn readyz(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.roster.database.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
