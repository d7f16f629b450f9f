//! Middleware: what impersonation may open (A11). Whatever is not named here is refused, so that a new
//! page or function is closed to it until somebody decides otherwise.

use app::ApiError;
use app::account::impersonation::confined_page;
use app::ssr::RequestContext;
use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::{Method, StatusCode};

use super::AppState;
use super::error_answer::Asker;

/// Where it is ended.
pub const IMPERSONATION_PAGE: &str = "/account/impersonation";

/// Pages of the account that change nothing by being read, and show no secret.
const PAGES: [&str; 5] =
    ["/account", "/account/security", "/account/sessions", "/account/activity", "/account/privacy"];

/// Lets reading pass, and the end of the impersonation.
pub async fn confine(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    request: Request,
    next: Next,
) -> Response {
    if !context.is_impersonation() || may_pass(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    match Asker::of(&request) {
        Asker::ServerFunction => {
            let error = ApiError::not_allowed("Nothing can be done while you impersonate somebody. End that first.");
            Asker::ServerFunction.answer(&state, &error)
        }
        Asker::Browser => (StatusCode::FORBIDDEN, Html(confined_page(&state.site))).into_response(),
    }
}

fn may_pass(method: &Method, path: &str) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let is_page = PAGES.contains(&path);
    // Files of the site: those at its root have an extension.
    let is_file = path.starts_with("/pkg/") || path.contains('.') && path.rfind('/') == Some(0);
    let is_health = matches!(path, "/healthz" | "/readyz");
    path == IMPERSONATION_PAGE || reads && (is_page || is_file || is_health)
}
