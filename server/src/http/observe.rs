//! Middleware: a name for every request, and one line in the log when it is answered.
//!
//! The line has the route, never the query, the body, cookies or what was typed into an address.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tracing::Instrument;

/// What finds a request in the log.
#[derive(Clone)]
pub struct RequestId(pub Arc<str>);

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, answers with the name in `X-Request-Id`, and logs the answer.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id: Arc<str> = app::ssr::new_reference().into();
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!("request", id = &*id);
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    let route = route.as_ref().map_or("(no route)", MatchedPath::as_str);
    let status = response.status().as_u16();
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let milliseconds = (milliseconds * 100.0).round() / 100.0;
    let _entered = span.entered();
    match route {
        "/healthz" | "/readyz" | "/pkg/{*file}" => tracing::debug!(%method, route, status, milliseconds, "answered"),
        _ => tracing::info!(%method, route, status, milliseconds, "answered"),
    }
    response
}
