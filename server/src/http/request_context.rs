//! Middleware: gives every request its [`RequestContext`].

use std::net::SocketAddr;
use std::sync::Arc;

use app::ssr::RequestContext;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Origin;
use domain::devices::Browser;
use http::header::{SET_COOKIE, USER_AGENT};

use super::AppState;
use super::browser_label::browser_label;
use super::observe::RequestId;
use crate::places::Place;

/// The session cookie, the client's address, place, browser and device; the first is not looked up
/// yet, the rest is worked out when something is written. A session's new token goes out with the answer.
pub async fn provide(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let address = peer.map(|peer| state.web.trusted_proxies.client(peer, request.headers()));
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let device = state.device_cookie.read(request.headers()).map(str::to_owned);
    let (web, sealer) = (Arc::clone(&state.web), state.roster.sealer.clone());
    let origin = Box::new(move || {
        let Place { name, country } = address.map(|address| web.places.of(address)).unwrap_or_default();
        Origin {
            ip: address.map(|address| address.to_string()),
            browser: user_agent.as_deref().and_then(browser_label),
            place: name,
            country,
            device: device.and_then(|cookie| Browser::of_cookie(&sealer, &cookie)),
        }
    });
    // While it lasts, impersonation is the session of every request.
    let impersonation = state.impersonation_cookie.read(request.headers());
    let is_impersonation = impersonation.is_some();
    let token = impersonation.or_else(|| state.cookie.read(request.headers())).map(str::to_owned);
    let reference = request.extensions().get::<RequestId>().map_or_else(|| Arc::from(""), |id| Arc::clone(&id.0));
    let context = RequestContext::new(state.roster, origin, token, is_impersonation, reference);
    request.extensions_mut().insert(context.clone());
    let mut response = next.run(request).await;
    if let Some(Ok(cookie)) = context.renewed().map(|renewed| state.cookie.renew(renewed)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
