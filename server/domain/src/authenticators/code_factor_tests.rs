//! Codes by mail and SMS as second factors, and the attacks on them.

use types::accounts::AccountForm;
use types::authenticators::{FactorKind, SecondFactorPolicy};
use types::bulk::BulkAction;
use types::events::EventKind;
use types::permissions::BuiltInRole;
use types::settings::SignIn as SignInSettings;
use types::{AccountId, Permission};

use super::*;
use crate::account::{confirm_email_change, request_email_change};
use crate::authenticators::code_factor::{confirm_own, look, send_own};
use crate::authority::authenticate;
use crate::codes::{LIFE_SECONDS, PAUSE_SECONDS};
use crate::messages::{Alert, Content, Mailing};
use crate::sign_in::{
    NewPreSession, Progress, Step, StepRefusal, Way, Whence, prove_code, send_code, send_set_up_code, set_up_code,
    sign_in, unfinished,
};
use crate::testing::{self, PASSWORD};
use crate::{Error, Holder, Staff, users};

const EMAIL: FactorKind = FactorKind::EmailCode;
const SMS: FactorKind = FactorKind::SmsCode;
const ADDRESS: &str = "ada@example.com";
const NUMBER: &str = "+41446681800";

struct World {
    owner: Staff,
    ada: AccountId,
}

/// Ada gets codes by mail; another code may be sent.
async fn world(context: &Context) -> World {
    let owner = testing::owner(context).await;
    let ada = testing::onboarded(context, &owner, "ada").await;
    testing::email_codes(context, ada).await;
    context.clock.advance_seconds(PAUSE_SECONDS);
    World { owner, ada }
}

async fn begin(context: &Context) -> NewPreSession {
    sign_in(context, ADDRESS, PASSWORD, Whence::default()).await.ok().unwrap().unfinished()
}

async fn prove(context: &Context, begun: &NewPreSession, code: &str) -> Result<Holder, String> {
    prove_by(context, begun, EMAIL, code).await
}

async fn prove_by(context: &Context, begun: &NewPreSession, kind: FactorKind, code: &str) -> Result<Holder, String> {
    match prove_code(context, begun.token.expose(), begun.id, Way::Factor(kind), code, None).await {
        Ok(Progress::Done(session)) => Ok(authenticate(context, session.token.expose()).await.unwrap()),
        Ok(Progress::Next(step)) => Err(format!("{step:?}")),
        Err(refusal) => Err(format!("{refusal:?}")),
    }
}

#[tokio::test]
async fn no_code_is_sent_to_an_app() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        testing::app(&context, ada).await;
        context.clock.advance_seconds(PAUSE_SECONDS);
        let begun = begin(&context).await;
        for kind in [FactorKind::AuthenticatorApp, FactorKind::Passkey, EMAIL, SMS] {
            let refused = send_code(&context, begun.token.expose(), begun.id, kind).await;
            assert!(matches!(refused, Err(StepRefusal::Error(Error::NotFound(_)))), "{kind:?}: {refused:?}");
        }
        assert_eq!(codes_sent(&context).await, 0);
    })
    .await;
}

async fn code(context: &Context) -> String {
    testing::code_sent_to(context, ADDRESS).await
}

async fn codes_sent(context: &Context) -> usize {
    testing::messages(context).await.iter().filter(|row| row.kind == "code").count()
}

/// Whether every code that was sent is void or used.
async fn no_code_works(context: &Context) -> bool {
    let rows = db::entities::one_time_codes::Entity::find().all(context.database.read()).await.unwrap();
    !rows.is_empty() && rows.iter().all(|row| row.used_at.is_some())
}

async fn kinds(context: &Context, id: AccountId) -> Vec<FactorKind> {
    kinds_of(context.database.read(), id).await.unwrap()
}

/// Enrols codes to a number, by a gateway that nobody listens at.
async fn enrol_number(context: &Context, holder: &Holder, number: &str) {
    send_own(context, holder, SMS, Some(number)).await.unwrap();
    let code = testing::code_sent_to(context, number).await;
    confirm_own(context, holder, SMS, &code).await.unwrap();
}

