//! `/account/activity` (E5): what one sees, and **This wasn't me**.

use domain::recent_proof::RECENT_SECONDS;
use domain::testing::{self, PASSWORD};
use http::StatusCode;

use super::{cookie_of, sign_in, value_of, works};
use crate::support::TestServer;

const NOT_ME: &str = "/account/activity/not-me";

#[tokio::test]
async fn a_strange_sign_in_is_disowned() {
    let (server, owner) = TestServer::with_owner().await;
    let ada = testing::onboarded(&server.context, &owner, "ada").await;
    let stranger = sign_in(&server, "ada@example.com").await;
    let session = server.session_of(ada).await;
    let page = server.get_as(&session, "/account/activity").await;
    assert!(page.text().contains("Signed in") && page.text().contains("This wasn't me"), "{}", page.text());
    let id = value_of(&page, "id").unwrap().to_owned();
    server.context.clock.advance_seconds(RECENT_SECONDS);
    let asked = server.get_as(&session, &format!("{NOT_ME}?id={id}")).await;
    assert!(asked.location().starts_with("/account/confirm?"), "{}", asked.location());
    let early = server.submit(NOT_ME, Some(&session), &[("id", &id)]).await;
    assert!(early.location().starts_with("/account/confirm?"));
    let confirmed = [("password", PASSWORD), ("return_to", "/account/activity")];
    let confirmed = server.submit("/account/confirm", Some(&session), &confirmed).await;
    assert_eq!(confirmed.location(), "/account/activity");
    let session = cookie_of(&confirmed);
    let asked = server.get_as(&session, &format!("{NOT_ME}?id={id}")).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text().contains("Secure my account"), "{}", asked.text());
    // Another person cannot, nor can nonsense.
    let others = server.session_of(owner.account).await;
    for (session, id) in [(&others, id.as_str()), (&session, "nonsense"), (&session, "")] {
        assert_eq!(server.submit(NOT_ME, Some(session), &[("id", id)]).await.status, StatusCode::NOT_FOUND, "{id}");
    }
    let done = server.submit(NOT_ME, Some(&session), &[("id", &id)]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/login?secured=1"));
    for session in [&stranger, &session] {
        assert!(!works(&server, session).await);
    }
    let login = server.submit("/login", None, &[("identifier", "ada@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(login.status, StatusCode::FORBIDDEN);
    assert!(login.text().contains("Your password has expired"), "{}", login.text());
}

#[tokio::test]
async fn it_is_paged_and_names_no_staff() {
    let (server, owner) = TestServer::with_owner().await;
    let ada = testing::onboarded(&server.context, &owner, "ada").await;
    // Each is two events: the browser is a new one every time.
    for _ in 0..27 {
        sign_in(&server, "ada@example.com").await;
    }
    let session = server.session_of(ada).await;
    let page = server.get_as(&session, "/account/activity").await;
    assert_eq!(page.text().matches("class=\"session\"").count(), 50);
    let older = page.text().split("href=\"/account/activity?older=").nth(1).unwrap().split('"').next().unwrap();
    let page = server.get_as(&session, &format!("/account/activity?older={older}")).await;
    assert!(page.text().contains(">Newest</a>") && !page.text().contains(">Older</a>"), "{}", page.text());
    assert!(page.text().contains("Staff") && !page.text().contains("owner@example.com"), "{}", page.text());
    for garbage in ["x", "%00", "5.x"] {
        let page = server.get_as(&session, &format!("/account/activity?older={garbage}")).await;
        assert_eq!(page.status, StatusCode::OK);
    }
}
