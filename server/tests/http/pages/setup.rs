//! `/setup` (R6): the link in the log makes the Owner, once.

use domain::setup;
use domain::testing::PASSWORD;
use http::StatusCode;

use super::{cookie_of, is_wrong_at, value_of};
use crate::support::{Answer, TestServer};

async fn new_token(server: &TestServer) -> String {
    setup::new_link(&server.context).await.unwrap().unwrap().expose().to_owned()
}

async fn complete(server: &TestServer, token: &str, email: &str, password: &str) -> Answer {
    let fields = [("token", token), ("email", email), ("first_name", "Ada <script>"), ("password", password)];
    server.submit("/setup", None, &fields).await
}

#[tokio::test]
async fn the_link_makes_a_signed_in_owner_and_is_used_up() {
    let server = TestServer::start().await;
    let token = new_token(&server).await;
    let page = server.get(&format!("/setup?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(value_of(&page, "token"), Some(&*token));
    assert!(page.text().contains("<meta name=\"referrer\" content=\"strict-origin\""), "{}", page.text());

    let answer = complete(&server, &token, "ada@example.com", PASSWORD).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/admin"));
    let session = cookie_of(&answer);
    assert_eq!(server.get_as(&session, "/login").await.location(), "/admin");

    assert_eq!(server.get(&format!("/setup?token={token}")).await.location(), "/login");
    let again = complete(&server, &token, "eve@example.com", PASSWORD).await;
    assert_eq!(again.location(), "/login?set_up=1");
    assert!(again.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn of_two_at_once_one_becomes_the_owner() {
    let server = TestServer::start().await;
    let token = new_token(&server).await;
    let (one, other) = tokio::join!(
        complete(&server, &token, "ada@example.com", PASSWORD),
        complete(&server, &token, "eve@example.com", PASSWORD)
    );
    let mut onward = [one.location(), other.location()];
    onward.sort_unstable();
    assert_eq!(onward, ["/admin", "/login?set_up=1"]);
    assert_eq!([&one, &other].iter().filter(|answer| answer.headers.contains_key("set-cookie")).count(), 1);
}

#[tokio::test]
async fn wrong_fields_come_back_with_what_was_typed() {
    let server = TestServer::start().await;
    let token = new_token(&server).await;
    let page = complete(&server, &token, "not an address", "too short").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&page, "email") && is_wrong_at(&page, "password") && !is_wrong_at(&page, "first_name"));
    assert_eq!(value_of(&page, "email"), Some("not an address"));
    assert_eq!(value_of(&page, "first_name"), Some("Ada &lt;script&gt;"));
    assert_eq!(value_of(&page, "token"), Some(&*token));
    assert!(!page.text().contains("too short") && !page.text().contains("<script>"), "{}", page.text());
    // The link still works.
    assert_eq!(complete(&server, &token, "ada@example.com", PASSWORD).await.location(), "/admin");
}

#[tokio::test]
async fn a_link_that_does_not_work_says_what_to_do() {
    let server = TestServer::start().await;
    let old = new_token(&server).await;
    server.context.clock.advance_seconds(24 * 60 * 60 + 1);
    let forged = "A".repeat(43);
    let pages = [
        (server.get("/setup").await, StatusCode::NOT_FOUND),
        (server.get("/setup?token=").await, StatusCode::GONE),
        (server.get(&format!("/setup?token={old}")).await, StatusCode::GONE),
        (server.get(&format!("/setup?token={forged}")).await, StatusCode::GONE),
        (complete(&server, &old, "ada@example.com", PASSWORD).await, StatusCode::GONE),
        (complete(&server, "", "ada@example.com", PASSWORD).await, StatusCode::GONE),
    ];
    for (page, status) in pages {
        assert_eq!(page.status, status);
        assert!(page.text().contains("log") && page.text().contains("roster admin create"), "{}", page.text());
        assert!(page.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn with_an_owner_there_is_no_set_up() {
    let (server, _) = TestServer::with_owner().await;
    for path in ["/setup", "/setup?token=x"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/login"), "{path}");
    }
    assert_eq!(complete(&server, "x", "eve@example.com", PASSWORD).await.location(), "/login?set_up=1");
    assert!(server.get("/login?set_up=1").await.text().contains("set up already"));
}
