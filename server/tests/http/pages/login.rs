//! `/login` (S1): one answer for every failure, a new token for every success.

use domain::testing::{self, PASSWORD};
use http::StatusCode;
use types::bulk::BulkAction;

use super::{WRONG, cookie_of, is_wrong_at, sign_in, value_of, works};
use crate::support::{Answer, TestServer};

async fn attempt(server: &TestServer, identifier: &str, password: &str) -> Answer {
    server.submit("/login", None, &[("identifier", identifier), ("password", password)]).await
}

/// Any script but the file that offers passkeys.
fn has_foreign_script(page: &Answer) -> bool {
    page.text().replace("<script src=\"/passkey.js\" defer></script>", "").contains("<script")
}

#[tokio::test]
async fn staff_begin_in_the_console_and_others_in_their_account() {
    let (server, owner) = TestServer::with_owner().await;
    testing::onboarded(&server.context, &owner, "person").await;
    for (identifier, onward) in [("owner@example.com", "/admin"), (" Person@Example.COM ", "/account")] {
        let answer = attempt(&server, identifier, PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, onward));
        assert!(works(&server, &cookie_of(&answer)).await);
    }
}

#[tokio::test]
async fn every_failure_looks_the_same() {
    let (server, owner) = TestServer::with_owner().await;
    let context = &server.context;
    let disabled = testing::onboarded(context, &owner, "disabled").await;
    let deleted = testing::onboarded(context, &owner, "deleted").await;
    testing::bulk(context, &owner, BulkAction::Disable, &[disabled]).await;
    testing::bulk(context, &owner, BulkAction::Delete, &[deleted]).await;
    testing::user(context, &owner, "fresh").await;
    let cases = [
        ("owner@example.com", WRONG),
        ("nobody@example.com", PASSWORD),
        ("disabled@example.com", PASSWORD),
        ("deleted@example.com", PASSWORD),
        ("fresh@example.com", PASSWORD),
        ("a\u{0}b", PASSWORD),
        ("", ""),
    ];
    let mut pages = Vec::new();
    for (identifier, password) in cases {
        let page = attempt(&server, identifier, password).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{identifier:?}");
        assert!(page.headers.get("set-cookie").is_none(), "{identifier:?}");
        if !identifier.contains('\0') && !identifier.is_empty() {
            assert_eq!(value_of(&page, "identifier"), Some(identifier));
            pages.push(page.text().replace(identifier, "somebody"));
        }
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    assert!(pages[0].contains("That email or username and password do not match."), "{}", pages[0]);
}

#[tokio::test]
async fn what_was_typed_is_kept_as_text_and_the_password_is_not() {
    let (server, _) = TestServer::with_owner().await;
    let identifier = "\"><script>alert(1)</script>";
    let fields = [("identifier", identifier), ("password", "secret-that-stays-secret"), ("return_to", "/admin/jobs")];
    let page = server.submit("/login", None, &fields).await;
    assert!(is_wrong_at(&page, "identifier") && is_wrong_at(&page, "password"));
    assert_eq!(value_of(&page, "identifier"), Some("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_eq!(value_of(&page, "return_to"), Some("/admin/jobs"));
    assert!(!has_foreign_script(&page) && !page.text().contains("secret-that-stays-secret"), "{}", page.text());
}

#[tokio::test]
async fn a_new_sign_in_ends_what_the_browser_held_before() {
    let (server, _) = TestServer::with_owner().await;
    let before = sign_in(&server, "owner@example.com").await;
    let elsewhere = sign_in(&server, "owner@example.com").await;
    let fields = [("identifier", "owner@example.com"), ("password", PASSWORD)];
    let after = cookie_of(&server.submit("/login", Some(&before), &fields).await);
    assert_ne!(before, after);
    assert!(!works(&server, &before).await);
    assert!(works(&server, &after).await && works(&server, &elsewhere).await);
}

#[tokio::test]
async fn a_failure_leaves_the_session_of_the_browser_alone() {
    let (server, _) = TestServer::with_owner().await;
    let session = sign_in(&server, "owner@example.com").await;
    let fields = [("identifier", "owner@example.com"), ("password", WRONG)];
    assert_eq!(server.submit("/login", Some(&session), &fields).await.status, StatusCode::UNAUTHORIZED);
    assert!(works(&server, &session).await);
}

#[tokio::test]
async fn whoever_is_signed_in_is_led_on() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for (path, onward) in [
        ("/login", "/admin"),
        ("/login?return_to=%2Faccount", "/account"),
        ("/login?return_to=%2F%2Fevil.example", "/admin"),
    ] {
        let answer = server.get_as(&session, path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, onward), "{path}");
    }
}

#[tokio::test]
async fn too_many_attempts_say_how_long_to_wait_known_or_not() {
    let (server, _) = TestServer::with_owner().await;
    for identifier in ["owner@example.com", "nobody@example.com"] {
        for _ in 0..3 {
            assert_eq!(attempt(&server, identifier, WRONG).await.status, StatusCode::UNAUTHORIZED);
        }
        let page = attempt(&server, identifier, PASSWORD).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(page.header("retry-after"), "2");
        assert!(page.text().contains("Too many attempts. Try again in 2 seconds."), "{}", page.text());
        assert_eq!(value_of(&page, "identifier"), Some(identifier));
    }
    server.context.clock.advance_seconds(60);
    sign_in(&server, "owner@example.com").await;
}

#[tokio::test]
async fn the_page_is_small_and_offers_passkeys_only_where_their_script_runs() {
    let (server, _) = TestServer::with_owner().await;
    let page = server.get("/login").await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(!has_foreign_script(&page) && !page.text().contains(" style="), "{}", page.text());
    assert!(page.text().contains("data-passkey-offer=\"\" hidden"), "{}", page.text());
    assert!(page.body.len() < 4096, "{}", page.body.len());
    assert!(page.text().contains("lang=\"en\"") && page.text().matches("<h1").count() == 1, "{}", page.text());
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_ignored() {
    let (server, _) = TestServer::with_owner().await;
    for query in ["return_to=/a&return_to=/b", "%FF=%FF&&&=", "signed_out=%3Cscript%3E", "return_to=%3Cscript%3E"] {
        let page = server.get(&format!("/login?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(!has_foreign_script(&page), "{query}");
    }
}

#[tokio::test]
async fn while_the_database_is_away_the_form_is_kept() {
    let (server, _) = TestServer::with_owner().await;
    server.context.database.clone().close().await;
    let page = attempt(&server, "owner@example.com", "secret-that-stays-secret").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.header("retry-after").parse::<u32>().is_ok());
    assert_eq!(value_of(&page, "identifier"), Some("owner@example.com"));
    assert!(!is_wrong_at(&page, "identifier") && !page.text().contains("secret-that-stays-secret"), "{}", page.text());
    let page = server.get_as("roster_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/account").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
}
