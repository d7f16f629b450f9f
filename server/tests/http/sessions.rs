//! Sessions: what a forged, ended or missing one leads to, and where sign-in leads back.

use app::ApiError;
use app::admin::api::GetViewer;
use domain::testing::{self, PASSWORD};
use http::StatusCode;

use crate::support::{Answer, TestServer};

const FORGED: [&str; 6] = [
    "roster_session=",
    "roster_session=short",
    "roster_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "roster_session=' OR 1=1 --",
    "__Host-roster_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "session=x; roster_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

#[tokio::test]
async fn a_forged_one_is_worth_as_much_as_none() {
    let (server, _) = TestServer::with_owner().await;
    for session in FORGED {
        let (status, result) = server.call(Some(session), &GetViewer {}).await;
        assert_eq!((status, result.unwrap_err()), (StatusCode::UNAUTHORIZED, ApiError::SignIn), "{session}");
        assert_leads_to_sign_in(&server.get_as(session, "/admin/users?q=a%26b&sort=email").await);
    }
    assert_leads_to_sign_in(&server.get("/admin/users?q=a%26b&sort=email").await);
}

fn assert_leads_to_sign_in(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/login?return_to=%2Fadmin%2Fusers%3Fq%3Da%2526b%26sort%3Demail");
}

#[tokio::test]
async fn an_ended_or_old_one_is_over_at_the_next_request() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    assert_eq!(server.call(Some(&session), &GetViewer {}).await.0, StatusCode::OK);
    server.context.clock.advance_seconds(domain::authority::IDLE_LIMIT_SECONDS + 1);
    assert_eq!(server.call(Some(&session), &GetViewer {}).await.0, StatusCode::UNAUTHORIZED);

    let session = server.session_of(owner.account).await;
    let answer = server.submit("/logout", Some(&session), &[]).await;
    assert!(answer.status.is_redirection());
    assert!(answer.header("set-cookie").starts_with("roster_session=; Path=/; Max-Age=0;"));
    assert_eq!(server.call(Some(&session), &GetViewer {}).await.0, StatusCode::UNAUTHORIZED);
}

async fn sign_in(server: &TestServer, return_to: &str) -> Answer {
    let fields = [("identifier", "owner@example.com"), ("password", PASSWORD), ("return_to", return_to)];
    server.submit("/login", None, &fields).await
}

#[tokio::test]
async fn sign_in_leads_back_to_our_own_pages_only() {
    let (server, _) = TestServer::with_owner().await;
    let answer = sign_in(&server, "/admin/users?q=a%26b").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/admin/users?q=a%26b"));
    for evil in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nx: y",
        "javascript:alert(1)",
        "/./\\evil.example",
        "///evil.example",
        "@evil.example",
        "/login?return_to=//evil.example",
        "",
    ] {
        let answer = sign_in(&server, evil).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/admin"), "{evil:?}");
    }
}

#[tokio::test]
async fn the_sign_in_page_does_not_carry_other_sites_along() {
    let (server, _) = TestServer::with_owner().await;
    for evil in [
        "//evil.example",
        "https:%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%2Fevil.example",
        "%2F%09%2Fevil.example",
    ] {
        let page = server.get(&format!("/login?return_to={evil}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text().contains("evil.example"), "{evil}");
    }
    let page = server.get("/login?return_to=%2Fadmin%2Fjobs").await;
    assert!(page.text().contains("value=\"/admin/jobs\""), "{}", page.text());
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let (server, _) = TestServer::with_owner().await;
    let cookie = sign_in(&server, "").await.header("set-cookie").to_owned();
    assert!(cookie.starts_with("roster_session="), "{cookie}");
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn the_start_page_leads_to_where_one_belongs() {
    let server = TestServer::start().await;
    let page = server.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("set-up link"), "{}", page.text());

    let owner = testing::owner(&server.context).await;
    assert_eq!(server.get("/").await.location(), "/login");
    let session = server.session_of(owner.account).await;
    assert_eq!(server.get_as(&session, "/").await.location(), "/admin");
    let person = testing::onboarded(&server.context, &owner, "person").await;
    let session = server.session_of(person).await;
    assert_eq!(server.get_as(&session, "/").await.location(), "/account");
}

#[tokio::test]
async fn a_proof_in_the_console_carries_a_new_token_and_no_other_answer_does() {
    let (server, owner) = TestServer::with_owner().await;
    let old = server.session_of(owner.account).await;
    let confirm = async |password: &str| {
        let body = serde_json::json!({ "password": password });
        server.post_json(Some(&old), "/api/admin/proof/confirm", &body).await
    };
    let wrong = confirm("not the password at all").await;
    assert!(wrong.headers.get("set-cookie").is_none());
    let confirmed = confirm(PASSWORD).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.text());
    let cookie = confirmed.header("set-cookie");
    assert!(cookie.starts_with("roster_session=") && cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    let new = cookie.split(';').next().unwrap();
    let viewer =
        async |session: &str| server.post_json(Some(session), "/api/admin/viewer", &serde_json::json!({})).await;
    assert_eq!(viewer(&old).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(confirm(PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    let goes_on = viewer(new).await;
    assert_eq!(goes_on.status, StatusCode::OK);
    assert!(goes_on.headers.get("set-cookie").is_none());
}
