//! **Forgot my phone**, and the attacks on it.

use types::AccountId;
use types::bulk::BulkAction;
use types::recovery::{MOST_WRONG_ANSWERS, Question, RecoveryMethod};
use types::settings::AlternateLogin;

use super::*;
use crate::authenticators::of_account;
use crate::authority::authenticate;
use crate::codes::PAUSE_SECONDS;
use crate::messages::Alert;
use crate::testing::{self, PASSWORD};
use crate::{Holder, Staff, recovery, users};

const ALTERNATE: &str = "ada@elsewhere.example";
const ANSWERS: [(Question, &str); 3] =
    [(Question::FirstConcert, "The Cure"), (Question::DreamJob, "Astronaut"), (Question::FirstBook, "Momo, by Ende")];

struct World {
    owner: Staff,
    ada: AccountId,
}

/// Ada has an authenticator app that she has lost, three questions and an alternate address.
async fn world(context: &Context, method: RecoveryMethod) -> World {
    let owner = testing::owner(context).await;
    let ada = testing::onboarded(context, &owner, "ada").await;
    testing::app(context, ada).await;
    let holder = testing::holder(context, ada).await;
    testing::recovery(context, &holder, &ANSWERS, ALTERNATE).await;
    settings(context, &owner, Some(method), false).await;
    context.clock.advance_seconds(PAUSE_SECONDS);
    World { owner, ada }
}

async fn settings(context: &Context, owner: &Staff, method: Option<RecoveryMethod>, users_choose: bool) {
    testing::set(context, owner, |settings: &mut AlternateLogin| {
        settings.forgot_phone_enabled = method.is_some();
        settings.forgot_phone = method.unwrap_or_default();
        settings.users_choose = users_choose;
    })
    .await;
}

async fn begin(context: &Context) -> NewPreSession {
    sign_in(context, "ada@example.com", PASSWORD, Whence::default()).await.ok().unwrap().unfinished()
}

async fn page(context: &Context, begun: &NewPreSession) -> Option<Asks> {
    let waiting = unfinished(context, begun.token.expose()).await.unwrap().unwrap();
    forgot_phone(context, begun.token.expose(), &waiting).await.unwrap()
}

async fn told(context: &Context, recovered: Result<Recovered, StepRefusal>) -> Result<Holder, String> {
    match recovered {
        Ok(Recovered::Through(Progress::Done(session))) => {
            Ok(authenticate(context, session.token.expose()).await.unwrap())
        }
        Ok(Recovered::Through(Progress::Next(step))) => Err(format!("{step:?}")),
        Ok(Recovered::Goes(asks)) => Err(format!("{asks:?}")),
        Err(refusal) => Err(format!("{refusal:?}")),
    }
}

async fn answer(context: &Context, begun: &NewPreSession, answer: &str) -> Result<Holder, String> {
    told(context, answer_question(context, begun.token.expose(), begun.id, answer, None).await).await
}

async fn code(context: &Context, begun: &NewPreSession, code: &str) -> Result<Holder, String> {
    told(context, prove_forgot_phone_code(context, begun.token.expose(), begun.id, code, None).await).await
}

async fn failures(context: &Context, account: AccountId) -> i64 {
    let row = db::entities::recoveries::Entity::find_by_id(account).one(context.database.read()).await;
    row.unwrap().unwrap().failures
}

async fn right_answer(context: &Context, begun: &NewPreSession) -> &'static str {
    let Some(Asks::Question(question)) = page(context, begun).await else { panic!("no question") };
    ANSWERS.iter().find(|(one, _)| *one == question).unwrap().1
}

#[tokio::test]
async fn a_question_leads_in_and_the_lost_factor_is_noted() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context, RecoveryMethod::Questions).await;
        let begun = begin(&context).await;
        let right = right_answer(&context, &begun).await.to_uppercase();
        let holder = answer(&context, &begun, &format!(" {right}! ")).await.unwrap();
        assert_eq!(holder.account, ada);
        assert_eq!(testing::events_of(&context, ada, EventKind::Recovered).await, 1);
        assert_eq!(testing::alerted(&context, "ada@example.com").await.last(), Some(&Alert::Recovered));
        // The session says how it was proven; the app is still there, to be removed.
        assert!(holder.require_recent_proof(context.now()).is_ok());
        assert_eq!(of_account(&context, &holder).await.unwrap().factors.len(), 1);
        assert!(answer(&context, &begun, &right).await.is_err(), "a sign-in ends once");
    })
    .await;
}

