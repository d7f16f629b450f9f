//! `/login/passkey` and passkeys on `/account` (S2, S3, S12, E2), with a device made of software.

use domain::authenticators::passkey::software::Device;
use domain::recent_proof::RECENT_SECONDS;
use domain::testing::{self, PASSWORD};
use http::StatusCode;
use serde_json::Value;
use types::AccountId;

use super::{cookie_of, sign_in_cookie_of, value_of, works};
use crate::support::{Answer, TestServer};

const STEP: &str = "/login/second-factor";

struct World {
    server: TestServer,
    ada: AccountId,
    device: Device,
}

impl World {
    /// Ada has a passkey.
    async fn new() -> Self {
        let (server, owner) = TestServer::with_owner().await;
        let ada = testing::onboarded(&server.context, &owner, "ada").await;
        let device = testing::passkey(&server.context, ada, "Blue key").await;
        Self { server, ada, device }
    }

    /// What a page's script gets: what is sealed, and what the device is asked.
    async fn question(&self, session: &str, path: &str) -> (String, Value) {
        let answer = self.server.get_as(session, path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"), "{}", answer.text());
        let question: Value = answer.json();
        (question["sealed"].as_str().unwrap().to_owned(), question["options"].clone())
    }

    async fn sign_in(&mut self, return_to: &str) -> Answer {
        let (sealed, options) = self.question("", "/login/passkey/question").await;
        let response = self.device.get(&options);
        let fields = [("sealed", &*sealed), ("response", &response), ("return_to", return_to)];
        self.server.submit("/login/passkey", None, &fields).await
    }
}

#[tokio::test]
async fn a_passkey_opens_the_account_and_leads_on_within_this_site() {
    let mut world = World::new().await;
    let login = world.server.get("/login?return_to=%2Faccount%2Fsessions").await;
    assert!(login.text().contains("Sign in with a passkey") && login.text().contains("username webauthn"));
    for (wanted, led) in [("/account/sessions", "/account/sessions"), ("//evil.example", "/account"), ("", "/account")]
    {
        let answer = world.sign_in(wanted).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, led));
        assert!(works(&world.server, &cookie_of(&answer)).await);
    }
    assert_eq!(world.server.get("/login/passkey").await.location(), "/login");
}

#[tokio::test]
async fn refusals_read_alike_and_keep_the_way() {
    let mut world = World::new().await;
    let (sealed, options) = world.question("", "/login/passkey/question").await;
    let response = world.device.get(&options);
    let unknown = Device { user: world.device.user.clone(), ..Device::new("https://id.example.com") }.get(&options);
    let mut bodies = Vec::new();
    for response in [unknown.as_str(), &response, "", "{}"] {
        let fields = [("sealed", &*sealed), ("response", response), ("return_to", "/account/sessions")];
        let answer = world.server.submit("/login/passkey", None, &fields).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(value_of(&answer, "return_to"), Some("/account/sessions"));
        bodies.push(answer.text().to_owned());
    }
    assert!(bodies.windows(2).all(|two| two[0] == two[1]), "{bodies:?}");
    assert!(!bodies[0].contains(&sealed));
}

#[tokio::test]
async fn another_sites_form_signs_nobody_in() {
    let mut world = World::new().await;
    let (sealed, options) = world.question("", "/login/passkey/question").await;
    let response = world.device.get(&options);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("sealed", &sealed), ("response", &response)])
        .finish();
    let request = crate::support::post("/login/passkey")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    let answer = world.server.send(request.body(body.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn it_is_the_second_step_after_the_password() {
    let mut world = World::new().await;
    let fields = [("identifier", "ada@example.com"), ("password", PASSWORD)];
    let begun = world.server.submit("/login", None, &fields).await;
    assert_eq!(begun.location(), STEP);
    let cookie = sign_in_cookie_of(&begun);
    let page = world.server.get_as(&cookie, STEP).await;
    let id = value_of(&page, "sign_in").unwrap().to_owned();
    assert!(page.text().contains("Use your security key or passkey") && !page.text().contains("name=\"code\""));
    let (sealed, _) = world.question(&cookie, "/login/second-factor/question").await;
    let wrong = world.server.submit(STEP, Some(&cookie), &[("sign_in", &id), ("sealed", &sealed)]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text().contains("That passkey was not accepted. 4 attempts are left."), "{}", wrong.text());
    let (sealed, options) = world.question(&cookie, "/login/second-factor/question").await;
    let response = world.device.get(&options);
    let fields = [("sign_in", &*id), ("sealed", &sealed), ("response", &response)];
    let answer = world.server.submit(STEP, Some(&cookie), &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account"));
    assert!(works(&world.server, &cookie_of(&answer)).await);
    let replayed = world.server.submit(STEP, Some(&cookie), &fields).await;
    assert_eq!(replayed.location(), "/login?start_again=1");
    // Without a sign-in under way there is no question.
    let nobody = world.server.get(&format!("{STEP}/question")).await;
    assert_eq!(nobody.location(), "/login?start_again=1");
}

#[tokio::test]
async fn one_is_added_and_confirms_who_it_is_later() {
    let world = World::new().await;
    let session = world.server.session_of(world.ada).await;
    let page = world.server.get_as(&session, "/account/security").await;
    assert!(page.text().contains("Add security key or passkey") && page.text().contains("Blue key"));
    let add = "/account/security/passkey";
    let (sealed, options) = world.question(&session, &format!("{add}/question")).await;
    let mut device = Device::new("https://id.example.com");
    let response = device.create(&options);
    let fields = [("sealed", &*sealed), ("response", &response), ("name", "<b>Phone</b>")];
    let answer = world.server.submit(add, Some(&session), &fields).await;
    assert_eq!(answer.location(), "/account/security?passkey=1");
    let replayed = world.server.submit(add, Some(&session), &fields).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(replayed.text().contains("was not accepted") && !replayed.text().contains("<b>Phone"));
    world.server.context.clock.advance_seconds(RECENT_SECONDS);
    let asked = world.server.get_as(&session, add).await;
    assert!(asked.location().starts_with("/account/confirm?return_to=%2Faccount%2Fsecurity%2Fpasskey"));
    let page = world.server.get_as(&session, asked.location()).await;
    assert!(page.text().contains("Use your passkey"));
    let (sealed, options) = world.question(&session, "/account/confirm/question").await;
    let response = device.get(&options);
    let fields = [("sealed", &*sealed), ("response", &response), ("return_to", add)];
    let confirmed = world.server.submit("/account/confirm", Some(&session), &fields).await;
    assert_eq!((confirmed.status, confirmed.location()), (StatusCode::SEE_OTHER, add));
    let session = cookie_of(&confirmed);
    assert_eq!(world.server.get_as(&session, add).await.status, StatusCode::OK);
    let again = world.server.submit("/account/confirm", Some(&session), &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn where_there_are_none_no_page_speaks_of_them() {
    let mut world = World::new().await;
    let mut roster = world.server.context.roster.clone();
    roster.passkeys = Default::default();
    world.server = world.server.with_roster(roster);
    let login = world.server.get("/login").await;
    assert!(!login.text().contains("passkey") && !login.text().contains("webauthn"));
    let session = world.server.session_of(world.ada).await;
    let page = world.server.get_as(&session, "/account/security").await;
    assert!(!page.text().contains("Add security key"));
    let question = world.server.get("/login/passkey/question").await;
    assert_eq!(question.status, StatusCode::CONFLICT);
}
