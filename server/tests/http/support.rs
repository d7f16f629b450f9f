//! A server of one test: the real router on a fresh SQLite database, driven in this process.

use std::net::SocketAddr;
use std::path::PathBuf;

use app::ApiError;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use domain::testing::{self, Sqlite};
use domain::{Context, Roster, Staff};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION};
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use leptos::prelude::LeptosOptions;
use serde::Serialize;
use serde::de::DeserializeOwned;
use server::http::AppState;
use server::http::client_address::TrustedProxies;
use server::http::state::Web;
use server::places::Places;
use server_fn::ServerFn;
use tower::ServiceExt;
use types::AccountId;

/// The name that browsers know the server by.
pub const HOST_NAME: &str = "roster.test";

/// A file of the site whose name has a hash.
pub const HASHED_FILE: &str = "/pkg/roster.X7mCwoQkoZfp5cQE6B0e4g.js";

/// Made by `make.py` beside it: 192.0.2.0/24 is Zürich, Switzerland; 198.51.100.0/24 is Germany.
pub const PLACES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/places/test.mmdb");

pub struct TestServer {
    pub context: Context,
    pub state: AppState,
    router: Router,
    // Its folder goes when the test is over.
    _database: Sqlite,
}

impl TestServer {
    /// Without an Owner, reached at `http://roster.test`.
    pub async fn start() -> Self {
        Self::start_at(&format!("http://{HOST_NAME}")).await
    }

    pub async fn start_at(base_url: &str) -> Self {
        let database = testing::sqlite().await;
        let site_root = database.folder().join("site");
        write_site(&site_root);
        let leptos = LeptosOptions::builder()
            .output_name("roster")
            .site_root(site_root.to_string_lossy().into_owned())
            .site_pkg_dir("pkg")
            .build();
        let web = Web {
            base_url: base_url.parse().expect("a URL"),
            trusted_proxies: TrustedProxies::parse(["10.0.0.0/8"]).expect("a network"),
            places: Places::open(&PathBuf::from(PLACES)).expect("a database of places"),
        };
        let context = database.context.clone();
        let state = AppState::new(context.roster.clone(), leptos, web).expect("threads");
        Self { context, router: server::router(state.clone()), state, _database: database }
    }

    /// The same database, behind a server with other parts.
    pub fn with_roster(self, roster: Roster) -> Self {
        let state = AppState { roster: roster.clone(), ..self.state };
        let context = Context { roster, origin: self.context.origin };
        Self { context, router: server::router(state.clone()), state, _database: self._database }
    }

    /// With an Owner.
    pub async fn with_owner() -> (Self, Staff) {
        let server = Self::start().await;
        let owner = testing::owner(&server.context).await;
        (server, owner)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(get(path).body(Body::empty()).expect("a request")).await
    }

    pub async fn get_as(&self, session: &str, path: &str) -> Answer {
        self.send(get(path).header(COOKIE, session).body(Body::empty()).expect("a request")).await
    }

    /// A form, as a browser sends it from our own page.
    pub async fn submit(&self, path: &str, session: Option<&str>, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = post(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        if let Some(session) = session {
            request = request.header(COOKIE, session);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// A server function, as the WebAssembly client calls it.
    pub async fn call<F>(&self, session: Option<&str>, input: &F) -> (StatusCode, Result<F::Output, ApiError>)
    where
        F: ServerFn<Error = ApiError> + Serialize,
        F::Output: DeserializeOwned,
    {
        let body = serde_json::to_value(input).expect("JSON");
        let answer = self.post_json(session, F::PATH, &body).await;
        let result = if answer.status == StatusCode::OK { Ok(answer.json()) } else { Err(answer.json()) };
        (answer.status, result)
    }

    pub async fn post_json(&self, session: Option<&str>, path: &str, body: &serde_json::Value) -> Answer {
        let mut request = post(path).header(CONTENT_TYPE, "application/json").header("sec-fetch-site", "same-origin");
        if let Some(session) = session {
            request = request.header(COOKIE, session);
        }
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// A file as the body.
    pub async fn post_bytes(&self, session: Option<&str>, path: &str, body: Vec<u8>) -> Answer {
        let mut request = post(path).header(CONTENT_TYPE, "text/csv").header("sec-fetch-site", "same-origin");
        if let Some(session) = session {
            request = request.header(COOKIE, session);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// A new session of the account, as its cookie.
    pub async fn session_of(&self, account: AccountId) -> String {
        format!("roster_session={}", testing::session(&self.context, account).await)
    }
}

/// Just enough of a site for the pages to be served.
fn write_site(root: &std::path::Path) {
    std::fs::create_dir_all(root.join("pkg")).expect("a folder");
    std::fs::write(root.join("pkg/roster.css"), "body {}").expect("a file");
    std::fs::write(root.join("favicon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").expect("a file");
    let hashed = root.join(HASHED_FILE.trim_start_matches('/'));
    std::fs::write(&hashed, "export {}").expect("a file");
    std::fs::write(hashed.with_extension("js.br"), "brotli").expect("a file");
}

/// From 192.0.2.1, with the headers that everything sends.
pub fn get(path: &str) -> Builder {
    from_somewhere(Request::get(path))
}

pub fn post(path: &str) -> Builder {
    from_somewhere(Request::post(path))
}

fn from_somewhere(request: Builder) -> Builder {
    request.header(HOST, HOST_NAME).extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))))
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}: {}", self.status, self.text()))
    }
}
