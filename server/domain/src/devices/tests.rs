//! Devices, their limit, and the attacks on them (S10, S13, A9).

use types::DeviceId;
use types::authenticators::FactorKind;
use types::events::EventKind;
use types::permissions::BuiltInRole;
use types::settings::{Devices, Notifications};

use super::*;
use crate::authority::authenticate;
use crate::messages::{Alert, Content};
use crate::sessions::NewSession;
use crate::sign_in::{
    Progress, SignIn, Step, StepRefusal, Way, Whence, prove_code, remove_device, sign_in, unfinished,
};
use crate::testing::{self, PASSWORD};
use crate::{Context, Error, Staff};

const APP: Way = Way::Factor(FactorKind::AuthenticatorApp);

/// The same request from the browser that was given the cookie of a session.
fn with_device(context: &Context, session: &NewSession) -> Context {
    let mut context = context.clone();
    context.origin.device = Browser::of_cookie(&context.sealer, &session.device_cookie);
    assert!(context.origin.device.is_some());
    context
}

async fn enter(context: &Context) -> SignIn {
    sign_in(context, "ada@example.com", PASSWORD, Whence::default()).await.ok().unwrap()
}

async fn limit(context: &Context, owner: &Staff, limit: u32) {
    testing::set(context, owner, |settings: &mut Devices| settings.device_limit = limit).await;
}

async fn alerts(context: &Context) -> Vec<Alert> {
    let mails = testing::mailed(context, "ada@example.com").await.into_iter();
    mails.filter_map(|mail| if let Content::Alert { alert, .. } = mail { Some(alert) } else { None }).collect()
}

async fn count(context: &Context, owner: &Staff, id: AccountId) -> usize {
    of_user(context, owner, id).await.unwrap().devices.len()
}

#[tokio::test]
async fn a_browser_is_a_device_from_its_first_sign_in_on_and_of_each_account_by_itself() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let bob = testing::onboarded(&context, &owner, "bob").await;
        let first = enter(&context).await.session();
        assert!(first.on_new_device);
        let here = with_device(&context, &first);
        context.clock.advance_seconds(60);
        let again = enter(&here).await.session();
        assert!(!again.on_new_device && again.device_cookie == first.device_cookie);
        // A private window sends no cookie.
        assert!(enter(&context).await.session().on_new_device);
        let of_bob = sign_in(&here, "bob@example.com", PASSWORD, Whence::default()).await.ok().unwrap().session();
        assert!(of_bob.on_new_device);
        assert_eq!((count(&context, &owner, ada).await, count(&context, &owner, bob).await), (2, 1));
        assert_eq!(testing::events_of(&context, ada, EventKind::DeviceAdded).await, 2);
        let holder = authenticate(&context, again.token.expose()).await.unwrap();
        let shown = of_holder(&context, &holder).await.unwrap();
        assert_eq!(shown.iter().map(|row| (row.current, row.sessions)).collect::<Vec<_>>(), [(true, 2), (false, 1)]);
        let row = &shown[0];
        assert_eq!(
            (row.browser.as_str(), row.ip.as_str(), row.place.as_str()),
            ("Chrome on Linux", "192.0.2.1", "Zürich, Switzerland")
        );
    })
    .await;
}

