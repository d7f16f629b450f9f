//! `/login/second-factor` and what follows (S2, S4, S9); second factors on `/account/security` (E2, S12).

use domain::Staff;
use domain::testing::{self, PASSWORD};
use http::StatusCode;
use types::AccountId;
use types::authenticators::SecondFactorPolicy;
use types::settings::{AlternateLogin, SecurityCodeKinds, SignIn};

use super::{cookie_of, is_wrong_at, sign_in_cookie_of, value_of, works};
use crate::support::{Answer, TestServer};

const STEP: &str = "/login/second-factor";
const CODES: &str = "/login/second-factor?way=security_codes";

struct World {
    server: TestServer,
    owner: Staff,
    ada: AccountId,
    key: String,
}

impl World {
    /// Ada has an authenticator app.
    async fn new() -> Self {
        let (server, owner) = TestServer::with_owner().await;
        let ada = testing::onboarded(&server.context, &owner, "ada").await;
        let key = testing::app(&server.context, ada).await;
        server.context.clock.advance_seconds(60);
        Self { server, owner, ada, key }
    }

    fn code(&self) -> String {
        testing::app_code(&self.server.context, &self.key)
    }

    fn wrong_code(&self) -> String {
        let code = self.code();
        format!("{}{}", &code[..5], (code.as_bytes()[5] - b'0' + 1) % 10)
    }

    async fn begin_to(&self, return_to: &str) -> (String, String) {
        let fields = [("identifier", "ada@example.com"), ("password", PASSWORD), ("return_to", return_to)];
        let answer = self.server.submit("/login", None, &fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, STEP));
        let cookie = sign_in_cookie_of(&answer);
        let page = self.server.get_as(&cookie, STEP).await;
        assert_eq!(page.status, StatusCode::OK);
        let id = value_of(&page, "sign_in").unwrap().to_owned();
        (cookie, id)
    }

    /// After the password: the cookie and the id of the form.
    async fn begin(&self) -> (String, String) {
        self.begin_to("").await
    }

    async fn prove(&self, path: &str, (cookie, id): &(String, String), code: &str) -> Answer {
        self.server.submit(path, Some(cookie), &[("sign_in", id), ("code", code)]).await
    }

    async fn allow_codes(&self, kinds: SecurityCodeKinds) {
        testing::set(&self.server.context, &self.owner, |settings: &mut AlternateLogin| {
            settings.security_codes_enabled = true;
            settings.security_codes = kinds;
        })
        .await;
    }
}

#[tokio::test]
async fn the_code_leads_to_where_one_wanted_to_go() {
    let world = World::new().await;
    let begun = world.begin_to("/account/sessions").await;
    let answer = world.prove(STEP, &begun, &world.code()).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/sessions"));
    assert!(works(&world.server, &cookie_of(&answer)).await);
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let forgets = cookies.iter().any(|cookie| cookie.starts_with("roster_sign_in=;"));
    assert!(cookies[0].starts_with("roster_session=") && forgets, "{cookies:?}");
    // Going back to the form afterwards, with the session that is there now.
    let both = format!("{}; {}", begun.0, cookie_of(&answer));
    assert_eq!(world.server.get_as(&both, STEP).await.location(), "/account");
    assert_eq!(world.prove(STEP, &(both, begun.1.clone()), "000000").await.location(), "/account");
    assert_eq!(world.server.get_as(&begun.0, STEP).await.location(), "/login?start_again=1");
}

#[tokio::test]
async fn to_be_sent_the_code_of_an_app_leads_to_the_page_that_asks_for_it() {
    let world = World::new().await;
    let (cookie, id) = world.begin().await;
    for way in ["email_code", "sms_code", "passkey", "authenticator_app", "security_codes", "zzz", ""] {
        let fields = [("sign_in", id.as_str()), ("way", way)];
        let sent = world.server.submit("/login/second-factor/send", Some(&cookie), &fields).await;
        assert_eq!(sent.location(), "/login/second-factor?way=authenticator_app", "{way}: {}", sent.status);
        let page = world.server.get_as(&cookie, sent.location()).await;
        assert!(page.text().contains("authenticator app") && page.text().contains("name=\"code\""), "{way}");
    }
    let sent = testing::messages(&world.server.context).await;
    assert!(sent.iter().all(|row| row.kind != "code"), "{sent:?}");
}

