//! The site's files: scripts, WebAssembly, styles, icons; and the answer for what is nowhere.

use app::ApiError;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, HeaderValue, VARY};
use http::{Method, StatusCode};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::AppState;
use super::error_answer::Asker;
use super::return_to::safe_return_to;

/// A file whose name says what is in it never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// One of ours under a lasting name, such as the icon.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// A build product under a lasting name: ask each time whether it is still the same.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// cargo-leptos puts an MD5 sum in base64url, 22 characters, between two dots of the name.
const HASH_CHARACTERS: usize = 22;

/// What file systems take: a name of 255 bytes, with `.br` or `.gz` behind it.
const MOST_NAME_BYTES: usize = 255 - ".br".len();
/// Less than the 4,096 bytes of a path on Linux, with room for the site's folder before it.
const MOST_PATH_BYTES: usize = 1024;

/// `/pkg/…`: what the build made.
pub async fn build_product(State(state): State<AppState>, request: Request) -> Response {
    let kept = if has_hash(request.uri().path()) { FOREVER } else { ASK_FIRST };
    serve(&state, request, kept).await
}

/// Everything that no other route answers: a file of the site, or the page that says there is none.
pub async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    if let Some(path) = without_trailing_slash(&request) {
        return Redirect::permanent(&path).into_response();
    }
    serve(&state, request, AN_HOUR).await
}

/// `.br` and `.gz` beside a file are used when the browser takes them.
async fn serve(state: &AppState, request: Request, kept: HeaderValue) -> Response {
    let asker = Asker::of(&request);
    let not_found = || asker.answer(state, &ApiError::not_found("page"));
    if !matches!(*request.method(), Method::GET | Method::HEAD) || is_too_long(request.uri().path()) {
        return not_found();
    }
    let files = ServeDir::new(&*state.leptos.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let Ok(answer) = files.oneshot(request).await;
    match answer.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
            let mut response = answer.into_response();
            response.headers_mut().insert(CACHE_CONTROL, kept);
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
            response
        }
        StatusCode::NOT_FOUND => not_found(),
        StatusCode::INTERNAL_SERVER_ERROR => {
            tracing::error!("a file of the site cannot be read");
            not_found()
        }
        _ => answer.into_response(),
    }
}

/// Whether no file can be called that, so that the file system need not say so.
fn is_too_long(path: &str) -> bool {
    path.len() > MOST_PATH_BYTES || path.split('/').any(|name| name.len() > MOST_NAME_BYTES)
}

fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split('.').any(|part| {
        part.len() == HASH_CHARACTERS && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            // The name of the module loader before it gets its hash.
            && part.bytes().any(|byte| byte != b'_')
    })
}

/// Where `/account/` means `/account`.
fn without_trailing_slash(request: &Request) -> Option<String> {
    let uri = request.uri();
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let whole = format!("{path}{query}");
    safe_return_to(&whole).is_some().then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_hashed_names() {
        for hashed in [
            "/pkg/roster.X7mCwoQkoZfp5cQE6B0e4g.js",
            "/pkg/__wasm_split.X7mCwoQkoZfp5cQE6B0e4g.js",
            "/pkg/chunk_0.-_mCwoQkoZfp5cQE6B0e4g.wasm",
        ] {
            assert!(has_hash(hashed), "{hashed}");
        }
        for lasting in
            ["/pkg/roster.js", "/pkg/__wasm_split.______________________.js", "/pkg/X7mCwoQkoZfp5cQE6B0e4g/roster.js"]
        {
            assert!(!has_hash(lasting), "{lasting}");
        }
    }

    #[test]
    fn a_trailing_slash_is_dropped_within_this_site_only() {
        let to = |uri: &str| without_trailing_slash(&Request::get(uri).body(axum::body::Body::empty()).unwrap());
        assert_eq!(to("/account/?x=1").as_deref(), Some("/account?x=1"));
        assert_eq!(to("//evil.example/"), None);
        assert_eq!(to("/"), None);
        assert_eq!(to("/account"), None);
    }
}