/// It names a browser and proves nothing: it is no session, lets nobody by, and is not guessed.
#[tokio::test]
async fn a_stolen_device_cookie_alone_is_worth_nothing() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        testing::app(&context, ada).await;
        let session = testing::session_with_device(&context, ada).await;
        let stolen = with_device(&context, &session);
        let cookie = &session.device_cookie;
        let (name, code) = cookie.split_once('.').unwrap();
        for token in [cookie.as_str(), name, code] {
            assert!(authenticate(&context, token).await.is_err());
            assert!(unfinished(&stolen, token).await.unwrap().is_none());
        }
        assert!(sign_in(&stolen, "ada@example.com", "not the password at all", Whence::default()).await.is_err());
        assert!(sign_in(&stolen, "ada@example.com", "", Whence::default()).await.is_err());
        // Nor is the second factor asked for any less.
        let begun = enter(&stolen).await.unfinished();
        assert_eq!(begun.step, Step::SecondFactor);
        assert!(authenticate(&context, begun.token.expose()).await.is_err());
        let other = Browser::new(&context.random).cookie(&context.sealer);
        let (other_name, other_code) = other.split_once('.').unwrap();
        let other_key = Sealer::new(&[8; 32]);
        let of_other_key = Browser::new(&context.random).cookie(&other_key);
        for forged in [
            "",
            ".",
            name,
            &format!("{name}."),
            &format!(".{code}"),
            &format!("{name}.{other_code}"),
            &format!("{other_name}.{code}"),
            &format!("{name}.{code}x"),
            &format!("{name}x.{code}"),
            &of_other_key,
            "\0.\0",
        ] {
            assert_eq!(Browser::of_cookie(&context.sealer, forged), None, "{forged:?}");
        }
        assert!(Browser::of_cookie(&context.sealer, cookie).is_some());
    })
    .await;
}

#[tokio::test]
async fn over_the_limit_a_new_browser_is_refused_and_known_ones_go_on() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        limit(&context, &owner, 2).await;
        let known = enter(&context).await.session();
        enter(&context).await.session();
        let begun = enter(&context).await.unfinished();
        assert_eq!(begun.step, Step::DeviceLimit);
        assert!(authenticate(&context, begun.token.expose()).await.is_err());
        assert_eq!((count(&context, &owner, ada).await, testing::open_sessions(&context, ada).await), (2, 2));
        assert_eq!(testing::events_of(&context, ada, EventKind::SignInFailed).await, 1);
        assert!(matches!(enter(&with_device(&context, &known)).await, SignIn::Done(_)));
        // Another's device is none of hers.
        testing::onboarded(&context, &owner, "bob").await;
        let of_bob = sign_in(&context, "bob@example.com", PASSWORD, Whence::default()).await.ok().unwrap().session();
        assert_eq!(enter(&with_device(&context, &of_bob)).await.unfinished().step, Step::DeviceLimit);
        // After the password alone, nothing is shown and nothing can be removed.
        let waiting = unfinished(&context, begun.token.expose()).await.unwrap().unwrap();
        assert!(waiting.devices.is_empty());
        let device = of_user(&context, &owner, ada).await.unwrap().devices[0].id;
        let refused = remove_device(&context, begun.token.expose(), begun.id, device, None).await;
        assert!(matches!(refused, Err(StepRefusal::Error(Error::NotAllowed(_)))));
        assert_eq!(count(&context, &owner, ada).await, 2);
        // Staff help: by removing one, or by a limit of her own.
        remove_of_user(&context, &owner, ada, device).await.unwrap();
        assert!(matches!(enter(&context).await, SignIn::Done(_)));
        set_limit(&context, &owner, ada, Some(3)).await.unwrap();
        assert!(matches!(enter(&context).await, SignIn::Done(_)));
        set_limit(&context, &owner, ada, None).await.unwrap();
        assert_eq!(enter(&context).await.unfinished().step, Step::DeviceLimit);
    })
    .await;
}

