//! `/account/security` (E2): changing one's password.

use domain::testing::{self, PASSWORD};
use http::StatusCode;

use super::{WRONG, cookie_of, is_wrong_at, sign_in, sign_in_cookie_of, value_of, works};
use crate::support::{Answer, TestServer};

const NEW: &str = "seven purple elephants dance";

async fn change(server: &TestServer, session: &str, current: &str, new: &str) -> Answer {
    let fields = [("current_password", current), ("new_password", new)];
    server.submit("/account/security", Some(session), &fields).await
}

#[tokio::test]
async fn changing_it_signs_out_everywhere_else() {
    let (server, _) = TestServer::with_owner().await;
    let (here, elsewhere) = (sign_in(&server, "owner@example.com").await, sign_in(&server, "owner@example.com").await);
    let answer = change(&server, &here, PASSWORD, NEW).await;
    // The Owner's session of `with_owner`, and the one elsewhere.
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/security?changed=2"));
    // Whoever has copied the token of this session is out too.
    let renewed = cookie_of(&answer);
    assert!(works(&server, &renewed).await && !works(&server, &here).await && !works(&server, &elsewhere).await);
    let page = server.get_as(&renewed, answer.location()).await;
    assert!(page.text().contains("Password changed. 2 other sessions were signed out."), "{}", page.text());

    let old = server.submit("/login", None, &[("identifier", "owner@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    let new = server.submit("/login", None, &[("identifier", "owner@example.com"), ("password", NEW)]).await;
    assert_eq!(new.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let (server, _) = TestServer::with_owner().await;
    let (here, elsewhere) = (sign_in(&server, "owner@example.com").await, sign_in(&server, "owner@example.com").await);
    let page = change(&server, &here, WRONG, NEW).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&page, "current_password") && !is_wrong_at(&page, "new_password"));
    assert!(!page.text().contains(WRONG) && !page.text().contains(NEW), "{}", page.text());
    assert!(works(&server, &elsewhere).await);
    sign_in(&server, "owner@example.com").await;
}

#[tokio::test]
async fn a_weak_new_one_is_refused_at_its_field() {
    let (server, _) = TestServer::with_owner().await;
    let session = sign_in(&server, "owner@example.com").await;
    for weak in ["", "short", "aaaaaaaaaaaaaaaaaaaa", PASSWORD] {
        let page = change(&server, &session, PASSWORD, weak).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{weak:?}");
        assert!(is_wrong_at(&page, "new_password") && !is_wrong_at(&page, "current_password"), "{weak:?}");
    }
}

#[tokio::test]
async fn a_notice_is_never_what_the_address_says() {
    let (server, _) = TestServer::with_owner().await;
    let session = sign_in(&server, "owner@example.com").await;
    for query in ["changed=%3Cb%3Ehello", "changed=-1", "changed=99999999999", "notice=hello"] {
        let page = server.get_as(&session, &format!("/account/security?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(!page.text().contains("hello") && !page.text().contains("Password changed"), "{query}");
    }
}

#[tokio::test]
async fn a_password_that_staff_set_is_changed_before_anything_else() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    domain::users::set_password(&server.context, &owner, person, "chosen by the help desk", true).await.unwrap();
    let fields = [("identifier", "person@example.com"), ("password", "chosen by the help desk")];
    let begun = server.submit("/login", None, &fields).await;
    assert_eq!(begun.location(), "/login/new-password");
    let cookie = sign_in_cookie_of(&begun);
    for path in ["/account", "/account/sessions", "/account/sessions/end-others", "/admin/users"] {
        assert!(server.get_as(&cookie, path).await.location().starts_with("/login"), "{path}");
    }
    let page = server.get_as(&cookie, "/login/new-password").await;
    assert!(page.text().contains("was given to you"), "{}", page.text());
    let id = value_of(&page, "sign_in").unwrap();
    let choose = async |new: &str| {
        server.submit("/login/new-password", Some(&cookie), &[("sign_in", id), ("new_password", new)]).await
    };
    let refused = choose("chosen by the help desk").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&refused, "new_password"));
    let answer = choose(NEW).await;
    assert_eq!(answer.location(), "/account");
    assert!(works(&server, &cookie_of(&answer)).await);
}
