//! `/forgot-password` and `/reset-password` (S5), and what an expired password leads to (A7).

use domain::messages::{Content, render};
use domain::testing::{self, PASSWORD};
use http::StatusCode;

use super::{cookie_of, is_wrong_at, value_of};
use crate::support::{TestServer, post};

const NEW: &str = "seven purple elephants dance";

async fn ask(server: &TestServer, identifier: &str) -> crate::support::Answer {
    let answer = server.submit("/forgot-password", None, &[("identifier", identifier)]).await;
    while domain::password_reset::work(&server.context).await.unwrap() {}
    answer
}

async fn token(server: &TestServer, email: &str) -> String {
    match testing::mailed(&server.context, email).await.pop() {
        Some(Content::PasswordReset { token, .. }) => token,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn known_and_unknown_get_the_same_page_to_the_letter() {
    let (server, owner) = TestServer::with_owner().await;
    testing::onboarded(&server.context, &owner, "ada").await;
    testing::user(&server.context, &owner, "bare").await;
    let known = ask(&server, "ada@example.com").await;
    assert_eq!(known.status, StatusCode::OK);
    for name in ["nobody@example.com", "bare@example.com", "nobody", ""] {
        let answer = ask(&server, name).await;
        assert_eq!((answer.status, answer.text()), (known.status, known.text()), "{name}");
    }
    assert_eq!(testing::messages(&server.context).await.len(), 1);
}

#[tokio::test]
async fn the_link_leads_to_a_new_password_and_then_to_the_sign_in_page() {
    let (server, owner) = TestServer::with_owner().await;
    let ada = testing::onboarded(&server.context, &owner, "ada").await;
    let session = server.session_of(ada).await;
    ask(&server, "ada@example.com").await;
    let token = token(&server, "ada@example.com").await;
    let page = server.get(&format!("/reset-password?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("<meta name=\"referrer\" content=\"strict-origin\""));
    let short = server.submit("/reset-password", None, &[("token", &token), ("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&short, "password") && !short.text().contains("\"short\""));
    assert_eq!(value_of(&short, "token"), Some(&*token));
    let done = server.submit("/reset-password", None, &[("token", &token), ("password", NEW)]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/login?reset=1"));
    assert!(done.headers.get("set-cookie").is_none(), "a reset signs nobody in");
    assert_eq!(server.get_as(&session, "/account").await.status, StatusCode::SEE_OTHER);
    let again = server.submit("/reset-password", None, &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.text().contains("used already") && again.text().contains("/forgot-password"));
    let fields = [("identifier", "ada@example.com"), ("password", NEW)];
    let signed_in = server.submit("/login", None, &fields).await;
    assert!(cookie_of(&signed_in).starts_with("roster_session="));
}

#[tokio::test]
async fn the_page_says_how_long_the_password_must_be() {
    let (server, owner) = TestServer::with_owner().await;
    let ada = testing::onboarded(&server.context, &owner, "ada").await;
    ask(&server, "ada@example.com").await;
    let token = token(&server, "ada@example.com").await;
    let submit = async |password: &str| {
        server.submit("/reset-password", None, &[("token", &token), ("password", password)]).await
    };
    assert!(submit("k9#mVq2x").await.text().contains("At least 15 characters"));
    testing::app(&server.context, ada).await;
    let page = server.get(&format!("/reset-password?token={token}")).await;
    assert!(page.text().contains("At least 8 characters"), "{}", page.text());
    assert_eq!(submit("k9#mVq2x").await.location(), "/login?reset=1");
}

#[tokio::test]
async fn links_lead_to_the_base_url_whatever_host_the_request_names() {
    let (server, owner) = TestServer::with_owner().await;
    testing::onboarded(&server.context, &owner, "ada").await;
    let request = post("/forgot-password")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(axum::body::Body::from("identifier=ada%40example.com"))
        .unwrap();
    server.send(request).await;
    while domain::password_reset::work(&server.context).await.unwrap() {}
    for row in testing::messages(&server.context).await {
        let content: Content = serde_json::from_str(&row.content.unwrap()).unwrap();
        let mail = render(&server.context.mailing, "Ada", &row.recipient, &content).unwrap();
        assert!(mail.text.contains("https://id.example.com/reset-password?token="), "{}", mail.text);
        assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
    }
}

#[tokio::test]
async fn an_expired_password_leads_to_the_mail() {
    let (server, owner) = TestServer::with_owner().await;
    let ada = testing::onboarded(&server.context, &owner, "ada").await;
    testing::expire_password(&server.context, ada).await;
    let right = server.submit("/login", None, &[("identifier", "ada@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(right.status, StatusCode::FORBIDDEN);
    assert!(right.headers.get("set-cookie").is_none());
    assert!(right.text().contains("/forgot-password") && value_of(&right, "identifier") == Some("ada@example.com"));
    let wrong = server.submit("/login", None, &[("identifier", "ada@example.com"), ("password", NEW)]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(!wrong.text().contains("expired"));
}