#[tokio::test]
async fn both_parts_are_asked_in_one_sign_in() {
    testing::on_both(|context| async move {
        world(&context, RecoveryMethod::QuestionsAndEmail).await;
        let begun = begin(&context).await;
        let send = async |begun: &NewPreSession| send_forgot_phone_code(&context, begun.token.expose(), begun.id).await;
        assert!(send(&begun).await.is_err(), "the question comes first");
        assert!(code(&context, &begun, "000000").await.unwrap_err().starts_with("OtherStep"));
        let right = right_answer(&context, &begun).await;
        assert!(answer(&context, &begun, right).await.unwrap_err().starts_with("Code"));
        send(&begun).await.unwrap();
        assert!(send(&begun).await.is_err(), "a minute apart");
        let sent = testing::code_sent_to(&context, ALTERNATE).await;
        // What one sign-in has proven is nothing in another.
        let other = begin(&context).await;
        assert!(matches!(page(&context, &other).await, Some(Asks::Question(_))));
        assert!(code(&context, &other, &sent).await.unwrap_err().starts_with("OtherStep"));
        assert!(code(&context, &begun, "000000").await.unwrap_err().starts_with("WrongCode"));
        code(&context, &begun, &sent).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_code_to_the_alternate_address_leads_in() {
    testing::on_both(|context| async move {
        world(&context, RecoveryMethod::Email).await;
        let begun = begin(&context).await;
        assert_eq!(page(&context, &begun).await, Some(Asks::Code { address: ALTERNATE.into(), is_sent: false }));
        assert!(answer(&context, &begun, "The Cure").await.unwrap_err().starts_with("OtherStep"));
        send_forgot_phone_code(&context, begun.token.expose(), begun.id).await.unwrap();
        let sent = testing::code_sent_to(&context, ALTERNATE).await;
        code(&context, &begun, &sent).await.unwrap();
        context.clock.advance_seconds(PAUSE_SECONDS);
        assert!(code(&context, &begin(&context).await, &sent).await.unwrap_err().starts_with("WrongCode"), "replayed");
    })
    .await;
}

#[tokio::test]
async fn a_code_for_an_address_that_is_gone_leads_nowhere() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context, RecoveryMethod::Email).await;
        let begun = begin(&context).await;
        send_forgot_phone_code(&context, begun.token.expose(), begun.id).await.unwrap();
        let sent = testing::code_sent_to(&context, ALTERNATE).await;
        let holder = testing::holder(&context, ada).await;
        recovery::remove_alternate_email(&context, &holder).await.unwrap();
        assert!(code(&context, &begun, &sent).await.is_err());
        assert_eq!(page(&context, &begun).await, Some(Asks::Staff));
    })
    .await;
}

#[tokio::test]
async fn after_five_wrong_answers_only_staff_can_help() {
    testing::on_both(|context| async move {
        let World { owner, ada } = world(&context, RecoveryMethod::Questions).await;
        let mut asked = std::collections::HashSet::new();
        for number in 0..MOST_WRONG_ANSWERS {
            // Each time a new sign-in: neither the count nor the question begins anew.
            context.clock.advance_seconds(3700);
            let begun = begin(&context).await;
            let Some(Asks::Question(question)) = page(&context, &begun).await else { panic!("no question") };
            asked.insert(question);
            let told = answer(&context, &begun, "wrong").await.unwrap_err();
            assert_eq!(told.starts_with("Staff"), number == MOST_WRONG_ANSWERS - 1, "{told}");
        }
        assert_eq!(asked.len(), 1);
        context.clock.advance_seconds(100_000);
        let begun = begin(&context).await;
        assert_eq!(page(&context, &begun).await, Some(Asks::Staff));
        assert!(answer(&context, &begun, "The Cure").await.is_err());
        let shown = users::view_authenticators(&context, &owner, ada).await.unwrap();
        assert!(shown.recovery.is_blocked);
        users::unlock(&context, &owner, ada).await.unwrap();
        let right = right_answer(&context, &begun).await;
        answer(&context, &begun, right).await.unwrap();
        // Then the next question is asked.
        let begun = begin(&context).await;
        assert!(matches!(page(&context, &begun).await, Some(Asks::Question(next)) if !asked.contains(&next)));
    })
    .await;
}

