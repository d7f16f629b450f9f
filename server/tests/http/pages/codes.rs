//! Codes by mail and SMS (S2, E1), **Forgot my phone** (S7), as a browser without JavaScript meets them.

use domain::Staff;
use domain::testing::{self, PASSWORD};
use http::StatusCode;
use types::AccountId;
use types::authenticators::SecondFactorPolicy;
use types::recovery::{Question, RecoveryMethod};
use types::settings::{AlternateLogin, SignIn, SmsGateway};

use super::{cookie_of, is_wrong_at, sign_in_cookie_of, value_of, works};
use crate::support::{Answer, TestServer};

const STEP: &str = "/login/second-factor";
const FORGOT: &str = "/login/forgot-phone";
const ADDRESS: &str = "ada@example.com";
const ANSWERS: [(Question, &str); 3] =
    [(Question::FirstConcert, "The Cure"), (Question::DreamJob, "Pilot"), (Question::FirstBook, "Momo")];

struct World {
    server: TestServer,
    owner: Staff,
    ada: AccountId,
}

impl World {
    async fn new() -> Self {
        let (server, owner) = TestServer::with_owner().await;
        let ada = testing::onboarded(&server.context, &owner, "ada").await;
        Self { server, owner, ada }
    }

    /// Ada gets codes by mail.
    async fn with_codes() -> Self {
        let world = Self::new().await;
        testing::email_codes(&world.server.context, world.ada).await;
        world.server.context.clock.advance_seconds(60);
        world
    }

    /// After the password: the cookie and the id of the form.
    async fn begin(&self) -> (String, String) {
        let fields = [("identifier", ADDRESS), ("password", PASSWORD)];
        let answer = self.server.submit("/login", None, &fields).await;
        let cookie = sign_in_cookie_of(&answer);
        let page = self.server.get_as(&cookie, answer.location()).await;
        let id = value_of(&page, "sign_in").unwrap().to_owned();
        (cookie, id)
    }

