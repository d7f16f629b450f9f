//! `/account/sessions` (E3).

use domain::testing;
use http::StatusCode;

use super::{sign_in, works};
use crate::support::{Answer, TestServer};

const PAGE: &str = "/account/sessions";

/// The sessions that the page offers to end.
fn offered(page: &Answer) -> Vec<String> {
    page.text()
        .split("name=\"session\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
        .collect()
}

/// A person, and three browsers where they are signed in.
async fn three_browsers() -> (TestServer, [String; 3]) {
    let (server, owner) = TestServer::with_owner().await;
    testing::onboarded(&server.context, &owner, "person").await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(sign_in(&server, "person@example.com").await);
        server.context.clock.advance_seconds(1);
    }
    (server, sessions.try_into().unwrap())
}

#[tokio::test]
async fn one_is_ended_by_its_button() {
    let (server, [here, second, third]) = three_browsers().await;
    let page = server.get_as(&here, PAGE).await;
    assert_eq!(page.text().matches("This session").count(), 1, "{}", page.text());
    assert!(page.text().contains("192.0.2.1"), "{}", page.text());
    // The latest comes first after the one in use.
    let offered_first = offered(&page);
    assert_eq!(offered_first.len(), 2);
    let answer = server.submit(PAGE, Some(&here), &[("session", &offered_first[0])]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/sessions?ended=1"));
    assert!(works(&server, &here).await && works(&server, &second).await && !works(&server, &third).await);
    let page = server.get_as(&here, answer.location()).await;
    assert!(page.text().contains("The session was ended."), "{}", page.text());
    assert_eq!(offered(&page), [&*offered_first[1]]);
}

#[tokio::test]
async fn all_others_are_ended_after_a_question() {
    let (server, [here, second, third]) = three_browsers().await;
    let question = server.get_as(&here, "/account/sessions/end-others").await;
    assert!(question.text().contains("2 other sessions end at once."), "{}", question.text());
    assert!(works(&server, &second).await && works(&server, &third).await);
    let answer = server.submit("/account/sessions/end-others", Some(&here), &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/sessions?others=2"));
    assert!(works(&server, &here).await && !works(&server, &second).await && !works(&server, &third).await);
    let page = server.get_as(&here, answer.location()).await;
    assert!(page.text().contains("2 other sessions were signed out."), "{}", page.text());
    assert!(offered(&page).is_empty() && page.text().contains("You are signed in nowhere else."));
}

#[tokio::test]
async fn another_persons_session_is_not_there() {
    let (server, [here, ..]) = three_browsers().await;
    let owner = sign_in(&server, "owner@example.com").await;
    let theirs = offered(&server.get_as(&owner, PAGE).await);
    for session in [&*theirs[0], "0190a000-0000-7000-8000-000000000000", "nonsense", ""] {
        let page = server.submit(PAGE, Some(&here), &[("session", session)]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{session:?}");
        assert!(page.text().contains("That session has ended already."), "{session:?}");
    }
    assert_eq!(offered(&server.get_as(&owner, PAGE).await), theirs);
}

#[tokio::test]
async fn ending_the_one_in_use_is_signing_out() {
    let (server, [here, second, _]) = three_browsers().await;
    let session = server.get_as(&second, PAGE).await;
    // From `second`, the first browser's session is the oldest of the two others.
    let of_here = offered(&session).pop().unwrap();
    let answer = server.submit(PAGE, Some(&here), &[("session", &of_here)]).await;
    assert_eq!(answer.location(), "/login?signed_out=1");
    assert!(answer.header("set-cookie").starts_with("roster_session=;"));
    assert!(!works(&server, &here).await && works(&server, &second).await);
}
