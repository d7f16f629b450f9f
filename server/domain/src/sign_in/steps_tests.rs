//! Sign-ins of several steps, and the attacks on them.

use db::entities::roles;
use types::AccountId;
use types::authenticators::{FactorKind, SecondFactorPolicy};
use types::bulk::BulkAction;
use types::events::EventKind;
use types::permissions::BuiltInRole;
use types::settings::{AlternateLogin, SecurityCodeKinds, SignIn as SignInSettings};

use super::*;
use crate::authenticators::{authenticator_app, backup_code, security_codes};
use crate::authority::authenticate;
use crate::testing::{self, PASSWORD};
use crate::{Holder, Staff, authenticators, users};

const APP: Way = Way::Factor(FactorKind::AuthenticatorApp);

struct World {
    owner: Staff,
    ada: AccountId,
    key: String,
}

/// Ada has an authenticator app, whose present code is not used up.
async fn world(context: &Context) -> World {
    let owner = testing::owner(context).await;
    let ada = testing::onboarded(context, &owner, "ada").await;
    let key = testing::app(context, ada).await;
    context.clock.advance_seconds(60);
    World { owner, ada, key }
}

async fn begin(context: &Context) -> NewPreSession {
    sign_in(context, "ada@example.com", PASSWORD, Whence::default()).await.ok().unwrap().unfinished()
}

async fn prove(context: &Context, begun: &NewPreSession, way: Way, code: &str) -> Result<Holder, String> {
    match prove_code(context, begun.token.expose(), begun.id, way, code, None).await {
        Ok(Progress::Done(session)) => Ok(authenticate(context, session.token.expose()).await.unwrap()),
        Ok(Progress::Next(step)) => Err(format!("{step:?}")),
        Err(refusal) => Err(format!("{refusal:?}")),
    }
}

async fn settings(context: &Context, owner: &Staff, policy: SecondFactorPolicy, codes: Option<SecurityCodeKinds>) {
    testing::set(context, owner, |settings: &mut SignInSettings| settings.second_factor = policy).await;
    testing::set(context, owner, |settings: &mut AlternateLogin| {
        settings.security_codes_enabled = codes.is_some();
        settings.security_codes = codes.unwrap_or_default();
    })
    .await;
}

fn wrong(code: &str) -> String {
    let last = code.as_bytes()[5] - b'0';
    format!("{}{}", &code[..5], (last + 1) % 10)
}

#[tokio::test]
async fn roles_that_require_a_second_factor_are_met_by_their_account() {
    testing::on_both(|context| async move {
        testing::owner(&context).await;
        let people = testing::many_with_roles(&context).await;
        let statement = state::requiring_roles(context.database.backend(), people[0]);
        let plan = testing::explain(&context, statement).await;
        assert!(plan.contains("role_assignments_of_account"), "{plan}");
    })
    .await;
}

