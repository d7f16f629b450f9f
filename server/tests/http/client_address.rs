//! `X-Forwarded-For` of a proxy that nobody has named.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;

use crate::logged::Logged;
use crate::support::{HOST_NAME, TestServer};

#[tokio::test]
async fn an_operator_behind_a_proxy_learns_once_that_it_is_to_be_named() {
    let logged = Logged::begin();
    let server = TestServer::start().await;
    let ask = async |peer: [u8; 4], forwarded: &str| {
        let request = Request::get("/login").header("host", HOST_NAME).header("x-forwarded-for", forwarded);
        let request = request.extension(ConnectInfo(SocketAddr::from((peer, 4711))));
        server.send(request.body(Body::empty()).unwrap()).await;
    };
    let warnings = || logged.text().matches("ROSTER_TRUSTED_PROXIES").count();
    // A proxy that is named, and what is no address.
    for (peer, forwarded) in [([10, 0, 0, 7], "198.51.100.7"), ([127, 0, 0, 1], ""), ([127, 0, 0, 1], "unknown")] {
        ask(peer, forwarded).await;
    }
    assert_eq!(warnings(), 0, "{}", logged.text());
    for at in 0..3 {
        ask([127, 0, 0, 1], &format!("198.51.100.{at}")).await;
    }
    assert_eq!(warnings(), 1, "{}", logged.text());
    assert!(logged.text().contains("WARN") && !logged.text().contains("198.51.100"), "{}", logged.text());
}
