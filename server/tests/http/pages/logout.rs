//! `/logout`: by a button only.

use http::StatusCode;

use super::{sign_in, works};
use crate::support::TestServer;

#[tokio::test]
async fn a_link_asks_and_the_button_signs_out() {
    let (server, _) = TestServer::with_owner().await;
    let session = sign_in(&server, "owner@example.com").await;
    let page = server.get_as(&session, "/logout").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("<form method=\"post\" action=\"/logout\""), "{}", page.text());
    assert!(works(&server, &session).await);

    let answer = server.submit("/logout", Some(&session), &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/login?signed_out=1"));
    assert!(answer.header("set-cookie").starts_with("roster_session=;"), "{}", answer.header("set-cookie"));
    assert!(!works(&server, &session).await);
    assert!(server.get("/login?signed_out=1").await.text().contains("You are signed out."));
}

#[tokio::test]
async fn signing_out_twice_is_fine() {
    let (server, _) = TestServer::with_owner().await;
    assert_eq!(server.submit("/logout", None, &[]).await.location(), "/login?signed_out=1");
    assert_eq!(server.get("/logout").await.location(), "/login");
}
