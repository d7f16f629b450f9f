//! Middleware against cross-site request forgery, without tokens.
//!
//! The algorithm is that of Go's `http.CrossOriginProtection`: browsers say where a request comes
//! from (`Sec-Fetch-Site`, or `Origin` in older ones), and what says neither is no browser and so
//! carries nobody's cookies unasked.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method, StatusCode, Uri};
use url::{Origin, Url};

use super::AppState;
use super::error_answer::Asker;

/// Refuses what would change something and comes from another site.
pub async fn refuse(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !is_same_origin(request.headers(), request.uri(), &state.web.base_url.origin()) {
        let text =
            "This request came from another site, so nothing was done. Go to the page itself and try again there.";
        return Asker::of(&request).refuse(&state, StatusCode::FORBIDDEN, text);
    }
    next.run(request).await
}

fn is_same_origin(headers: &HeaderMap, uri: &Uri, own: &Origin) -> bool {
    let text = |name| headers.get(name).map(|value: &http::HeaderValue| value.to_str().unwrap_or("?"));
    match text(http::HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return true,
        Some("") | None => {}
        Some(_) => return false,
    }
    let Some(origin) = text(ORIGIN).filter(|origin| !origin.is_empty()) else {
        return true;
    };
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    let host = text(HOST).or_else(|| uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
    origin.origin() == *own || (!host.is_empty() && host_and_port(&origin).is_some_and(|named| named == host))
}

/// As a `Host` header has it: without the port when it is the scheme's own.
fn host_and_port(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn allowed(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let own = Url::parse("https://id.example.com/").unwrap().origin();
        is_same_origin(&headers, &Uri::from_static("/login"), &own)
    }

    #[test]
    fn what_browsers_say_of_the_site_decides() {
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("odd", false)]
        {
            // Even when the other headers would say otherwise.
            let headers = [("sec-fetch-site", site), ("origin", "https://id.example.com"), ("host", "id.example.com")];
            assert_eq!(allowed(&headers), expected, "{site}");
        }
    }

    #[test]
    fn older_browsers_name_the_origin() {
        assert!(allowed(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        assert!(allowed(&[("origin", "https://id.example.com"), ("host", "10.0.0.3:8080")]));
        assert!(!allowed(&[("origin", "https://evil.example"), ("host", "id.example.com")]));
        assert!(!allowed(&[("origin", "https://id.example.com.evil.example"), ("host", "id.example.com")]));
        assert!(!allowed(&[("origin", "null"), ("host", "id.example.com")]));
        assert!(!allowed(&[("origin", "http://127.0.0.1:3001"), ("host", "127.0.0.1:3000")]));
    }

    #[test]
    fn programs_say_neither() {
        assert!(allowed(&[("host", "id.example.com")]));
        assert!(allowed(&[("sec-fetch-site", ""), ("host", "id.example.com")]));
    }
}