#[tokio::test]
async fn another_site_is_nowhere_to_go() {
    let world = World::new().await;
    for evil in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        world.server.context.clock.advance_seconds(30);
        let begun = world.begin_to(evil).await;
        assert_eq!(world.prove(STEP, &begun, &world.code()).await.location(), "/account", "{evil}");
    }
}

#[tokio::test]
async fn an_unfinished_sign_in_opens_no_page() {
    let world = World::new().await;
    let (cookie, _) = world.begin().await;
    let token = cookie.strip_prefix("roster_sign_in=").unwrap();
    for forged in [cookie.clone(), format!("roster_session={token}"), format!("roster_session={token}; {cookie}")] {
        assert!(!works(&world.server, &forged).await);
        assert!(world.server.get_as(&forged, "/admin/users").await.location().starts_with("/login"));
        let called = world.server.post_json(Some(&forged), "/api/admin/viewer", &serde_json::json!({})).await;
        assert_eq!(called.status, StatusCode::UNAUTHORIZED);
    }
    // Nor does it skip a step that it has not come to.
    for path in ["/login/new-password", "/login/set-up-second-factor"] {
        assert_eq!(world.server.get_as(&cookie, path).await.location(), STEP, "{path}");
    }
    let session = world.server.session_of(world.ada).await;
    let planted = session.replace("roster_session=", "roster_sign_in=");
    assert_eq!(world.server.get_as(&planted, STEP).await.location(), "/login?start_again=1");
}

#[tokio::test]
async fn a_session_that_was_planted_is_not_the_one_that_is_signed_in() {
    let world = World::new().await;
    let begun = world.begin().await;
    let planted = world.server.session_of(world.owner.account).await;
    let both = (format!("{}; {planted}", begun.0), begun.1);
    let answer = world.prove(STEP, &both, &world.code()).await;
    let session = cookie_of(&answer);
    assert_ne!(session, planted);
    assert!(works(&world.server, &session).await && !works(&world.server, &planted).await);
}

#[tokio::test]
async fn wrong_codes_say_how_many_are_left_and_then_it_begins_anew() {
    let world = World::new().await;
    let begun = world.begin().await;
    for left in ["4 attempts are left", "3 attempts are left", "2 attempts are left", "1 attempt is left"] {
        let page = world.prove(STEP, &begun, &world.wrong_code()).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(is_wrong_at(&page, "code") && page.text().contains(left), "{}", page.text());
        assert!(page.headers.get("set-cookie").is_none());
        world.server.context.clock.advance_seconds(5);
    }
    let last = world.prove(STEP, &begun, &world.wrong_code()).await;
    assert_eq!(last.location(), "/login?start_again=1");
    let page = world.server.get_as(&begun.0, last.location()).await;
    assert!(page.text().contains("Sign in again."), "{}", page.text());
    let page = world.prove(STEP, &world.begin().await, &world.wrong_code()).await;
    assert_eq!((page.status, page.header("retry-after").is_empty()), (StatusCode::TOO_MANY_REQUESTS, false));
}

#[tokio::test]
async fn two_tabs_do_not_take_each_others_codes() {
    let world = World::new().await;
    let (first, second) = (world.begin().await, world.begin().await);
    // The browser holds the second cookie; the form of the first tab is sent.
    let crossed = world.prove(STEP, &(second.0.clone(), first.1), &world.code()).await;
    assert_eq!(crossed.location(), "/login?start_again=1");
    assert_eq!(world.prove(STEP, &second, &world.code()).await.location(), "/account");
}

