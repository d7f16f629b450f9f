//! Passkeys, and the attacks on them. The device is [`Device`], which does as it is told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use types::AccountId;
use types::authenticators::{FactorKind, SecondFactorPolicy};
use types::bulk::BulkAction;
use types::events::EventKind;
use types::settings::SignIn as SignInSettings;

use super::software::Device;
use super::*;
use crate::authority::authenticate;
use crate::recent_proof::{RECENT_SECONDS, confirm_with_passkey};
use crate::sign_in::{
    NewPreSession, Progress, SignIn, Step, StepRefusal, Way, Whence, ask_set_up_passkey, prove_code, prove_passkey,
    set_up_passkey, sign_in, sign_in_with_passkey, unfinished,
};
use crate::testing::{self, PASSWORD};
use crate::{Staff, authenticators, users};

const PASSKEY: Way = Way::Factor(FactorKind::Passkey);
const ORIGIN: &str = "https://id.example.com";

struct World {
    owner: Staff,
    ada: AccountId,
    device: Device,
}

async fn world(context: &Context) -> World {
    let owner = testing::owner(context).await;
    let ada = testing::onboarded(context, &owner, "ada").await;
    let device = testing::passkey(context, ada, "Blue key").await;
    World { owner, ada, device }
}

/// What somebody outside can tell.
async fn answer(context: &Context, sealed: &str, response: &str) -> Result<AccountId, String> {
    match sign_in_with_passkey(context, sealed, response, Whence::default()).await {
        Ok(SignIn::Done(session)) => Ok(authenticate(context, session.token.expose()).await.unwrap().account),
        Ok(SignIn::Unfinished(begun)) => Err(format!("{:?}", begun.step)),
        Err(refusal) => Err(format!("{refusal:?}")),
    }
}

async fn enter(context: &Context, device: &mut Device) -> Result<AccountId, String> {
    let question = ask(context, Occasion::SignIn).await.unwrap();
    let response = device.get(&question.options);
    answer(context, &question.sealed, &response).await
}

async fn begin(context: &Context) -> NewPreSession {
    sign_in(context, "ada@example.com", PASSWORD, Whence::default()).await.ok().unwrap().unfinished()
}

async fn prove(context: &Context, begun: &NewPreSession, sealed: &str, response: &str) -> Result<(), String> {
    match prove_passkey(context, begun.token.expose(), begun.id, sealed, response, None).await {
        Ok(Progress::Done(_)) => Ok(()),
        Ok(Progress::Next(step)) => Err(format!("{step:?}")),
        Err(refusal) => Err(format!("{refusal:?}")),
    }
}

#[tokio::test]
async fn one_is_set_up_at_the_sign_in_that_asks_for_a_second_factor() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let required = |settings: &mut SignInSettings| settings.second_factor = SecondFactorPolicy::Required;
        testing::set(&context, &owner, required).await;
        let begun = begin(&context).await;
        let waiting = unfinished(&context, begun.token.expose()).await.unwrap().unwrap();
        let mut device = Device::new(ORIGIN);
        let question = ask_set_up_passkey(&context, &waiting).await.unwrap();
        let response = device.create(&question.options);
        let enrol = async |begun: &NewPreSession, sealed: &str| {
            set_up_passkey(&context, begun.token.expose(), begun.id, sealed, &response, None).await
        };
        let wrong = |refused: Result<Progress, StepRefusal>| matches!(refused, Err(StepRefusal::Error(_)));
        assert!(wrong(enrol(&begun, "nonsense").await));
        // A question for somebody else.
        let others = ask_for_new(&context, owner.account, "owner@example.com", "Owner").await.unwrap();
        assert!(wrong(enrol(&begun, &others.sealed).await));
        assert_eq!(testing::open_sessions(&context, ada).await, 0);
        let (one, other) = tokio::join!(enrol(&begun, &question.sealed), enrol(&begun, &question.sealed));
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|won| **won).count(), 1);
        assert_eq!(testing::account(&context, ada).await.second_factor.as_deref(), Some("passkey"));
        assert_eq!(testing::open_sessions(&context, ada).await, 1);
        assert_eq!(enter(&context, &mut device).await, Ok(ada));
    })
    .await;
}