#[tokio::test]
async fn of_two_new_browsers_at_once_one_takes_the_last_place() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        limit(&context, &owner, 1).await;
        let (one, other) = tokio::join!(enter(&context), enter(&context));
        let signed_in = [one, other].iter().filter(|answer| matches!(answer, SignIn::Done(_))).count();
        assert_eq!((signed_in, count(&context, &owner, ada).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn after_the_second_factor_one_is_removed_and_its_sessions_end() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let bob = testing::onboarded(&context, &owner, "bob").await;
        let key = testing::app(&context, ada).await;
        let old = testing::session_with_device(&context, ada).await;
        let of_bob = testing::session_with_device(&context, bob).await;
        let of_bob = with_device(&context, &of_bob).origin.device;
        let bobs = of_user(&context, &owner, bob).await.unwrap().devices[0].id;
        limit(&context, &owner, 2).await;
        context.clock.advance_seconds(60);
        let begun = enter(&context).await.unfinished();
        let (token, id) = (begun.token.expose(), begun.id);
        let code = testing::app_code(&context, &key);
        let next = prove_code(&context, token, id, APP, &code, None).await;
        assert!(matches!(next, Ok(Progress::Next(Step::DeviceLimit))));
        let waiting = unfinished(&context, token).await.unwrap().unwrap();
        assert_eq!(waiting.devices.len(), 2);
        for device in [bobs, DeviceId(context.id())] {
            let refused = remove_device(&context, token, id, device, None).await;
            assert!(matches!(refused, Err(StepRefusal::Error(Error::NotFound("device")))));
        }
        let holder = authenticate(&context, old.token.expose()).await.unwrap();
        let shown = of_holder(&context, &holder).await.unwrap();
        let device = shown.iter().find(|row| row.current).unwrap().id;
        let (one, other) = tokio::join!(
            remove_device(&context, token, id, device, None),
            remove_device(&context, token, id, device, None)
        );
        let done: Vec<_> = [one, other].into_iter().filter_map(Result::ok).collect();
        let [Progress::Done(session)] = &done[..] else { panic!("{}", done.len()) };
        assert!(authenticate(&context, session.token.expose()).await.is_ok());
        assert!(authenticate(&context, old.token.expose()).await.is_err());
        assert_eq!(count(&context, &owner, ada).await, 2);
        assert_eq!(testing::events_of(&context, ada, EventKind::DeviceRemoved).await, 1);
        assert_eq!(alerts(&context).await.iter().filter(|alert| **alert == Alert::DeviceRemoved).count(), 1);
        // The removed browser is a new one, and bob's is as it was.
        assert_eq!(enter(&with_device(&context, &old)).await.unfinished().step, Step::SecondFactor);
        assert!(of_bob.is_some() && count(&context, &owner, bob).await == 1);
    })
    .await;
}

/// Whoever has the password alone does not prove a second factor by setting one up.
#[tokio::test]
async fn a_second_factor_that_has_just_been_set_up_is_no_way_past_the_limit() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        testing::onboarded(&context, &owner, "ada").await;
        enter(&context).await.session();
        limit(&context, &owner, 1).await;
        testing::set(&context, &owner, |settings: &mut types::settings::SignIn| {
            settings.second_factor = types::authenticators::SecondFactorPolicy::Required;
        })
        .await;
        let begun = enter(&context).await.unfinished();
        assert_eq!(begun.step, Step::DeviceLimit);
    })
    .await;
}

#[tokio::test]
async fn removing_ends_the_sessions_of_that_device_only_and_asks_whose_it_is() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let bob = testing::onboarded(&context, &owner, "bob").await;
        let (here, elsewhere) =
            (testing::session_with_device(&context, ada).await, testing::session_with_device(&context, ada).await);
        let here = authenticate(&context, here.token.expose()).await.unwrap();
        let bob = testing::holder(&context, bob).await;
        let shown = of_holder(&context, &here).await.unwrap();
        let other = shown.iter().find(|row| !row.current).unwrap().id;
        assert!(matches!(remove_own(&context, &bob, other).await, Err(Error::NotFound("device"))));
        let of_bob = of_holder(&context, &bob).await.unwrap()[0].id;
        assert!(matches!(remove_of_user(&context, &owner, ada, of_bob).await, Err(Error::NotFound("device"))));
        remove_own(&context, &here, other).await.unwrap();
        assert!(matches!(remove_own(&context, &here, other).await, Err(Error::NotFound("device"))));
        assert!(authenticate(&context, elsewhere.token.expose()).await.is_err());
        assert_eq!(testing::open_sessions(&context, ada).await, 1);
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
        let auditor = testing::staff_with(&context, &owner, "audit", BuiltInRole::Auditor, None).await;
        let mine = of_holder(&context, &here).await.unwrap()[0].id;
        let of_owner = of_user(&context, &desk, owner.account).await.unwrap().devices[0].id;
        let refusals = [
            remove_of_user(&context, &auditor, ada, mine).await,
            set_limit(&context, &auditor, ada, Some(1)).await,
            remove_of_user(&context, &desk, owner.account, of_owner).await,
            set_limit(&context, &desk, owner.account, Some(1)).await,
        ];
        assert!(refusals.iter().all(|refusal| matches!(refusal, Err(Error::NotAllowed(_)))), "{refusals:?}");
        remove_of_user(&context, &desk, ada, mine).await.unwrap();
        assert_eq!(testing::open_sessions(&context, ada).await, 0);
        assert_eq!(alerts(&context).await, [Alert::DeviceRemoved, Alert::DeviceRemovedByStaff]);
    })
    .await;
}