#[tokio::test]
async fn nonsense_is_answered() {
    let world = World::new().await;
    let (cookie, id) = world.begin().await;
    for wrong in ["x", "", "0190a000-0000-7000-8000-000000000000"] {
        let answer = world.prove(STEP, &(cookie.clone(), wrong.to_owned()), "1").await;
        assert_eq!(answer.location(), "/login?start_again=1");
    }
    let long = "1".repeat(100_000);
    let page = world.prove("/login/second-factor?way=%3Cscript%3E", &(cookie.clone(), id), &long).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(!page.text().contains(&long) && !page.text().contains("<script"), "{}", page.text());
    for path in [STEP, "/login/new-password", "/login/set-up-second-factor"] {
        let answer = world.server.submit(path, None, &[]).await;
        assert_eq!(answer.location(), "/login?start_again=1", "{path}");
        assert_eq!(world.server.get(path).await.location(), "/login?start_again=1", "{path}");
    }
}

#[tokio::test]
async fn security_codes_are_offered_when_the_settings_have_them() {
    let world = World::new().await;
    let (cookie, _) = world.begin().await;
    let page = world.server.get_as(&cookie, STEP).await;
    assert!(!page.text().contains("Use security codes") && !page.text().contains("Try another way"));
    world.allow_codes(SecurityCodeKinds::OneTime).await;
    let page = world.server.get_as(&cookie, STEP).await;
    assert!(page.text().contains("Use security codes") && page.text().contains("Try another way"), "{}", page.text());
    let others = world.server.get_as(&cookie, "/login/second-factor?way=other").await;
    assert!(others.text().contains(CODES) && others.text().contains("way=authenticator_app"), "{}", others.text());
    let code =
        domain::authenticators::backup_code::generate(&world.server.context, &world.owner, world.ada).await.unwrap();
    let begun = world.begin().await;
    assert_eq!(world.prove(CODES, &begun, &code).await.location(), "/account");
    let again = world.prove(CODES, &world.begin().await, &code).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
}

/// The key to type in, as the page of a set-up shows it.
fn key_on(page: &Answer) -> &str {
    page.text().split("class=\"plain-key\">").nth(1).unwrap().split('<').next().unwrap()
}

#[tokio::test]
async fn where_it_is_required_it_is_set_up_before_anybody_is_in() {
    let world = World::new().await;
    let context = &world.server.context;
    let policy = |settings: &mut SignIn| settings.second_factor = SecondFactorPolicy::Required;
    testing::set(context, &world.owner, policy).await;
    testing::onboarded(context, &world.owner, "bob").await;
    let fields = [("identifier", "bob@example.com"), ("password", PASSWORD)];
    let begun = world.server.submit("/login", None, &fields).await;
    let path = "/login/set-up-second-factor";
    assert_eq!(begun.location(), path);
    let cookie = sign_in_cookie_of(&begun);
    let page = world.server.get_as(&cookie, path).await;
    assert!(page.text().contains("class=\"qr-code\"") && !page.text().contains(" style="), "{}", page.text());
    let (id, sealed, key) = (value_of(&page, "sign_in").unwrap(), value_of(&page, "sealed").unwrap(), key_on(&page));
    let set_up = async |code: &str| {
        let fields = [("sign_in", id), ("sealed", sealed), ("code", code), ("name", "My <phone>")];
        world.server.submit(path, Some(&cookie), &fields).await
    };
    let refused = set_up("000000").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // The same key stays: the app has it already.
    assert!(is_wrong_at(&refused, "code") && key_on(&refused) == key, "{}", refused.text());
    assert_eq!(value_of(&refused, "name"), Some("My &lt;phone&gt;"));
    let done = set_up(&testing::app_code(context, key)).await;
    assert_eq!(done.location(), "/account");
    assert!(works(&world.server, &cookie_of(&done)).await);
}

