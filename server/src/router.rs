//! All routes, and what every request passes on its way to them.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;

use crate::http::{
    AppState, api, audit_export, body_limit, console, cross_origin, downloads, export, health, home, impersonation,
    observe, pages, panics, request_context, security_headers, static_files,
};

/// The whole application, ready to be served or driven by a test.
pub fn router(state: AppState) -> Router {
    let on_the_way = ServiceBuilder::new()
        .layer(from_fn(observe::observe))
        // Pages and answers; the site's files lie compressed on the disk already.
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.clone(), security_headers::add))
        .layer(from_fn_with_state(state.clone(), panics::catch))
        .layer(from_fn_with_state(state.clone(), cross_origin::refuse))
        .layer(from_fn_with_state(state.clone(), body_limit::refuse))
        .layer(from_fn_with_state(state.clone(), request_context::provide))
        .layer(from_fn_with_state(state.clone(), impersonation::confine));
    Router::new()
        .route("/", get(home::home))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route(&format!("/{}/{{*file}}", state.leptos.site_pkg_dir), get(static_files::build_product))
        .merge(pages::router())
        .merge(api::router())
        .merge(console::guarded(&state, Router::new().route("/admin/audit/export", get(audit_export::export))))
        .merge(downloads::router())
        .merge(console::guarded(&state, Router::new().route("/admin/exports/{id}", get(export::download))))
        .merge(console::router(&state))
        .fallback(static_files::file_or_not_found)
        .layer(on_the_way)
        .with_state(state)
}