#[tokio::test]
async fn a_code_is_on_its_way_after_the_password_and_signs_in() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context).await;
        assert_eq!(testing::account(&context, ada).await.second_factor.as_deref(), Some("email_code"));
        let before = codes_sent(&context).await;
        assert!(sign_in(&context, ADDRESS, "wrong", Whence::default()).await.is_err());
        assert!(sign_in(&context, "nobody@example.com", PASSWORD, Whence::default()).await.is_err());
        assert_eq!(codes_sent(&context).await, before, "a code goes out after the password only");
        let begun = begin(&context).await;
        assert_eq!((begun.step, codes_sent(&context).await), (Step::SecondFactor, before + 1));
        let waiting = unfinished(&context, begun.token.expose()).await.unwrap().unwrap();
        assert_eq!((waiting.codes[0].address.as_str(), waiting.codes[0].is_sent), (ADDRESS, true));
        let code = code(&context).await;
        assert_eq!(prove(&context, &begun, &code).await.unwrap().account, ada);
        let shown = of_account(&context, &testing::holder(&context, ada).await).await.unwrap();
        assert!(shown.factors[0].last_used_at.is_some());
        assert!(testing::dump(&context).await.iter().all(|row| !row.contains(&code)));
    })
    .await;
}

#[tokio::test]
async fn a_code_is_of_its_sign_in_and_works_once() {
    testing::on_both(|context| async move {
        world(&context).await;
        // Whoever knows the password begins a sign-in too: the code that went to Ada is not for theirs.
        let (hers, theirs) = (begin(&context).await, begin(&context).await);
        let first = code(&context).await;
        assert!(prove(&context, &theirs, &first).await.unwrap_err().starts_with("WrongCode"));
        prove(&context, &hers, &first).await.unwrap();
        context.clock.advance_seconds(PAUSE_SECONDS);
        let again = begin(&context).await;
        assert!(prove(&context, &again, &first).await.unwrap_err().starts_with("WrongCode"), "replayed");
        prove(&context, &again, &code(&context).await).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_two_requests_with_one_code_at_once_one_signs_in() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context).await;
        let begun = begin(&context).await;
        let code = code(&context).await;
        let (one, two) = tokio::join!(prove(&context, &begun, &code), prove(&context, &begun, &code));
        assert_eq!([&one, &two].iter().filter(|answer| answer.is_ok()).count(), 1, "{one:?} {two:?}");
        assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 1);
    })
    .await;
}

#[tokio::test]
async fn guessing_ends_the_sign_in_and_locks_the_account() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context).await;
        let mut guesses = 0;
        while testing::account(&context, ada).await.locked_until.is_none() {
            context.clock.advance_seconds(PAUSE_SECONDS + 200);
            let begun = begin(&context).await;
            for _ in 0..5 {
                guesses += 1;
                prove(&context, &begun, "wrong").await.unwrap_err();
                context.clock.advance_seconds(70);
            }
            assert_eq!(prove(&context, &begun, &code(&context).await).await.unwrap_err(), "StartAgain");
        }
        assert!(guesses <= 15, "{guesses}");
    })
    .await;
}

#[tokio::test]
async fn an_expired_code_is_wrong_and_another_one_can_be_had() {
    testing::on_both(|context| async move {
        world(&context).await;
        let begun = begin(&context).await;
        let (token, id) = (begun.token.expose(), begun.id);
        assert!(matches!(send_code(&context, token, id, EMAIL).await, Err(StepRefusal::Error(Error::Conflict(_)))));
        let old = code(&context).await;
        context.clock.advance_seconds(LIFE_SECONDS);
        let waiting = unfinished(&context, token).await.unwrap().unwrap();
        assert!(!waiting.codes[0].is_sent);
        assert_eq!(prove(&context, &begun, &old).await.unwrap_err(), "WrongCode { left: 4 }");
        send_code(&context, token, id, EMAIL).await.unwrap();
        prove(&context, &begun, &code(&context).await).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_kind_that_is_not_set_up_sends_and_proves_nothing() {
    testing::on_both(|mut context| async move {
        testing::sms_gateway(&mut context);
        world(&context).await;
        let begun = begin(&context).await;
        let (token, id) = (begun.token.expose(), begun.id);
        for kind in [SMS, FactorKind::AuthenticatorApp] {
            let refused = send_code(&context, token, id, kind).await;
            assert!(matches!(refused, Err(StepRefusal::Error(Error::NotFound(_)))), "{kind:?}");
        }
        let code = code(&context).await;
        assert!(prove_by(&context, &begun, SMS, &code).await.unwrap_err().starts_with("WrongCode"));
    })
    .await;
}

#[tokio::test]
async fn set_up_needs_a_recent_proof_an_address_and_its_code() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let holder = testing::holder(&context, ada).await;
        assert_eq!(look(&context, &holder, EMAIL).await.unwrap().suggested.as_deref(), Some(ADDRESS));
        let wrong = send_own(&context, &holder, EMAIL, Some("nonsense\r\nBcc: eve@example.com")).await.unwrap_err();
        assert_eq!(testing::wrong_fields(wrong), ["address"]);
        assert!(
            matches!(send_own(&context, &holder, SMS, Some(NUMBER)).await, Err(Error::NotAllowed(_))),
            "no gateway"
        );
        assert!(matches!(send_own(&context, &holder, EMAIL, None).await, Err(Error::Conflict(_))));
        send_own(&context, &holder, EMAIL, Some("other@example.com")).await.unwrap();
        let sent = testing::code_sent_to(&context, "other@example.com").await;
        // The owner's session, and another one of Ada's, with Ada's code.
        for other in [testing::holder(&context, ada).await, testing::holder(&context, owner.account).await] {
            assert_eq!(testing::wrong_fields(confirm_own(&context, &other, EMAIL, &sent).await.unwrap_err()), ["code"]);
        }
        let wrong = confirm_own(&context, &holder, EMAIL, "wrong").await.unwrap_err();
        assert_eq!(testing::wrong_fields(wrong), ["code"]);
        confirm_own(&context, &holder, EMAIL, &sent).await.unwrap();
        let shown = of_account(&context, &holder).await.unwrap();
        assert_eq!((shown.factors[0].name.as_str(), shown.default), ("other@example.com", Some(EMAIL)));
        assert_eq!(testing::alerted(&context, ADDRESS).await, [Alert::SecondFactorAdded]);
        context.clock.advance_seconds(600);
        assert!(matches!(send_own(&context, &holder, EMAIL, Some(ADDRESS)).await, Err(Error::ProofNeeded)));
        assert!(matches!(confirm_own(&context, &holder, EMAIL, "1").await, Err(Error::ProofNeeded)));
    })
    .await;
}

