//! `/activate` (O1–O3), and `/account/email` with its link (E1).

use domain::messages::Content;
use domain::testing::{self, PASSWORD};
use http::StatusCode;
use types::authenticators::SecondFactorPolicy;
use types::bulk::BulkAction;
use types::settings::SignIn;

use super::{cookie_of, is_wrong_at, sign_in_cookie_of, value_of};
use crate::support::TestServer;

async fn invited(server: &TestServer, owner: &domain::Staff) -> String {
    let ada = testing::user(&server.context, owner, "ada").await;
    testing::bulk(&server.context, owner, BulkAction::SendActivation, &[ada]).await;
    match testing::mailed(&server.context, "ada@example.com").await.pop() {
        Some(Content::Activation { token, .. }) => token,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_link_leads_to_a_password_and_in() {
    let (server, owner) = TestServer::with_owner().await;
    let token = invited(&server, &owner).await;
    let page = server.get(&format!("/activate?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("<meta name=\"referrer\" content=\"strict-origin\""));
    assert!(page.text().contains("ada@example.com") && value_of(&page, "token") == Some(&*token));
    // Looking at it, as programs that check mails do, uses nothing up.
    assert_eq!(server.get(&format!("/activate?token={token}")).await.status, StatusCode::OK);
    let short = server.submit("/activate", None, &[("token", &token), ("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&short, "password"));
    let done = server.submit("/activate", None, &[("token", &token), ("password", PASSWORD)]).await;
    let path = "/login/set-up-second-factor";
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, path));
    let waiting = sign_in_cookie_of(&done);
    assert_eq!(server.get_as(&waiting, "/account").await.status, StatusCode::SEE_OTHER, "nobody is in yet");
    let page = server.get_as(&waiting, path).await;
    assert!(page.text().contains("Skip") && page.text().contains("qr-code"), "{}", page.text());
    let skip = format!("{path}/skip");
    let fields = [("sign_in", value_of(&page, "sign_in").unwrap())];
    // Nobody else's browser, no other sign-in.
    assert_eq!(server.submit(&skip, None, &fields).await.location(), "/login?start_again=1");
    let other = server.submit(&skip, Some(&waiting), &[("sign_in", "nonsense")]).await;
    assert_eq!(other.location(), "/login?start_again=1");
    // While it is required, there is nothing to press, and pressing does nothing.
    let policy = |policy| move |settings: &mut SignIn| settings.second_factor = policy;
    testing::set(&server.context, &owner, policy(SecondFactorPolicy::Required)).await;
    assert!(!server.get_as(&waiting, path).await.text().contains("Skip"));
    assert_eq!(server.submit(&skip, Some(&waiting), &fields).await.location(), path);
    testing::set(&server.context, &owner, policy(SecondFactorPolicy::Optional)).await;
    let done = server.submit(&skip, Some(&waiting), &fields).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/account"));
    assert_eq!(server.get_as(&cookie_of(&done), "/account").await.status, StatusCode::OK);
    let again = server.submit(&skip, Some(&waiting), &fields).await;
    assert_eq!(again.location(), "/login?start_again=1");
    let used = server.get(&format!("/activate?token={token}")).await;
    assert_eq!(used.status, StatusCode::GONE);
    assert!(used.text().contains("used already") && used.text().contains("href=\"/login\""));
}

#[tokio::test]
async fn an_expired_link_offers_a_new_mail() {
    let (server, owner) = TestServer::with_owner().await;
    let token = invited(&server, &owner).await;
    server.context.clock.advance_seconds(72 * 60 * 60);
    let page = server.get(&format!("/activate?token={token}")).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.text().contains("expired") && page.text().contains("Send me a new mail"));
    assert_eq!(server.submit("/activate/again", None, &[("token", &token)]).await.status, StatusCode::OK);
    assert_eq!(testing::mailed(&server.context, "ada@example.com").await.len(), 2);
    let replaced = server.get(&format!("/activate?token={token}")).await;
    assert!(replaced.text().contains("newer link"), "{}", replaced.text());
    // The same answer for what never was a link.
    let answer = server.submit("/activate/again", None, &[("token", "nonsense")]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_address_is_confirmed_by_a_button() {
    let (server, owner) = TestServer::with_owner().await;
    let ada = testing::onboarded(&server.context, &owner, "ada").await;
    let session = server.session_of(ada).await;
    let fields = [("email", "new@example.com"), ("current_password", "wrong")];
    let wrong = server.submit("/account/email", Some(&session), &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&wrong, "current_password") && value_of(&wrong, "email") == Some("new@example.com"));
    let fields = [("email", "new@example.com"), ("current_password", PASSWORD)];
    let asked = server.submit("/account/email", Some(&session), &fields).await;
    assert_eq!(asked.location(), "/account?email_change=1");
    let Some(Content::EmailConfirmation { token, .. }) =
        testing::mailed(&server.context, "new@example.com").await.pop()
    else {
        panic!("no mail")
    };
    let page = server.get(&format!("/confirm-email?token={token}")).await;
    assert!(page.status == StatusCode::OK && page.text().contains("new@example.com"));
    assert_eq!(testing::account(&server.context, ada).await.email, "ada@example.com");
    let done = server.submit("/confirm-email", None, &[("token", &token)]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(testing::account(&server.context, ada).await.email, "new@example.com");
    assert_eq!(server.submit("/confirm-email", None, &[("token", &token)]).await.status, StatusCode::GONE);
}
