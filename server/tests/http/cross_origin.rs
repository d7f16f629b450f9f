//! Requests that other sites make in a visitor's name (CSRF).

use app::admin::api::GetViewer;
use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{Method, Request, StatusCode};
use server_fn::ServerFn;

use crate::support::{Answer, TestServer, get, post};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn only_our_own_pages_may_change_things() {
    let (server, owner) = TestServer::with_owner().await;
    let send = async |path: &str, kind: &str, headers: &[(&str, &str)]| -> Answer {
        let session = server.session_of(owner.account).await;
        let mut request = post(path).header(CONTENT_TYPE, kind).header(COOKIE, session);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        server.send(request.body(Body::from("{}")).unwrap()).await
    };
    let cases: [(&[(&str, &str)], bool); 10] = [
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", "http://roster.test")], false),
        (&[("origin", "http://roster.test")], true),
        (&[("origin", "http://evil.example")], false),
        (&[("origin", "http://roster.test.evil.example")], false),
        (&[("origin", "null")], false),
        (&[], true),
    ];
    for (headers, allowed) in cases {
        for (path, kind) in
            [(GetViewer::PATH, "application/json"), ("/login", FORM), ("/logout", FORM), ("/account", FORM)]
        {
            let answer = send(path, kind, headers).await;
            let refused = answer.status == StatusCode::FORBIDDEN && answer.text().contains("came from another site");
            assert_eq!(refused, !allowed, "{path} with {headers:?}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn links_from_other_sites_still_open_pages() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    let request = get("/account").header(COOKIE, session).header("sec-fetch-site", "cross-site");
    assert_eq!(server.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn odd_methods_are_no_way_around_it() {
    let server = TestServer::start().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = Request::builder().method(&method).uri("/login").header("sec-fetch-site", "cross-site");
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method}");
    }
}