    async fn submit(&self, path: &str, (cookie, id): &(String, String), fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<_> = [("sign_in", id.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.server.submit(path, Some(cookie), &fields).await
    }

    async fn code(&self, address: &str) -> String {
        testing::code_sent_to(&self.server.context, address).await
    }

    async fn forgot(&self, method: RecoveryMethod) {
        testing::set(&self.server.context, &self.owner, |settings: &mut AlternateLogin| {
            settings.forgot_phone_enabled = true;
            settings.forgot_phone = method;
        })
        .await;
    }
}

#[tokio::test]
async fn the_code_that_was_sent_signs_in_and_nothing_tells_where_it_went() {
    let world = World::with_codes().await;
    let begun = world.begin().await;
    let page = world.server.get_as(&begun.0, STEP).await;
    assert!(page.text().contains("We have sent a code to a•••@example.com."), "{}", page.text());
    assert!(!page.text().contains(ADDRESS), "whoever knows the password learns no address");
    let code = world.code(ADDRESS).await;
    assert!(!page.text().contains(&code));
    let wrong = world.submit(STEP, &begun, &[("code", "000000")]).await;
    assert!(is_wrong_at(&wrong, "code") && wrong.text().contains("4 attempts are left"));
    let early = world.submit("/login/second-factor/send", &begun, &[("way", "email_code")]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.text().contains("You can have another one in 60 seconds."), "{}", early.text());
    let answer = world.submit(STEP, &begun, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/account");
    assert!(works(&world.server, &cookie_of(&answer)).await);
}

#[tokio::test]
async fn sending_needs_the_forms_own_sign_in_and_a_way_that_sends() {
    let world = World::with_codes().await;
    let begun = world.begin().await;
    let send = "/login/second-factor/send";
    assert_eq!(world.server.submit(send, None, &[("way", "email_code")]).await.location(), "/login?start_again=1");
    let other = (begun.0.clone(), "0190a000-0000-7000-8000-000000000000".to_owned());
    world.server.context.clock.advance_seconds(60);
    assert_eq!(world.submit(send, &other, &[("way", "email_code")]).await.location(), "/login?start_again=1");
    // A way that the account does not have is its default one.
    let sent = world.submit(send, &begun, &[("way", "sms_code")]).await;
    assert_eq!(sent.location(), "/login/second-factor?way=sms_code");
    assert_eq!(world.server.get_as(&begun.0, send).await.status, StatusCode::OK);
    for path in [FORGOT, "/login/set-up-code", send] {
        assert_eq!(world.server.get(path).await.location(), "/login?start_again=1", "{path}");
    }
}

#[tokio::test]
async fn where_it_is_required_codes_are_set_up_before_anybody_is_in() {
    let world = World::new().await;
    let required = |settings: &mut SignIn| settings.second_factor = SecondFactorPolicy::Required;
    testing::set(&world.server.context, &world.owner, required).await;
    let begun = world.begin().await;
    let page = world.server.get_as(&begun.0, "/login/set-up-second-factor").await;
    assert!(page.text().contains("Get codes by email instead") && !page.text().contains("by SMS"), "{}", page.text());
    let sms = world.server.get_as(&begun.0, "/login/set-up-code?kind=sms_code").await;
    assert_eq!(sms.location(), "/login/set-up-second-factor");
    let path = "/login/set-up-code?kind=email_code";
    let page = world.server.get_as(&begun.0, path).await;
    assert_eq!(value_of(&page, "address"), Some(ADDRESS));
    let wrong = world.submit(path, &begun, &[("step", "send"), ("address", "nonsense")]).await;
    assert!(is_wrong_at(&wrong, "address"));
    let sent = world.submit(path, &begun, &[("step", "send"), ("address", ADDRESS)]).await;
    assert_eq!(sent.location(), path);
    let page = world.server.get_as(&begun.0, path).await;
    assert!(page.text().contains("autocomplete=\"one-time-code\""), "{}", page.text());
    let wrong = world.submit(path, &begun, &[("step", "confirm"), ("code", "x")]).await;
    assert!(is_wrong_at(&wrong, "code"));
    let code = world.code(ADDRESS).await;
    let done = world.submit(path, &begun, &[("step", "confirm"), ("code", &code)]).await;
    assert!(works(&world.server, &cookie_of(&done)).await);
}

#[tokio::test]
async fn a_number_of_a_country_is_confirmed_by_its_code() {
    let world = World::new().await;
    let gateway = |settings: &mut SmsGateway| settings.url = "http://127.0.0.1:9/".into();
    testing::set(&world.server.context, &world.owner, gateway).await;
    let session = world.server.session_of(world.ada).await;
    let path = "/account/mobile";
    let submit = async |fields: &[(&str, &str)]| world.server.submit(path, Some(&session), fields).await;
    let wrong = submit(&[("step", "send"), ("country", "CH"), ("address", "1")]).await;
    assert!(is_wrong_at(&wrong, "address"));
    let sent = submit(&[("step", "send"), ("country", "CH"), ("address", "044 668 18 00")]).await;
    assert_eq!(sent.location(), path);
    let page = world.server.get_as(&session, path).await;
    assert!(page.text().contains("+41446681800") && page.text().contains("Use another number"), "{}", page.text());
    let again = world.server.get_as(&session, "/account/mobile?change=1").await;
    assert!(again.text().contains("Send code") && !again.text().contains("Send another code"));
    assert_eq!(submit(&[("step", "again")]).await.status, StatusCode::CONFLICT);
    let code = world.code("+41446681800").await;
    assert_eq!(submit(&[("step", "confirm"), ("code", &code)]).await.location(), "/account?mobile_changed=1");
    let page = world.server.get_as(&session, "/account?mobile_changed=1").await;
    assert!(page.text().contains("+41446681800 (verified)"), "{}", page.text());
    world.server.context.clock.advance_seconds(600);
    assert!(submit(&[("step", "again")]).await.location().starts_with("/account/confirm?return_to="));
    assert!(world.server.get_as(&session, path).await.location().starts_with("/account/confirm?return_to="));
}

#[tokio::test]
async fn questions_and_the_alternate_address_are_set_up_without_script() {
    let world = World::new().await;
    world.forgot(RecoveryMethod::QuestionsAndEmail).await;
    let session = world.server.session_of(world.ada).await;
    let page = world.server.get_as(&session, "/account/security").await;
    assert!(page.text().contains("Set up what is missing"), "{}", page.text());
    let questions = "/account/security/questions";
    let mut fields = vec![
        ("question_1", "first_concert"),
        ("answer_1", "The <b>Cure</b>"),
        ("question_2", "dream_job"),
        ("answer_2", "Pilot"),
        ("question_3", "first_concert"),
        ("answer_3", "Momo"),
    ];
    let wrong = world.server.submit(questions, Some(&session), &fields).await;
    assert!(is_wrong_at(&wrong, "question_3") && !wrong.text().contains("Pilot"), "answers do not come back");
    fields[4].1 = "first_book";
    let kept = world.server.submit(questions, Some(&session), &fields).await;
    assert_eq!(kept.location(), "/account/security?questions=1");
    let alternate = "/account/security/alternate-email";
    let own = [("step", "send"), ("address", ADDRESS)];
    assert!(is_wrong_at(&world.server.submit(alternate, Some(&session), &own).await, "address"));
    let send = [("step", "send"), ("address", "a@elsewhere.example")];
    assert_eq!(world.server.submit(alternate, Some(&session), &send).await.location(), alternate);
    let code = world.code("a@elsewhere.example").await;
    let confirm = [("step", "confirm"), ("code", code.as_str())];
    let done = world.server.submit(alternate, Some(&session), &confirm).await;
    assert_eq!(done.location(), "/account/security?alternate=1");
    let page = world.server.get_as(&session, "/account/security").await;
    assert!(page.text().contains("3 answered") && page.text().contains("a@elsewhere.example"), "{}", page.text());
    let refused = world.server.submit("/account/security/forgot-phone", Some(&session), &[("method", "email")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for path in ["/account/security/questions/remove", "/account/security/alternate-email/remove"] {
        let removed = world.server.submit(path, Some(&session), &[]).await;
        assert_eq!(removed.location(), "/account/security?recovery_removed=1", "{path}");
    }
}

#[tokio::test]
async fn forgot_my_phone_leads_through_a_question_and_a_code() {
    let world = World::with_codes().await;
    let holder = testing::holder(&world.server.context, world.ada).await;
    testing::recovery(&world.server.context, &holder, &ANSWERS, "a@elsewhere.example").await;
    world.server.context.clock.advance_seconds(60);
    let begun = world.begin().await;
    assert!(!world.server.get_as(&begun.0, STEP).await.text().contains("Forgot my phone"));
    assert_eq!(world.server.get_as(&begun.0, FORGOT).await.location(), STEP);
    world.forgot(RecoveryMethod::QuestionsAndEmail).await;
    assert!(world.server.get_as(&begun.0, STEP).await.text().contains("Forgot my phone"));
    let page = world.server.get_as(&begun.0, FORGOT).await;
    assert!(page.text().contains(Question::FirstConcert.text()), "{}", page.text());
    // The code cannot be asked for first.
    assert_eq!(world.submit(FORGOT, &begun, &[("step", "send")]).await.location(), STEP);
    let wrong = world.submit(FORGOT, &begun, &[("step", "answer"), ("answer", &"x".repeat(100_000))]).await;
    assert!(is_wrong_at(&wrong, "answer") && wrong.text().contains("4 attempts are left"), "{}", wrong.text());
    let right = world.submit(FORGOT, &begun, &[("step", "answer"), ("answer", "the CURE")]).await;
    assert_eq!(right.location(), FORGOT);
    assert!(right.headers.get("set-cookie").is_none(), "nobody is in yet");
    let page = world.server.get_as(&begun.0, FORGOT).await;
    assert!(page.text().contains("a•••@elsewhere.example") && !page.text().contains("a@elsewhere"), "{}", page.text());
    assert_eq!(world.submit(FORGOT, &begun, &[("step", "send")]).await.location(), FORGOT);
    let code = world.code("a@elsewhere.example").await;
    let done = world.submit(FORGOT, &begun, &[("step", "code"), ("code", &code)]).await;
    assert_eq!(done.location(), "/account/security?recovered=1");
    let page = world.server.get_as(&cookie_of(&done), done.location()).await;
    assert!(page.text().contains("remove the one that you have lost"), "{}", page.text());
}