#[tokio::test]
async fn another_address_takes_the_place_of_the_first_and_the_settings_can_forbid_it() {
    testing::on_both(|mut context| async move {
        testing::sms_gateway(&mut context);
        let World { owner, ada } = world(&context).await;
        let holder = testing::holder(&context, ada).await;
        send_own(&context, &holder, EMAIL, Some("other@example.com")).await.unwrap();
        confirm_own(&context, &holder, EMAIL, &testing::code_sent_to(&context, "other@example.com").await)
            .await
            .unwrap();
        enrol_number(&context, &holder, NUMBER).await;
        let shown = of_account(&context, &holder).await.unwrap();
        let names: Vec<_> = shown.factors.iter().map(|row| row.name.as_str()).collect();
        assert_eq!((names, shown.default), (vec!["other@example.com", NUMBER], Some(EMAIL)));
        testing::set(&context, &owner, |settings: &mut SignInSettings| settings.sms_codes = false).await;
        context.clock.advance_seconds(PAUSE_SECONDS);
        assert!(matches!(send_own(&context, &holder, SMS, Some(NUMBER)).await, Err(Error::NotAllowed(_))));
        assert_eq!(of_account(&context, &holder).await.unwrap().code_kinds, [EMAIL]);
        // Who has it keeps it.
        make_default(&context, &holder, SMS).await.unwrap();
        begin(&context).await;
        testing::code_sent_to(&context, NUMBER).await;
    })
    .await;
}

#[tokio::test]
async fn where_it_is_required_codes_are_set_up_at_the_sign_in() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let required = |settings: &mut SignInSettings| settings.second_factor = SecondFactorPolicy::Required;
        testing::set(&context, &owner, required).await;
        let begun = begin(&context).await;
        let (token, id) = (begun.token.expose(), begun.id);
        assert_eq!(begun.step, Step::SetUpSecondFactor);
        let waiting = unfinished(&context, token).await.unwrap().unwrap();
        assert_eq!(waiting.code_kinds, [EMAIL]);
        send_set_up_code(&context, token, id, EMAIL, Some(ADDRESS)).await.unwrap();
        let wrong = set_up_code(&context, token, id, EMAIL, "wrong", None).await;
        assert!(matches!(wrong, Err(StepRefusal::Error(Error::Invalid(_)))));
        // A sign-in that another one has begun does not use the code.
        let other = begin(&context).await;
        let code = code(&context).await;
        assert!(set_up_code(&context, other.token.expose(), other.id, EMAIL, &code, None).await.is_err());
        let done = set_up_code(&context, token, id, EMAIL, &code, None).await;
        assert!(matches!(done, Ok(Progress::Done(_))));
        assert_eq!(kinds(&context, ada).await, [EMAIL]);
    })
    .await;
}