#[test]
fn they_are_for_names_reached_by_https_and_for_localhost() {
    for (base_url, available) in [
        ("https://id.example.com", true),
        ("https://id.example.com:8443/", true),
        ("http://localhost:3000/", true),
        ("http://id.example.com", false),
        ("http://127.0.0.1:3000", false),
        ("https://192.0.2.1", false),
        ("https://[2001:db8::1]/", false),
        ("nonsense", false),
        ("", false),
    ] {
        assert_eq!(Passkeys::new(base_url).are_available(), available, "{base_url}");
    }
    assert_eq!(Passkeys::new("http://localhost:3000/").address().as_deref(), Some("http://localhost:3000"));
    assert_eq!(Passkeys::new("https://id.example.com/").address().as_deref(), Some("https://id.example.com"));
    assert_eq!(Passkeys::default().address(), None);
}

#[tokio::test]
async fn one_signs_in_without_password_and_without_another_factor() {
    testing::on_both(|context| async move {
        let World { owner, ada, mut device } = world(&context).await;
        testing::app(&context, ada).await;
        let set_up = users::view_authenticators(&context, &owner, ada).await.unwrap().factors;
        // What sets one up proves it: that is a use.
        assert!(set_up.iter().all(|row| row.last_used_at == Some(row.created_at)), "{set_up:?}");
        assert_eq!(enter(&context, &mut device).await, Ok(ada));
        let rows = crate::sessions::of_user(&context, &owner, ada).await.unwrap();
        assert!(rows.iter().any(|row| row.method == "Security key or passkey"));
        let shown = users::view_authenticators(&context, &owner, ada).await.unwrap();
        let row = shown.factors.iter().find(|row| row.kind == FactorKind::Passkey).unwrap();
        assert_eq!((row.name.as_str(), row.last_used_at), ("Blue key", Some(context.now())));
        assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 1);
        // Nothing of the question is left in the database before it is answered.
        assert!(used_challenges::Entity::find().all(context.database.read()).await.unwrap().len() == 2);
        context.clock.advance_seconds(SECONDS + 1);
        purge(&context).await.unwrap();
        assert!(used_challenges::Entity::find().all(context.database.read()).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_answer_counts_once_even_twice_at_once() {
    testing::on_both(|context| async move {
        let World { ada, mut device, .. } = world(&context).await;
        let question = ask(&context, Occasion::SignIn).await.unwrap();
        let response = device.get(&question.options);
        let (one, two) =
            tokio::join!(answer(&context, &question.sealed, &response), answer(&context, &question.sealed, &response));
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|won| **won).count(), 1, "{one:?} {two:?}");
        assert_eq!(answer(&context, &question.sealed, &response).await.unwrap_err(), "NotMatching");
        assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 1);
    })
    .await;
}

