//! `/account` (E1).

use domain::testing;
use http::StatusCode;

use super::{is_wrong_at, value_of};
use crate::support::TestServer;

#[tokio::test]
async fn the_names_are_saved_and_shown() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    let session = server.session_of(person).await;
    let fields = [("first_name", " Ada"), ("last_name", "O'Brien <script>")];
    let answer = server.submit("/account", Some(&session), &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account?saved=1"));
    let page = server.get_as(&session, "/account?saved=1").await;
    assert!(page.text().contains("Saved.") && page.text().contains("person@example.com"), "{}", page.text());
    assert_eq!(value_of(&page, "first_name"), Some("Ada"));
    assert!(!page.text().contains("<script") && page.text().contains("O'Brien &lt;script&gt;"), "{}", page.text());
    assert_eq!(testing::account(&server.context, person).await.last_name, "O'Brien <script>");
}

#[tokio::test]
async fn wrong_names_come_back_as_typed_and_nothing_is_saved() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    let session = server.session_of(person).await;
    let long = "x".repeat(101);
    let page = server.submit("/account", Some(&session), &[("first_name", &long), ("last_name", "L\u{202E}")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&page, "first_name") && is_wrong_at(&page, "last_name"));
    assert_eq!(value_of(&page, "first_name"), Some(&*long));
    let account = testing::account(&server.context, person).await;
    assert_eq!((&*account.first_name, &*account.last_name), ("person", ""));
}

#[tokio::test]
async fn only_staff_see_the_way_to_the_console() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    for (account, expected) in [(owner.account, true), (person, false)] {
        let session = server.session_of(account).await;
        let page = server.get_as(&session, "/account").await;
        assert_eq!(page.text().contains("Admin console"), expected);
    }
}

#[tokio::test]
async fn every_page_and_form_needs_a_session() {
    let server = TestServer::start().await;
    for path in ["/account", "/account/security", "/account/sessions", "/account/sessions/end-others"] {
        let to_login = format!("/login?return_to={}", path.replace('/', "%2F"));
        assert_eq!(server.get(path).await.location(), to_login);
        let answer = server.submit(path, None, &[("first_name", "x"), ("session", "y")]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, &*to_login));
    }
    assert_eq!(server.get("/account?saved=1").await.location(), "/login?return_to=%2Faccount%3Fsaved%3D1");
}