#[tokio::test]
async fn a_role_cannot_begin_to_require_a_second_factor_in_the_middle_of_a_sign_in() {
    testing::on_both(|context| async move {
        // SQLite has one writer.
        if context.database.is_sqlite() {
            return;
        }
        let World { owner, ada, key } = world(&context).await;
        let bob = testing::onboarded(&context, &owner, "bob").await;
        for id in [ada, bob] {
            testing::give_role(&context, id, BuiltInRole::Auditor, None).await;
        }
        let auditor = testing::role(&context, BuiltInRole::Auditor).await;
        let begun = begin(&context).await;
        let changing = async || {
            let transaction = context.database.begin().await.unwrap();
            roles::Entity::find_by_id(auditor).lock(TO_CHANGE).one(&transaction).await.unwrap();
            transaction
        };
        let a_while = std::time::Duration::from_millis(300);
        let changed = changing().await;
        let mut first = std::pin::pin!(sign_in(&context, "bob@example.com", PASSWORD, Whence::default()));
        assert!(tokio::time::timeout(a_while, &mut first).await.is_err(), "the password did not wait for the role");
        changed.rollback().await.unwrap();
        assert!(matches!(first.await, Ok(SignIn::Done(_))));
        let changed = changing().await;
        let code = testing::app_code(&context, &key);
        let mut second = std::pin::pin!(prove(&context, &begun, APP, &code));
        assert!(tokio::time::timeout(a_while, &mut second).await.is_err(), "the step did not wait for the role");
        changed.rollback().await.unwrap();
        assert!(second.await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_code_of_the_app_signs_in_after_the_password() {
    testing::on_both(|context| async move {
        let World { ada, key, .. } = world(&context).await;
        let sessions = testing::open_sessions(&context, ada).await;
        let begun = begin(&context).await;
        assert_eq!(begun.step, Step::SecondFactor);
        assert_eq!(testing::open_sessions(&context, ada).await, sessions);
        assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 0);
        let waiting = unfinished(&context, begun.token.expose()).await.unwrap().unwrap();
        assert_eq!((waiting.id, waiting.step, waiting.ways), (begun.id, Step::SecondFactor, vec![APP]));
        let holder = prove(&context, &begun, APP, &testing::app_code(&context, &key)).await.unwrap();
        assert_eq!(holder.account, ada);
        assert!(unfinished(&context, begun.token.expose()).await.unwrap().is_none());
        assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_pre_session_is_no_session_and_a_session_is_no_pre_session() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context).await;
        let begun = begin(&context).await;
        assert!(authenticate(&context, begun.token.expose()).await.is_err());
        let session = testing::session(&context, ada).await;
        assert!(unfinished(&context, &session).await.unwrap().is_none());
        for nonsense in ["", "x", &"A".repeat(43), &begun.token.hash(), &begun.id.to_string()] {
            assert!(unfinished(&context, nonsense).await.unwrap().is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_is_accepted_once_in_every_process() {
    testing::on_both(|context| async move {
        let World { key, .. } = world(&context).await;
        let code = testing::app_code(&context, &key);
        let (one, other) = (begin(&context).await, begin(&context).await);
        // Another node: the same database and key, nothing else in common.
        let mut node = context.clone();
        node.roster.random = crate::random::Random::System;
        prove(&context, &one, APP, &code).await.unwrap();
        assert_eq!(prove(&node, &other, APP, &code).await.unwrap_err(), "WrongCode { left: 4 }");
        // Nor an earlier one, which the drift would allow.
        context.clock.advance_seconds(30);
        let later = testing::app_code(&context, &key);
        prove(&context, &other, APP, &later).await.unwrap();
        assert_eq!(prove(&context, &begin(&context).await, APP, &code).await.unwrap_err(), "WrongCode { left: 4 }");
    })
    .await;
}

#[tokio::test]
async fn of_two_requests_with_one_code_at_once_one_signs_in() {
    testing::on_both(|context| async move {
        let World { ada, key, .. } = world(&context).await;
        for same_sign_in in [true, false] {
            context.clock.advance_seconds(60);
            let before = testing::events_of(&context, ada, EventKind::SignedIn).await;
            let code = testing::app_code(&context, &key);
            let (first, second) = (begin(&context).await, begin(&context).await);
            let other = if same_sign_in { &first } else { &second };
            let (one, two) = tokio::join!(prove(&context, &first, APP, &code), prove(&context, other, APP, &code));
            assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|won| **won).count(), 1, "{one:?} {two:?}");
            assert_eq!(testing::events_of(&context, ada, EventKind::SignedIn).await, before + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn five_wrong_codes_end_the_sign_in_even_for_the_right_one() {
    testing::on_both(|context| async move {
        let World { ada, key, .. } = world(&context).await;
        let begun = begin(&context).await;
        for left in [4, 3, 2, 1] {
            let bad = wrong(&testing::app_code(&context, &key));
            assert_eq!(prove(&context, &begun, APP, &bad).await.unwrap_err(), format!("WrongCode {{ left: {left} }}"));
            context.clock.advance_seconds(5);
        }
        let bad = wrong(&testing::app_code(&context, &key));
        assert_eq!(prove(&context, &begun, APP, &bad).await.unwrap_err(), "StartAgain");
        context.clock.advance_seconds(30);
        assert_eq!(prove(&context, &begun, APP, &testing::app_code(&context, &key)).await.unwrap_err(), "StartAgain");
        assert_eq!(testing::events_of(&context, ada, EventKind::SecondFactorFailed).await, 5);
        let begun = begin(&context).await;
        assert!(prove(&context, &begun, APP, &testing::app_code(&context, &key)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn beginning_anew_does_not_give_more_guesses() {
    testing::on_both(|context| async move {
        let World { owner, ada, key } = world(&context).await;
        for _ in 0..3 {
            let bad = wrong(&testing::app_code(&context, &key));
            prove(&context, &begin(&context).await, APP, &bad).await.unwrap_err();
        }
        let begun = begin(&context).await;
        let right = testing::app_code(&context, &key);
        assert_eq!(prove(&context, &begun, APP, &right).await.unwrap_err(), "TooManyAttempts { wait_seconds: 2 }");
        // The right password does not forget wrong codes.
        for _ in 0..7 {
            context.clock.advance_seconds(600);
            let bad = wrong(&testing::app_code(&context, &key));
            prove(&context, &begin(&context).await, APP, &bad).await.unwrap_err();
        }
        assert!(testing::account(&context, ada).await.locked_until.is_some());
        assert_eq!(testing::events_of(&context, ada, EventKind::AccountLocked).await, 1);
        let locked = sign_in(&context, "ada@example.com", PASSWORD, Whence::default()).await;
        assert!(matches!(locked, Err(Refusal::NotMatching)));
        users::unlock(&context, &owner, ada).await.unwrap();
        let begun = begin(&context).await;
        assert!(prove(&context, &begun, APP, &testing::app_code(&context, &key)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_form_of_another_tabs_sign_in_does_nothing() {
    testing::on_both(|context| async move {
        let World { key, .. } = world(&context).await;
        let (first, second) = (begin(&context).await, begin(&context).await);
        let code = testing::app_code(&context, &key);
        // The browser has the second one's cookie, the form is the first one's.
        let crossed = prove_code(&context, second.token.expose(), first.id, APP, &code, None).await;
        assert!(matches!(crossed, Err(StepRefusal::StartAgain)));
        assert!(prove(&context, &second, APP, &code).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn it_ends_with_time_and_with_whatever_changes_the_account() {
    testing::on_both(|context| async move {
        let World { owner, ada, key } = world(&context).await;
        let over = async |begun: &NewPreSession| {
            context.clock.advance_seconds(30);
            let gone = unfinished(&context, begun.token.expose()).await.unwrap().is_none();
            let code = testing::app_code(&context, &key);
            gone && prove(&context, begun, APP, &code).await.unwrap_err() == "StartAgain"
        };
        let begun = begin(&context).await;
        context.clock.advance_seconds(LIFE_SECONDS);
        assert!(over(&begun).await, "time");
        let begun = begin(&context).await;
        testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await;
        assert!(over(&begun).await, "disabled");
        testing::bulk(&context, &owner, BulkAction::Enable, &[ada]).await;
        let begun = begin(&context).await;
        let holder = testing::holder(&context, ada).await;
        passwords::change(&context, &holder, PASSWORD, "seven purple elephants dance").await.unwrap();
        assert!(over(&begun).await, "password changed");
        users::set_password(&context, &owner, ada, PASSWORD, false).await.unwrap();
        let begun = begin(&context).await;
        testing::bulk(&context, &owner, BulkAction::ResetMfa, &[ada]).await;
        assert!(over(&begun).await, "second factors reset");
        purge(&context).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn steps_come_in_their_order_and_none_is_skipped() {
    testing::on_both(|context| async move {
        let World { owner, ada, key } = world(&context).await;
        users::set_password(&context, &owner, ada, "chosen by the help desk", true).await.unwrap();
        let begun = sign_in(&context, "ada@example.com", "chosen by the help desk", Whence::default()).await;
        let begun = begun.ok().unwrap().unfinished();
        let new = "seven purple elephants dance";
        // A reset password does not skip the second factor.
        let early = choose_password(&context, begun.token.expose(), begun.id, new, None).await;
        assert!(matches!(early, Err(StepRefusal::OtherStep(Step::SecondFactor))));
        let next = prove(&context, &begun, APP, &testing::app_code(&context, &key)).await;
        assert_eq!(next.unwrap_err(), "NewPassword");
        // Going back.
        let again = prove(&context, &begun, APP, "000000").await.unwrap_err();
        assert_eq!(again, "OtherStep(NewPassword)");
        let done = choose_password(&context, begun.token.expose(), begun.id, new, None).await.ok().unwrap();
        let Progress::Done(session) = done else { panic!("a step more") };
        assert!(authenticate(&context, session.token.expose()).await.is_ok());
        let again = choose_password(&context, begun.token.expose(), begun.id, new, None).await;
        assert!(matches!(again, Err(StepRefusal::StartAgain)));
    })
    .await;
}

#[tokio::test]
async fn the_policy_decides_who_is_asked() {
    testing::on_both(|context| async move {
        let World { owner, key, .. } = world(&context).await;
        let bob = testing::onboarded(&context, &owner, "bob").await;
        let enter =
            async |name: &str| match sign_in(&context, &format!("{name}@example.com"), PASSWORD, Whence::default())
                .await
                .ok()
                .unwrap()
            {
                SignIn::Done(_) => None,
                SignIn::Unfinished(begun) => Some(begun),
            };
        let step = |begun: Option<NewPreSession>| begun.map(|begun| begun.step);
        for (policy, with, without) in [
            (SecondFactorPolicy::Off, None, None),
            (SecondFactorPolicy::Optional, Some(Step::SecondFactor), None),
            (SecondFactorPolicy::Required, Some(Step::SecondFactor), Some(Step::SetUpSecondFactor)),
        ] {
            settings(&context, &owner, policy, None).await;
            assert_eq!((step(enter("ada").await), step(enter("bob").await)), (with, without), "{policy:?}");
        }
        let begun = enter("bob").await.unwrap();
        let set_up = authenticator_app::begin(&context, bob, "bob@example.com").unwrap();
        let enrol = async |sealed: &str, code: &str| {
            set_up_app(&context, begun.token.expose(), begun.id, sealed, code, "My phone", None).await
        };
        let code = testing::app_code(&context, &set_up.key);
        let refused = enrol(&set_up.sealed, &wrong(&code)).await;
        assert!(matches!(refused, Err(StepRefusal::Error(Error::Invalid(_)))));
        // Another person's key, or nonsense.
        let others = authenticator_app::begin(&context, owner.account, "x").unwrap();
        let refused = enrol(&others.sealed, &testing::app_code(&context, &others.key)).await;
        assert!(matches!(refused, Err(StepRefusal::Error(Error::Conflict(_)))));
        let Ok(Progress::Done(session)) = enrol(&set_up.sealed, &code).await else { panic!("not done") };
        assert!(authenticate(&context, session.token.expose()).await.is_ok());
        // The code of the set-up is used up.
        let begun = enter("bob").await.unwrap();
        assert_eq!(prove(&context, &begun, APP, &code).await.unwrap_err(), "WrongCode { left: 4 }");
        let row = testing::account(&context, bob).await;
        assert_eq!(row.second_factor.as_deref(), Some("authenticator_app"));
        assert_eq!(testing::events_of(&context, bob, EventKind::AuthenticatorAdded).await, 1);
        let _ = key;
    })
    .await;
}

#[tokio::test]
async fn a_role_that_requires_a_second_factor_wins_over_the_settings() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let acme = testing::organization(&context, "Acme", &[]).await;
        let desk = testing::onboarded(&context, &owner, "desk").await;
        let plain = testing::onboarded(&context, &owner, "plain").await;
        let auditor = testing::onboarded(&context, &owner, "auditor").await;
        // Held for one organization it asks everywhere: one signs in once.
        testing::give_role(&context, desk, BuiltInRole::HelpDesk, Some(acme)).await;
        testing::give_role(&context, auditor, BuiltInRole::Auditor, None).await;
        let role = testing::role(&context, BuiltInRole::HelpDesk).await;
        let step = async |name: &str| {
            let entered = sign_in(&context, &format!("{name}@example.com"), PASSWORD, Whence::default()).await;
            match entered.ok().unwrap() {
                SignIn::Done(_) => None,
                SignIn::Unfinished(begun) => Some(begun),
            }
        };
        testing::require_second_factor(&context, &owner, role, true).await;
        for policy in [SecondFactorPolicy::Off, SecondFactorPolicy::Optional] {
            settings(&context, &owner, policy, None).await;
            assert_eq!(step("desk").await.map(|begun| begun.step), Some(Step::SetUpSecondFactor), "{policy:?}");
            assert!(step("plain").await.is_none() && step("auditor").await.is_none(), "{policy:?}");
        }
        settings(&context, &owner, SecondFactorPolicy::Off, None).await;
        let begun = step("desk").await.unwrap();
        let set_up = authenticator_app::begin(&context, desk, "desk@example.com").unwrap();
        let code = testing::app_code(&context, &set_up.key);
        let (token, id) = (begun.token.expose(), begun.id);
        let done = set_up_app(&context, token, id, &set_up.sealed, &code, "", None).await;
        let Ok(Progress::Done(session)) = done else { panic!("not signed in") };
        assert_eq!(step("desk").await.map(|begun| begun.step), Some(Step::SecondFactor), "off, but for the role");
        let holder = authenticate(&context, session.token.expose()).await.unwrap();
        let shown = authenticators::of_account(&context, &holder).await.unwrap();
        assert_eq!(shown.policy, SecondFactorPolicy::Required);
        // A sign-in under way goes on by what holds then.
        let begun = step("desk").await.unwrap();
        testing::require_second_factor(&context, &owner, role, false).await;
        assert!(unfinished(&context, begun.token.expose()).await.unwrap().is_none());
        assert!(step("desk").await.is_none());
        assert_eq!(plain, testing::account(&context, plain).await.id);
    })
    .await;
}

#[tokio::test]
async fn each_security_code_works_once_and_new_ones_void_the_old() {
    testing::on_both(|context| async move {
        let World { owner, ada, .. } = world(&context).await;
        let holder = testing::holder(&context, ada).await;
        let refused = security_codes::make(&context, &holder).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
        settings(&context, &owner, SecondFactorPolicy::Optional, Some(SecurityCodeKinds::Static)).await;
        let old = security_codes::make(&context, &holder).await.unwrap();
        let new = security_codes::make(&context, &holder).await.unwrap();
        assert_eq!((old.len(), new.len()), (10, 10));
        let voided = prove(&context, &begin(&context).await, Way::SecurityCodes, &old[0]).await;
        assert_eq!(voided.unwrap_err(), "WrongCode { left: 4 }");
        let (one, other) = (begin(&context).await, begin(&context).await);
        let (one, other) = tokio::join!(
            prove(&context, &one, Way::SecurityCodes, &new[3]),
            prove(&context, &other, Way::SecurityCodes, &new[3])
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|won| **won).count(), 1);
        let lower = new[4].to_lowercase().replace('-', " ");
        prove(&context, &begin(&context).await, Way::SecurityCodes, &lower).await.unwrap();
        let shown = authenticators::of_account(&context, &holder).await.unwrap();
        assert_eq!(shown.codes.map(|codes| codes.left), Some(8));
        // Switched off, they are worth nothing, and are not asked for.
        settings(&context, &owner, SecondFactorPolicy::Optional, None).await;
        let begun = begin(&context).await;
        assert_eq!(unfinished(&context, begun.token.expose()).await.unwrap().unwrap().ways, [APP]);
        let refused = prove(&context, &begun, Way::SecurityCodes, &new[5]).await;
        assert_eq!(refused.unwrap_err(), "WrongCode { left: 4 }");
    })
    .await;
}

#[tokio::test]
async fn a_backup_code_works_for_an_hour_for_one_sign_in() {
    testing::on_both(|context| async move {
        let World { owner, ada, .. } = world(&context).await;
        let refused = backup_code::generate(&context, &owner, ada).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
        settings(&context, &owner, SecondFactorPolicy::Optional, Some(SecurityCodeKinds::OneTime)).await;
        let first = backup_code::generate(&context, &owner, ada).await.unwrap();
        let second = backup_code::generate(&context, &owner, ada).await.unwrap();
        let enter = async |code: &str| prove(&context, &begin(&context).await, Way::SecurityCodes, code).await;
        assert!(enter(&first).await.is_err());
        enter(&second).await.unwrap();
        for _ in 0..2 {
            context.clock.advance_seconds(60);
            assert!(enter(&second).await.is_err());
        }
        let third = backup_code::generate(&context, &owner, ada).await.unwrap();
        context.clock.advance_seconds(backup_code::LIFE_SECONDS);
        assert!(enter(&third).await.is_err());
        // Static codes are not allowed by these settings.
        let holder = testing::holder(&context, ada).await;
        assert!(matches!(security_codes::make(&context, &holder).await, Err(Error::NotAllowed(_))));
        assert_eq!(testing::events_of(&context, ada, EventKind::BackupCodeMade).await, 3);
    })
    .await;
}

#[tokio::test]
async fn staff_make_backup_codes_for_those_who_hold_no_more_and_not_for_themselves() {
    testing::on_both(|context| async move {
        let World { owner, ada, .. } = world(&context).await;
        settings(&context, &owner, SecondFactorPolicy::Optional, Some(SecurityCodeKinds::Both)).await;
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
        for id in [owner.account, desk.account] {
            testing::app(&context, id).await;
            assert!(matches!(backup_code::generate(&context, &desk, id).await, Err(Error::NotAllowed(_))));
        }
        assert!(backup_code::generate(&context, &desk, ada).await.is_ok());
        let bob = testing::onboarded(&context, &owner, "bob").await;
        assert!(matches!(backup_code::generate(&context, &desk, bob).await, Err(Error::Conflict(_))));
        let report = testing::bulk(&context, &desk, BulkAction::ResetMfa, &[owner.account, desk.account, bob]).await;
        assert_eq!((report.done, report.skipped), (0, 3));
        assert!(testing::account(&context, owner.account).await.second_factor.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_short_password_goes_with_the_second_factor() {
    testing::on_both(|context| async move {
        let World { owner, ada, key } = world(&context).await;
        let short = "k9#mVq2x";
        let holder = testing::holder(&context, ada).await;
        passwords::change(&context, &holder, PASSWORD, short).await.unwrap();
        let enter = async || sign_in(&context, "ada@example.com", short, Whence::default()).await.ok().unwrap();
        let begun = enter().await.unfinished();
        assert!(prove(&context, &begun, APP, &testing::app_code(&context, &key)).await.is_ok());
        testing::bulk(&context, &owner, BulkAction::ResetMfa, &[ada]).await;
        let begun = enter().await.unfinished();
        assert_eq!(begun.step, Step::NewPassword);
        let again = choose_password(&context, begun.token.expose(), begun.id, "x8$kWz3q", None).await;
        assert!(matches!(again, Err(StepRefusal::Error(Error::Invalid(_)))));
        let done = choose_password(&context, begun.token.expose(), begun.id, PASSWORD, None).await;
        assert!(matches!(done, Ok(Progress::Done(_))));
    })
    .await;
}

#[tokio::test]
async fn a_holder_changes_only_their_own_and_only_with_a_recent_proof() {
    testing::on_both(|context| async move {
        let World { owner, ada, key: _ } = world(&context).await;
        let (here, elsewhere) = (testing::holder(&context, ada).await, testing::session(&context, ada).await);
        let other = testing::holder(&context, owner.account).await;
        let id = authenticators::of_account(&context, &here).await.unwrap().factors[0].id;
        assert!(matches!(authenticators::remove(&context, &other, id).await, Err(Error::NotFound(_))));
        assert!(matches!(authenticators::rename(&context, &other, id, "Mine").await, Err(Error::NotFound(_))));
        authenticators::rename(&context, &here, id, " Work phone ").await.unwrap();
        let passkey = authenticators::make_default(&context, &other, FactorKind::AuthenticatorApp).await;
        assert!(matches!(passkey, Err(Error::Conflict(_))));
        context.clock.advance_seconds(crate::recent_proof::RECENT_SECONDS);
        let set_up = authenticator_app::begin(&context, ada, "ada").unwrap();
        let code = testing::app_code(&context, &set_up.key);
        let refusals = [
            authenticators::remove(&context, &here, id).await,
            authenticators::add_app(&context, &here, &set_up.sealed, &code, "").await,
            authenticators::make_default(&context, &here, FactorKind::AuthenticatorApp).await,
            security_codes::make(&context, &here).await.map(|_| ()),
        ];
        assert!(refusals.iter().all(|refusal| matches!(refusal, Err(Error::ProofNeeded))), "{refusals:?}");
        let here = testing::holder(&context, ada).await;
        authenticators::add_app(&context, &here, &set_up.sealed, &code, "Tablet").await.unwrap();
        let twice = authenticators::add_app(&context, &here, &set_up.sealed, &code, "Tablet").await;
        assert!(matches!(twice, Err(Error::Conflict(_))));
        let shown = authenticators::of_account(&context, &here).await.unwrap();
        assert_eq!(shown.factors.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Work phone", "Tablet"]);
        authenticators::remove(&context, &here, id).await.unwrap();
        assert!(authenticate(&context, &elsewhere).await.is_err());
        assert!(testing::account(&context, ada).await.second_factor.is_some());
        authenticators::remove(&context, &here, shown.factors[1].id).await.unwrap();
        assert_eq!(testing::account(&context, ada).await.second_factor, None);
    })
    .await;
}

#[tokio::test]
async fn resetting_ones_own_asks_for_the_password() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context).await;
        let (here, elsewhere) = (testing::holder(&context, ada).await, testing::session(&context, ada).await);
        let refused = authenticators::reset_own(&context, &here, "not the password").await.unwrap_err();
        assert_eq!(testing::wrong_fields(refused), ["password"]);
        assert!(testing::account(&context, ada).await.second_factor.is_some());
        authenticators::reset_own(&context, &here, PASSWORD).await.unwrap();
        assert_eq!(testing::account(&context, ada).await.second_factor, None);
        assert!(authenticate(&context, &elsewhere).await.is_err());
        assert_eq!(testing::open_sessions(&context, ada).await, 1);
        let entered = sign_in(&context, "ada@example.com", PASSWORD, Whence::default()).await;
        assert!(matches!(entered, Ok(SignIn::Done(_))));
    })
    .await;
}

/// The table in ARCHITECTURE.md: what ends with each event.
#[tokio::test]
async fn what_staff_do_ends_what_the_table_says() {
    testing::on_both(|context| async move {
        let World { owner, .. } = world(&context).await;
        settings(&context, &owner, SecondFactorPolicy::Optional, Some(SecurityCodeKinds::Both)).await;
        for (name, ends_password, onboarded) in [("reset", false, true), ("identity", true, false)] {
            let id = testing::onboarded(&context, &owner, name).await;
            testing::app(&context, id).await;
            let holder = testing::holder(&context, id).await;
            security_codes::make(&context, &holder).await.unwrap();
            backup_code::generate(&context, &owner, id).await.unwrap();
            let action = if ends_password { BulkAction::RemoveIdentity } else { BulkAction::ResetMfa };
            let report = testing::bulk(&context, &owner, action, &[id]).await;
            assert_eq!(report.done, 1, "{name}");
            let row = testing::account(&context, id).await;
            assert_eq!((row.second_factor, row.onboarded_at.is_some()), (None, onboarded), "{name}");
            assert_eq!(testing::open_sessions(&context, id).await, 0, "{name}");
            let shown = users::view_authenticators(&context, &owner, id).await.unwrap();
            assert!(shown.factors.is_empty() && shown.codes.is_none() && shown.backup_code_until.is_none());
            assert_eq!(shown.password.is_none(), ends_password, "{name}");
            let entered = sign_in(&context, &format!("{name}@example.com"), PASSWORD, Whence::default()).await;
            assert_eq!(entered.is_ok(), !ends_password, "{name}");
            let again = testing::bulk(&context, &owner, action, &[id]).await;
            assert_eq!((again.done, again.skipped), (0, 1), "{name}");
        }
        let last = testing::bulk(&context, &owner, BulkAction::RemoveIdentity, &[owner.account]).await;
        assert_eq!(last.done, 0);
    })
    .await;
}

#[tokio::test]
async fn staff_remove_one_and_choose_the_default() {
    testing::on_both(|context| async move {
        let World { owner, ada, .. } = world(&context).await;
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
        let auditor = testing::staff_with(&context, &owner, "auditor", BuiltInRole::Auditor, None).await;
        let id = users::view_authenticators(&context, &auditor, ada).await.unwrap().factors[0].id;
        let refused = users::remove_authenticator(&context, &auditor, ada, id).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
        let bob = testing::onboarded(&context, &owner, "bob").await;
        let of_another = users::remove_authenticator(&context, &desk, bob, id).await;
        assert!(matches!(of_another, Err(Error::NotFound(_))));
        let on_owner = users::remove_authenticator(&context, &desk, owner.account, id).await;
        assert!(matches!(on_owner, Err(Error::NotAllowed(_))));
        users::change_second_factor(&context, &desk, ada, FactorKind::AuthenticatorApp).await.unwrap();
        assert_eq!(testing::events_of(&context, ada, EventKind::DefaultFactorChanged).await, 0);
        let session = testing::session(&context, ada).await;
        users::remove_authenticator(&context, &desk, ada, id).await.unwrap();
        assert!(authenticate(&context, &session).await.is_err());
        let refused = users::change_second_factor(&context, &desk, ada, FactorKind::AuthenticatorApp).await;
        assert!(matches!(refused, Err(Error::Conflict(_))));
        let again = users::remove_authenticator(&context, &desk, ada, id).await;
        assert!(matches!(again, Err(Error::NotFound(_))));
    })
    .await;
}