#[tokio::test]
async fn codes_follow_an_address_that_the_holder_has_verified() {
    testing::on_both(|mut context| async move {
        testing::sms_gateway(&mut context);
        let World { ada, .. } = world(&context).await;
        let before = begin(&context).await;
        let old = code(&context).await;
        let holder = testing::holder(&context, ada).await;
        request_email_change(&context, &holder, "new@example.com", PASSWORD).await.unwrap();
        let mails = testing::mailed(&context, "new@example.com").await;
        let Some(Content::EmailConfirmation { token, .. }) = mails.last() else { panic!("{mails:?}") };
        confirm_email_change(&context, token).await.unwrap();
        assert!(prove(&context, &before, &old).await.is_err(), "a code that went to the old address");
        context.clock.advance_seconds(PAUSE_SECONDS);
        let begun = sign_in(&context, "new@example.com", PASSWORD, Whence::default()).await.ok().unwrap().unfinished();
        let code = testing::code_sent_to(&context, "new@example.com").await;
        prove(&context, &begun, &code).await.unwrap();
        assert_eq!(of_account(&context, &holder).await.unwrap().factors[0].name, "new@example.com");
    })
    .await;
}

#[tokio::test]
async fn codes_end_with_an_address_that_staff_change_and_others_stay() {
    testing::on_both(|mut context| async move {
        testing::sms_gateway(&mut context);
        let World { owner, ada } = world(&context).await;
        let holder = testing::holder(&context, ada).await;
        let with =
            |email: &str, phone: &str| AccountForm { email: email.into(), phone: phone.into(), ..testing::form("ada") };
        let edit = async |form: AccountForm| {
            let version = testing::account(&context, ada).await.version;
            users::edit(&context, &owner, ada, &form, version).await.unwrap();
        };
        edit(with(ADDRESS, NUMBER)).await;
        enrol_number(&context, &holder, NUMBER).await;
        assert_eq!(kinds(&context, ada).await, [EMAIL, SMS]);
        let begun = begin(&context).await;
        let old = code(&context).await;
        assert!(!no_code_works(&context).await);
        testing::session(&context, ada).await;
        edit(with("moved@example.com", NUMBER)).await;
        assert!(no_code_works(&context).await, "nor the code that went to the old address");
        assert!(prove(&context, &begun, &old).await.is_err());
        testing::session(&context, ada).await;
        assert_eq!(kinds(&context, ada).await, [SMS]);
        assert_eq!(testing::account(&context, ada).await.second_factor.as_deref(), Some("sms_code"));
        // Written as within the country, it is the same number; it was kept so before.
        let stored = "UPDATE accounts SET phone = '+410446681800' WHERE phone = '+41446681800'";
        let transaction = context.database.begin().await.unwrap();
        transaction.execute_unprepared(stored).await.unwrap();
        transaction.commit().await.unwrap();
        for form in ["+41 (0)44 668 18 00", NUMBER] {
            edit(with("moved@example.com", form)).await;
            assert_eq!(kinds(&context, ada).await, [SMS], "{form}");
        }
        assert_eq!(testing::account(&context, ada).await.phone.as_deref(), Some(NUMBER));
        edit(with("moved@example.com", "+12025550143")).await;
        assert_eq!(kinds(&context, ada).await, []);
        assert_eq!(testing::open_sessions(&context, ada).await, 0, "with the second factor that the number was");
        assert_eq!(testing::account(&context, ada).await.second_factor, None);
        assert_eq!(testing::events_of(&context, ada, EventKind::AuthenticatorRemoved).await, 2);
        // An address of the factor's own has nothing to do with it.
        let holder = testing::holder(&context, ada).await;
        context.clock.advance_seconds(PAUSE_SECONDS);
        enrol_number(&context, &holder, "+12025550199").await;
        edit(with("moved@example.com", NUMBER)).await;
        assert_eq!(kinds(&context, ada).await, [SMS]);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_remove_a_factor_does_not_take_its_address() {
    testing::on_both(|mut context| async move {
        testing::sms_gateway(&mut context);
        let World { owner, ada } = world(&context).await;
        let id = testing::onboarded(&context, &owner, "editor").await;
        testing::give_permissions(&context, id, &[Permission::ViewUsers, Permission::EditUsers], None).await;
        let editor = testing::staff(&context, id).await;
        let edit = async |email: &str, phone: &str| {
            let version = testing::account(&context, ada).await.version;
            let form = AccountForm { email: email.into(), phone: phone.into(), ..testing::form("ada") };
            users::edit(&context, &editor, ada, &form, version).await
        };
        edit(ADDRESS, NUMBER).await.unwrap();
        enrol_number(&context, &testing::holder(&context, ada).await, NUMBER).await;
        for (email, phone) in [("moved@example.com", NUMBER), (ADDRESS, ""), (ADDRESS, "+12025550143")] {
            assert!(matches!(edit(email, phone).await, Err(Error::NotAllowed(_))), "{email} {phone}");
        }
        assert_eq!(kinds(&context, ada).await, [EMAIL, SMS]);
        // Nor where the permission reaches other people only.
        let acme = testing::organization(&context, "Acme", &[]).await;
        testing::give_permissions(&context, id, &[Permission::ManageAuthenticators], Some(acme)).await;
        let editor = testing::staff(&context, id).await;
        let version = testing::account(&context, ada).await.version;
        let form = AccountForm { phone: String::new(), ..testing::form("ada") };
        let refused = users::edit(&context, &editor, ada, &form, version).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
        assert_eq!(testing::events_of(&context, ada, EventKind::AuthenticatorRemoved).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_staff_add_is_worth_nothing_before_the_holder_verifies_it() {
    testing::on_both(|mut context| async move {
        testing::sms_gateway(&mut context);
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
        let before = codes_sent(&context).await;
        users::add_code_address(&context, &desk, ada, SMS, "+12025550143").await.unwrap();
        users::add_code_address(&context, &desk, ada, SMS, NUMBER).await.unwrap();
        assert_eq!((codes_sent(&context).await, kinds(&context, ada).await), (before, vec![]));
        // Nothing is asked at a sign-in.
        sign_in(&context, ADDRESS, PASSWORD, Whence::default()).await.ok().unwrap().session();
        assert_eq!(testing::alerted(&context, ADDRESS).await, [const { Alert::CodeAddressAddedByStaff }; 2]);
        let holder = testing::holder(&context, ada).await;
        let shown = of_account(&context, &holder).await.unwrap();
        assert_eq!((shown.unverified.len(), shown.unverified[0].address.as_str()), (1, NUMBER));
        assert_eq!(look(&context, &holder, SMS).await.unwrap().suggested.as_deref(), Some(NUMBER));
        enrol_number(&context, &holder, NUMBER).await;
        assert!(of_account(&context, &holder).await.unwrap().unverified.is_empty());

        users::add_code_address(&context, &desk, ada, EMAIL, "x@example.com").await.unwrap();
        users::remove_code_address(&context, &desk, ada, EMAIL).await.unwrap();
        let gone = users::remove_code_address(&context, &desk, ada, EMAIL).await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
        for (kind, address) in [(SMS, "044"), (EMAIL, "x")] {
            let wrong = users::add_code_address(&context, &desk, ada, kind, address).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["address"]);
        }
        for (staff, whom) in [(&desk, owner.account), (&desk, desk.account), (&owner, owner.account)] {
            let refused = users::add_code_address(&context, staff, whom, EMAIL, "x@example.com").await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
        }
        let app = users::add_code_address(&context, &owner, ada, FactorKind::AuthenticatorApp, "x").await;
        assert!(matches!(app, Err(Error::NotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn resetting_forgets_codes_on_their_way_and_addresses_that_wait() {
    testing::on_both(|context| async move {
        let World { owner, ada } = world(&context).await;
        let begun = begin(&context).await;
        users::add_code_address(&context, &owner, ada, EMAIL, "x@example.com").await.unwrap();
        assert!(!no_code_works(&context).await);
        testing::bulk(&context, &owner, BulkAction::ResetMfa, &[ada]).await;
        assert!(no_code_works(&context).await);
        assert!(prove(&context, &begun, &code(&context).await).await.is_err());
        let shown = users::view_authenticators(&context, &owner, ada).await.unwrap();
        assert!(shown.factors.is_empty() && shown.unverified.is_empty() && shown.default.is_none());
    })
    .await;
}

#[tokio::test]
async fn without_a_mail_server_no_code_is_sent_and_none_can_be_read() {
    testing::on_both(|mut context| async move {
        let World { owner, ada } = world(&context).await;
        context.roster.mailing = Mailing::new("https://id.example.com", false);
        let before = codes_sent(&context).await;
        let begun = begin(&context).await;
        assert_eq!(codes_sent(&context).await, before);
        let refused = send_code(&context, begun.token.expose(), begun.id, EMAIL).await;
        assert!(matches!(refused, Err(StepRefusal::Error(Error::Conflict(_)))));
        let holder = testing::holder(&context, ada).await;
        assert!(of_account(&context, &holder).await.unwrap().code_kinds.is_empty());
        // What is in the queue stays unread; staff can help in other ways.
        for row in testing::messages(&context).await.into_iter().filter(|row| row.kind == "code") {
            assert!(crate::messages::read(&context, &owner, row.id).await.is_err());
        }
    })
    .await;
}