#[tokio::test]
async fn whatever_is_wrong_gives_one_answer() {
    testing::on_both(|context| async move {
        let World { owner, ada, device } = world(&context).await;
        let stranger = Device { user: Some(ada.0.as_bytes().to_vec()), ..Device::new(ORIGIN) };
        let wrong = |change: fn(&mut Device)| {
            let mut changed = device.clone();
            change(&mut changed);
            changed
        };
        for (what, mut device) in [
            ("an unknown credential", stranger.clone()),
            ("another key behind a known credential", Device { credential: device.credential.clone(), ..stranger }),
            ("another site", wrong(|device| device.origin = "https://evil.example".into())),
            ("a subdomain", wrong(|device| device.origin = "https://a.id.example.com".into())),
            ("another port", wrong(|device| device.origin = "https://id.example.com:8443".into())),
            ("without TLS", wrong(|device| device.origin = "http://id.example.com".into())),
            ("nobody verified", wrong(|device| device.verifies = false)),
            ("no user", wrong(|device| device.user = None)),
            ("an empty user", wrong(|device| device.user = Some(Vec::new()))),
        ] {
            assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NotMatching", "{what}");
        }
        let mut others = Device { user: Some(owner.account.0.as_bytes().to_vec()), ..device.clone() };
        assert_eq!(enter(&context, &mut others).await.unwrap_err(), "NotMatching", "another user");
        let mut device = device;
        let question = ask(&context, Occasion::SignIn).await.unwrap();
        let mut options = question.options.clone();
        options["rpId"] = "evil.example".into();
        let response = device.get(&options);
        assert_eq!(answer(&context, &question.sealed, &response).await.unwrap_err(), "NotMatching");
        for (sealed, response) in [("", ""), ("1.AAAA", "{}"), (&*question.sealed, "null"), ("\0", "\0")] {
            assert_eq!(answer(&context, sealed, response).await.unwrap_err(), "NotMatching");
        }
        assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_question_is_for_its_time_its_occasion_and_its_account() {
    testing::on_both(|context| async move {
        let World { owner, ada, mut device } = world(&context).await;
        let late = ask(&context, Occasion::SignIn).await.unwrap();
        context.clock.advance_seconds(SECONDS);
        let response = device.get(&late.options);
        assert_eq!(answer(&context, &late.sealed, &response).await.unwrap_err(), "NotMatching");
        // The challenge of one question under the seal of another.
        let (one, other) =
            (ask(&context, Occasion::SignIn).await.unwrap(), ask(&context, Occasion::SignIn).await.unwrap());
        let response = device.get(&one.options);
        assert_eq!(answer(&context, &other.sealed, &response).await.unwrap_err(), "NotMatching");
        for occasion in [Occasion::SecondFactor(ada), Occasion::Confirmation(ada)] {
            let question = ask(&context, occasion).await.unwrap();
            let response = device.get(&question.options);
            assert_eq!(answer(&context, &question.sealed, &response).await.unwrap_err(), "NotMatching");
        }
        let holder = testing::holder(&context, ada).await;
        for occasion in [Occasion::SignIn, Occasion::SecondFactor(ada), Occasion::Confirmation(owner.account)] {
            let question = ask(&context, occasion).await.unwrap();
            let response = device.get(&question.options);
            let refused = confirm_with_passkey(&context, &holder, &question.sealed, &response).await.err().unwrap();
            assert_eq!(testing::wrong_fields(refused), ["passkey"]);
        }
        assert_eq!(testing::events_of(&context, ada, EventKind::ProofFailed).await, 3);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_may_not_sign_in_does_not() {
    testing::on_both(|context| async move {
        let World { owner, ada, mut device } = world(&context).await;
        testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await;
        assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NotMatching", "disabled");
        assert_eq!(testing::events_of(&context, ada, EventKind::SignInFailed).await, 1);
        testing::bulk(&context, &owner, BulkAction::Enable, &[ada]).await;
        assert_eq!(enter(&context, &mut device).await, Ok(ada));
        for _ in 0..crate::throttle::LOCK_AFTER {
            let _ = sign_in(&context, "ada@example.com", "wrong", Whence::default()).await;
            context.clock.advance_seconds(600);
        }
        assert!(testing::account(&context, ada).await.locked_until.is_some_and(|until| until > context.now()));
        assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NotMatching", "locked");
        users::unlock(&context, &owner, ada).await.unwrap();
        assert_eq!(enter(&context, &mut device).await, Ok(ada));
        testing::bulk(&context, &owner, BulkAction::RemoveIdentity, &[ada]).await;
        assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NotMatching", "removed");
        // Back in another way than by staff: the passkey does not come along.
        let bob = testing::user(&context, &owner, "bob").await;
        let mut device = testing::passkey(&context, bob, "").await;
        assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NotMatching", "not onboarded");
    })
    .await;
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_told() {
    testing::on_both(|context| async move {
        let World { ada, mut device, .. } = world(&context).await;
        let mut copy = device.clone();
        device.counter = 7;
        assert_eq!(enter(&context, &mut device).await, Ok(ada));
        assert_eq!(enter(&context, &mut copy).await.unwrap_err(), "NotMatching");
        copy.counter = 8;
        assert_eq!(enter(&context, &mut copy).await, Ok(ada), "nobody can tell");
        assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NotMatching");
        assert_eq!(testing::events_of(&context, ada, EventKind::PasskeyRefused).await, 2);
        let told = testing::messages(&context).await;
        let told =
            told.iter().filter(|row| row.content.as_deref().is_some_and(|text| text.contains("passkey_refused")));
        assert_eq!(told.count(), 2);
        assert_eq!(enter(&context, &mut device).await, Ok(ada));
    })
    .await;
}

#[tokio::test]
async fn it_is_the_second_factor_after_a_password() {
    testing::on_both(|context| async move {
        let World { owner, ada, mut device } = world(&context).await;
        let mut others = testing::passkey(&context, owner.account, "").await;
        let begun = begin(&context).await;
        let waiting = unfinished(&context, begun.token.expose()).await.unwrap().unwrap();
        assert_eq!((waiting.step, waiting.ways), (Step::SecondFactor, vec![PASSKEY]));
        let question = ask(&context, Occasion::SecondFactor(ada)).await.unwrap();
        let offered = question.options["allowCredentials"].as_array().unwrap();
        let id = URL_SAFE_NO_PAD.encode(&device.credential);
        assert_eq!(offered, &[serde_json::json!({ "type": "public-key", "id": id })]);
        // Another account's passkey, whatever it says whose it is.
        let response = others.get(&question.options);
        assert_eq!(prove(&context, &begun, &question.sealed, &response).await.unwrap_err(), "WrongCode { left: 4 }");
        // Used up by that.
        let response = device.get(&question.options);
        assert_eq!(prove(&context, &begun, &question.sealed, &response).await.unwrap_err(), "WrongCode { left: 3 }");
        let question = ask(&context, Occasion::SecondFactor(ada)).await.unwrap();
        others.user = None;
        let response = others.get(&question.options);
        assert_eq!(prove(&context, &begun, &question.sealed, &response).await.unwrap_err(), "WrongCode { left: 2 }");
        context.clock.advance_seconds(60);
        let code = prove_code(&context, begun.token.expose(), begun.id, PASSKEY, "000000", None).await;
        assert!(code.is_err());
        context.clock.advance_seconds(60);
        let question = ask(&context, Occasion::SecondFactor(ada)).await.unwrap();
        // Old keys do not say whose they are.
        device.user = None;
        let response = device.get(&question.options);
        assert_eq!(prove(&context, &begun, &question.sealed, &response).await, Ok(()));
        assert_eq!(testing::events_of(&context, ada, EventKind::SecondFactorFailed).await, 4);
        let again = begin(&context).await;
        assert_eq!(prove(&context, &again, &question.sealed, &response).await.unwrap_err(), "WrongCode { left: 4 }");
    })
    .await;
}

#[tokio::test]
async fn a_password_that_must_change_is_changed_after_a_passkey_too() {
    testing::on_both(|context| async move {
        let World { owner, ada, mut device } = world(&context).await;
        users::set_password(&context, &owner, ada, "chosen by the help desk", true).await.unwrap();
        assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NewPassword");
        // One that has stopped working is not in the way of a passkey.
        users::set_password(&context, &owner, ada, PASSWORD, false).await.unwrap();
        testing::expire_password(&context, ada).await;
        assert_eq!(enter(&context, &mut device).await, Ok(ada));
        testing::set(&context, &owner, |settings: &mut SignInSettings| {
            settings.second_factor = SecondFactorPolicy::Required;
        })
        .await;
        assert_eq!(enter(&context, &mut device).await, Ok(ada), "it is a second factor");
    })
    .await;
}

#[tokio::test]
async fn there_are_several_with_names_and_each_can_go() {
    testing::on_both(|context| async move {
        let World { owner, ada, mut device } = world(&context).await;
        let mut second = testing::passkey(&context, ada, "").await;
        let mut third = testing::passkey(&context, ada, " Phone ").await;
        let holder = testing::holder(&context, ada).await;
        let shown = authenticators::of_account(&context, &holder).await.unwrap();
        let names: Vec<_> = shown.factors.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["Blue key", "Passkey 2", "Phone"]);
        for device in [&mut device, &mut second, &mut third] {
            assert_eq!(enter(&context, device).await, Ok(ada));
        }
        let question = begin_set_up(&context, &holder).await.unwrap();
        assert_eq!(question.options["excludeCredentials"].as_array().unwrap().len(), 3);
        assert_eq!(question.options["authenticatorSelection"]["residentKey"], "preferred");
        assert_eq!(question.options["authenticatorSelection"]["userVerification"], "required");
        // One that the browser was asked to leave out, and another account's.
        let response = second.create(&question.options);
        let twice = add(&context, &holder, &question.sealed, &response, "").await.unwrap_err();
        assert_eq!(testing::wrong_fields(twice), ["passkey"]);
        let question = begin_set_up(&context, &owner).await.unwrap();
        let response = second.clone().create(&question.options);
        let stolen = add(&context, &owner, &question.sealed, &response, "").await.unwrap_err();
        assert_eq!(testing::wrong_fields(stolen), ["passkey"]);
        authenticators::rename(&context, &holder, shown.factors[1].id, "Red key").await.unwrap();
        authenticators::remove(&context, &holder, shown.factors[1].id).await.unwrap();
        second.user = Some(ada.0.as_bytes().to_vec());
        assert_eq!(enter(&context, &mut second).await.unwrap_err(), "NotMatching");
        users::remove_authenticator(&context, &owner, ada, shown.factors[0].id).await.unwrap();
        assert_eq!(enter(&context, &mut device).await.unwrap_err(), "NotMatching");
        assert_eq!(enter(&context, &mut third).await, Ok(ada));
        assert_eq!(testing::account(&context, ada).await.second_factor.as_deref(), Some("passkey"));
    })
    .await;
}

#[tokio::test]
async fn adding_one_needs_a_recent_proof_which_a_passkey_gives() {
    testing::on_both(|context| async move {
        let World { owner, ada, mut device } = world(&context).await;
        let token = testing::session(&context, ada).await;
        let holder = authenticate(&context, &token).await.unwrap();
        let question = begin_set_up(&context, &holder).await.unwrap();
        let mut new = Device::new(ORIGIN);
        let response = new.create(&question.options);
        let another = testing::holder(&context, owner.account).await;
        let of_another = add(&context, &another, &question.sealed, &response, "").await.unwrap_err();
        assert_eq!(testing::wrong_fields(of_another), ["passkey"]);
        context.clock.advance_seconds(RECENT_SECONDS);
        assert!(matches!(begin_set_up(&context, &holder).await, Err(Error::ProofNeeded)));
        let early = add(&context, &holder, &question.sealed, &response, "").await;
        assert!(matches!(early, Err(Error::ProofNeeded)));
        assert!(has_some(&context, &holder).await.unwrap());
        let asked = ask(&context, Occasion::Confirmation(ada)).await.unwrap();
        let proof = device.get(&asked.options);
        let renewed = confirm_with_passkey(&context, &holder, &asked.sealed, &proof).await.unwrap().unwrap();
        assert!(authenticate(&context, &token).await.is_err());
        let holder = authenticate(&context, renewed.token.expose()).await.unwrap();
        let question = begin_set_up(&context, &holder).await.unwrap();
        let response = Device { verifies: false, ..new.clone() }.create(&question.options);
        let unverified = add(&context, &holder, &question.sealed, &response, "").await.unwrap_err();
        assert_eq!(testing::wrong_fields(unverified), ["passkey"]);
        let response = new.create(&question.options);
        add(&context, &holder, &question.sealed, &response, "").await.unwrap();
        let replayed = add(&context, &holder, &question.sealed, &response, "").await.unwrap_err();
        assert_eq!(testing::wrong_fields(replayed), ["passkey"]);
        let long = add(&context, &holder, "", "", &"x".repeat(61)).await.unwrap_err();
        assert_eq!(testing::wrong_fields(long), ["name"]);
        assert_eq!(testing::events_of(&context, ada, EventKind::AuthenticatorAdded).await, 2);
    })
    .await;
}

#[tokio::test]
async fn where_they_are_not_available_nothing_asks_for_them() {
    let sqlite = testing::sqlite().await;
    let mut context = sqlite.context.clone();
    let World { ada, mut device, .. } = world(&context).await;
    let question = ask(&context, Occasion::SignIn).await.unwrap();
    let response = device.get(&question.options);
    context.roster.passkeys = Passkeys::default();
    let holder = testing::holder(&context, ada).await;
    assert!(!has_some(&context, &holder).await.unwrap());
    assert!(matches!(ask(&context, Occasion::SignIn).await, Err(Error::Conflict(_))));
    assert!(matches!(begin_set_up(&context, &holder).await, Err(Error::Conflict(_))));
    assert!(answer(&context, &question.sealed, &response).await.unwrap_err().contains("Conflict"));
}
