//! The site's files.

use axum::body::Body;
use http::StatusCode;

use crate::logged::Logged;
use crate::support::{HASHED_FILE, TestServer, get};

#[tokio::test]
async fn hashed_files_are_kept_for_good_and_others_for_a_while() {
    let server = TestServer::start().await;
    for (path, kept) in [
        (HASHED_FILE, "public, max-age=31536000, immutable"),
        ("/pkg/roster.css", "no-cache"),
        ("/favicon.svg", "public, max-age=3600"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, kept), "{path}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{path}");
    }
}

#[tokio::test]
async fn the_compressed_file_is_sent_to_who_takes_it() {
    let server = TestServer::start().await;
    let answer = server.send(get(HASHED_FILE).header("accept-encoding", "gzip, br").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-encoding"), "br");
    assert_eq!(answer.text(), "brotli");
    assert!(answer.header("content-type").contains("javascript"));
    assert_eq!(server.get(HASHED_FILE).await.text(), "export {}");
}

#[tokio::test]
async fn nothing_outside_the_site_can_be_reached() {
    let server = TestServer::start().await;
    for path in
        ["/../roster.db", "/pkg/../../roster.db", "/%2e%2e/roster.db", "/pkg/..%2f..%2froster.db", "/pkg", "/pkg/"]
    {
        let answer = server.get(path).await;
        assert!(!answer.status.is_success(), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_name_that_no_file_can_have_is_not_found_and_no_error() {
    let logged = Logged::begin();
    let server = TestServer::start().await;
    for path in [
        format!("/{}", "x".repeat(300)),
        format!("/pkg/{}.js", "x".repeat(300)),
        // With `.br` behind it.
        format!("/{}", "x".repeat(253)),
        format!("/{}", "x/".repeat(3000) + "x"),
    ] {
        let answer = server.send(get(&path).header("accept-encoding", "br, gzip").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", path.len());
        assert!(answer.header("content-type").starts_with("text/html"), "{}", path.len());
    }
    let log = logged.text();
    assert!(log.contains("INFO") && !log.contains("ERROR"), "{log}");
}