#[tokio::test]
async fn guesses_sent_all_at_once_are_all_counted() {
    testing::on_both(|context| async move {
        let World { owner, ada } = world(&context, RecoveryMethod::Questions).await;
        let mut begun = Vec::new();
        for _ in 0..8 {
            begun.push(begin(&context).await);
        }
        let guesses = begun.iter().map(|begun| answer(&context, begun, "wrong"));
        let told = futures::future::join_all(guesses).await;
        assert!(told.iter().all(Result::is_err));
        // Each that was looked at is in the log, and counted: no more, no less.
        let looked_at = testing::events_of(&context, ada, EventKind::RecoveryFailed).await as i64;
        assert!((1..=MOST_WRONG_ANSWERS).contains(&looked_at), "{told:?}");
        assert_eq!(failures(&context, ada).await, looked_at, "{told:?}");
        users::unlock(&context, &owner, ada).await.unwrap();
        assert_eq!(failures(&context, ada).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_the_server_is_too_busy_for_is_not_counted() {
    testing::on_both(|context| async move {
        let World { ada, .. } = world(&context, RecoveryMethod::Questions).await;
        let begun = begin(&context).await;
        let mut busy = context.clone();
        busy.roster.hasher = passwords::Hasher::busy();
        for _ in 0..MOST_WRONG_ANSWERS {
            assert!(answer(&busy, &begun, "The Cure").await.unwrap_err().contains("Busy"));
        }
        assert_eq!(failures(&context, ada).await, 0);
        let right = right_answer(&context, &begun).await;
        answer(&context, &begun, right).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn who_asks_does_not_choose_the_way() {
    testing::on_both(|context| async move {
        let World { owner, ada } = world(&context, RecoveryMethod::QuestionsAndEmail).await;
        let holder = testing::holder(&context, ada).await;
        let refused = recovery::choose_method(&context, &holder, RecoveryMethod::Questions).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))), "the settings do not let users choose");
        settings(&context, &owner, Some(RecoveryMethod::QuestionsAndEmail), true).await;
        recovery::choose_method(&context, &holder, RecoveryMethod::Email).await.unwrap();
        assert!(matches!(page(&context, &begin(&context).await).await, Some(Asks::Code { .. })));
        // No longer theirs to choose: the settings' own way.
        settings(&context, &owner, Some(RecoveryMethod::Questions), false).await;
        assert!(matches!(page(&context, &begin(&context).await).await, Some(Asks::Question(_))));
        settings(&context, &owner, None, true).await;
        let begun = begin(&context).await;
        assert_eq!(page(&context, &begun).await, None);
        assert!(answer(&context, &begun, "The Cure").await.unwrap_err().starts_with("OtherStep"));
        assert_eq!(testing::events_of(&context, ada, EventKind::RecoveryChosen).await, 1);
    })
    .await;
}

#[tokio::test]
async fn resetting_forgets_answers_and_addresses_and_staff_help_who_has_none() {
    testing::on_both(|context| async move {
        let World { owner, ada } = world(&context, RecoveryMethod::QuestionsAndEmail).await;
        testing::bulk(&context, &owner, BulkAction::ResetMfa, &[ada]).await;
        let shown = users::view_authenticators(&context, &owner, ada).await.unwrap().recovery;
        assert_eq!((shown.questions, shown.alternate_email), (0, None));
        testing::app(&context, ada).await;
        context.clock.advance_seconds(60);
        assert_eq!(page(&context, &begin(&context).await).await, Some(Asks::Staff));
    })
    .await;
}