#[tokio::test]
async fn a_limit_is_a_number_in_bounds_and_the_log_shows_old_and_new() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        for wrong in [0, 101] {
            let refused = set_limit(&context, &owner, ada, Some(wrong)).await.unwrap_err();
            assert_eq!(testing::wrong_fields(refused), ["limit"]);
        }
        limit(&context, &owner, 5).await;
        set_limit(&context, &owner, ada, Some(3)).await.unwrap();
        set_limit(&context, &owner, ada, Some(3)).await.unwrap();
        let shown = of_user(&context, &owner, ada).await.unwrap();
        assert_eq!((shown.limit, shown.default_limit, shown.in_force()), (Some(3), Some(5), Some(3)));
        set_limit(&context, &owner, ada, None).await.unwrap();
        assert_eq!(of_user(&context, &owner, ada).await.unwrap().in_force(), Some(5));
        let log =
            testing::activity(&context.database, &owner, ada, Some(EventKind::DeviceLimitSet), None).await.unwrap();
        let changes: Vec<_> =
            log.events.iter().map(|event| (event.changes[0].old.as_deref(), event.changes[0].new.as_deref())).collect();
        assert_eq!(changes, [(Some("3"), Some("default")), (Some("default"), Some("3"))]);
    })
    .await;
}

#[tokio::test]
async fn new_devices_and_countries_are_told_but_not_the_first_ones() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let first = enter(&context).await.session();
        let mut here = with_device(&context, &first);
        enter(&here).await;
        assert_eq!(alerts(&context).await, []);
        here.origin.country = None;
        here.origin.place = Some("This machine".into());
        enter(&here).await;
        assert_eq!(alerts(&context).await, []);
        here.origin.country = Some("JP".into());
        here.origin.place = Some("Osaka, Japan".into());
        enter(&here).await;
        enter(&here).await;
        assert_eq!(alerts(&context).await, [Alert::NewPlace]);
        // A new device in a new place is one mail.
        let mut there = context.clone();
        there.origin.country = Some("DE".into());
        there.origin.place = Some("Germany".into());
        enter(&there).await;
        assert_eq!(alerts(&context).await, [Alert::NewPlace, Alert::NewDevice]);
        let told = testing::mailed(&context, "ada@example.com").await.pop().unwrap();
        let Content::Alert { ip, browser, place, .. } = told else { panic!("no alert") };
        assert_eq!(
            (ip.as_deref(), browser.as_deref(), place.as_deref()),
            (Some("192.0.2.1"), Some("Chrome on Linux"), Some("Germany"))
        );
        testing::set(&context, &owner, |settings: &mut Notifications| settings.devices = false).await;
        enter(&context).await;
        assert_eq!(alerts(&context).await.len(), 2);
        let log = testing::activity(&context.database, &owner, ada, Some(EventKind::SignedIn), None).await.unwrap();
        assert_eq!(log.events[1].place.as_deref(), Some("Germany"));
    })
    .await;
}

#[tokio::test]
async fn what_was_not_used_for_long_is_forgotten() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let session = testing::session_with_device(&context, ada).await;
        context.clock.advance_seconds(KEPT_SECONDS);
        enter(&with_device(&context, &session)).await;
        enter(&context).await;
        context.clock.advance_seconds(KEPT_SECONDS);
        let kept = enter(&context).await.session();
        context.clock.advance_seconds(1);
        purge(&context).await.unwrap();
        let holder = authenticate(&context, kept.token.expose()).await.unwrap();
        let shown = of_holder(&context, &holder).await.unwrap();
        assert_eq!(shown.iter().map(|row| row.current).collect::<Vec<_>>(), [true]);
    })
    .await;
}