#[tokio::test]
async fn in_ones_own_account_all_of_it_works_without_script() {
    let world = World::new().await;
    let context = &world.server.context;
    world.allow_codes(SecurityCodeKinds::Static).await;
    let session = world.server.session_of(world.owner.account).await;
    let page = world.server.get_as(&session, "/account/security").await;
    assert!(page.text().contains("You have none."), "{}", page.text());
    let path = "/account/security/authenticator-app";
    let page = world.server.get_as(&session, path).await;
    let (sealed, key) = (value_of(&page, "sealed").unwrap(), key_on(&page));
    let add = async |code: &str| {
        let fields = [("sealed", sealed), ("code", code), ("name", "Phone")];
        world.server.submit(path, Some(&session), &fields).await
    };
    let refused = add("12").await;
    assert!(is_wrong_at(&refused, "code") && key_on(&refused) == key);
    let added = add(&testing::app_code(context, key)).await;
    assert_eq!(added.location(), "/account/security?added=1");
    let page = world.server.get_as(&session, added.location()).await;
    let id = value_of(&page, "id").unwrap().to_owned();

    let rename = async |name: &str| {
        world.server.submit("/account/security/rename", Some(&session), &[("id", &id), ("name", name)]).await
    };
    assert_eq!(rename("").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rename("Work phone").await.location(), "/account/security?renamed=1");

    let codes = world.server.submit("/account/security/codes", Some(&session), &[]).await;
    assert_eq!(codes.status, StatusCode::OK);
    assert_eq!(codes.text().matches("<li><code>").count(), 10, "{}", codes.text());
    let page = world.server.get_as(&session, "/account/security").await;
    assert!(page.text().contains("Work phone") && page.text().contains("10 codes"), "{}", page.text());

    // Another's is as if it were not there.
    let ada = world.server.session_of(world.ada).await;
    let stolen = world.server.submit("/account/security/remove", Some(&ada), &[("id", &id)]).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);

    context.clock.advance_seconds(600);
    let ask = format!("/account/security/remove?id={id}");
    let confirm = world.server.get_as(&session, &ask).await;
    assert!(confirm.location().starts_with("/account/confirm?return_to="), "{}", confirm.location());
    let early = world.server.submit("/account/security/remove", Some(&session), &[("id", &id)]).await;
    assert_eq!(early.location(), confirm.location());
    let page = world.server.get_as(&session, confirm.location()).await;
    let return_to = value_of(&page, "return_to").unwrap().to_owned();
    let wrong = [("password", "not the password"), ("return_to", &return_to)];
    let wrong = world.server.submit("/account/confirm", Some(&session), &wrong).await;
    assert!(is_wrong_at(&wrong, "password"));
    let right = [("password", PASSWORD), ("return_to", &return_to)];
    let confirmed = world.server.submit("/account/confirm", Some(&session), &right).await;
    assert_eq!(confirmed.location(), ask);
    // The session goes on under another token.
    assert!(!works(&world.server, &session).await);
    let session = cookie_of(&confirmed);
    let page = world.server.get_as(&session, &ask).await;
    assert!(page.text().contains("your only second factor"), "{}", page.text());
    let removed = world.server.submit("/account/security/remove", Some(&session), &[("id", &id)]).await;
    assert_eq!(removed.location(), "/account/security?removed=1");

    let reset = async |password: &str| {
        world.server.submit("/account/security/reset-two-factor", Some(&ada), &[("password", password)]).await
    };
    assert!(is_wrong_at(&reset("wrong").await, "password"));
    let done = reset(PASSWORD).await;
    assert_eq!(done.location(), "/account/security?reset=1");
    assert!(!works(&world.server, &ada).await);
    let page = world.server.get_as(&cookie_of(&done), "/account/security?reset=1").await;
    assert!(page.text().contains("are forgotten") && page.text().contains("You have none."), "{}", page.text());
}

#[tokio::test]
async fn a_proof_leads_back_to_our_own_pages_only() {
    let world = World::new().await;
    let mut session = world.server.session_of(world.ada).await;
    for evil in ["https://evil.example/", "//evil.example", "javascript:alert(1)"] {
        let fields = [("password", PASSWORD), ("return_to", evil)];
        let answer = world.server.submit("/account/confirm", Some(&session), &fields).await;
        assert_eq!(answer.location(), "/account/security", "{evil}");
        session = cookie_of(&answer);
    }
}
