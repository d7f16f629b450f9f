//! Setting up what helps without the phone.

use types::bulk::BulkAction;
use types::recovery::{Question, RecoveryMethod};

use super::*;
use crate::codes::PAUSE_SECONDS;
use crate::messages::Alert;
use crate::recent_proof::RECENT_SECONDS;
use crate::testing;
use crate::{Context, Error, Holder};

const ALTERNATE: &str = "ada@elsewhere.example";

async fn ada(context: &Context) -> Holder {
    let owner = testing::owner(context).await;
    let ada = testing::onboarded(context, &owner, "ada").await;
    testing::holder(context, ada).await
}

fn answers(all: &[(Question, &str)]) -> Vec<(Option<Question>, String)> {
    all.iter().map(|(question, answer)| (Some(*question), (*answer).to_owned())).collect()
}

fn three() -> Vec<(Option<Question>, String)> {
    answers(&[(Question::FirstConcert, "The Cure"), (Question::DreamJob, "Pilot"), (Question::FirstBook, "Momo")])
}

#[tokio::test]
async fn three_different_questions_with_answers_of_their_own() {
    testing::on_both(|context| async move {
        let holder = ada(&context).await;
        for (wrong, fields) in [
            (vec![], vec!["question_1"]),
            (three()[..2].to_vec(), vec!["question_1"]),
            (vec![(None, String::new()); 3], vec!["question_1", "question_2", "question_3"]),
            (
                answers(&[
                    (Question::FirstConcert, "a"),
                    (Question::FirstConcert, "Pilot"),
                    (Question::FirstBook, "pi lot"),
                ]),
                vec!["answer_1", "answer_3", "question_2"],
            ),
        ] {
            let refused = set_questions(&context, &holder, &wrong).await.unwrap_err();
            assert_eq!(testing::wrong_fields(refused), fields);
        }
        let mut with_empty = three();
        with_empty.push((None, String::new()));
        set_questions(&context, &holder, &with_empty).await.unwrap();
        let chosen = [Question::FirstConcert, Question::DreamJob, Question::FirstBook];
        assert_eq!(chosen_questions(&context, &holder).await.unwrap(), chosen);
        let texts = testing::dump(&context).await;
        assert!(texts.iter().all(|text| !text.to_lowercase().contains("pilot")), "no answer in clear");
        assert_eq!(texts.iter().filter(|text| text.starts_with("$argon2id$")).count(), 3);
        assert_eq!(testing::alerted(&context, "ada@example.com").await, [Alert::RecoveryChanged]);
        remove_questions(&context, &holder).await.unwrap();
        remove_questions(&context, &holder).await.unwrap();
        assert!(chosen_questions(&context, &holder).await.unwrap().is_empty());
        assert_eq!(testing::alerted(&context, "ada@example.com").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_alternate_address_is_another_one_and_verified() {
    testing::on_both(|context| async move {
        let holder = ada(&context).await;
        for bad in ["ADA@example.com", "nonsense", ""] {
            let refused = send_alternate_email_code(&context, &holder, Some(bad)).await.unwrap_err();
            assert_eq!(testing::wrong_fields(refused), ["address"], "{bad}");
        }
        send_alternate_email_code(&context, &holder, Some(ALTERNATE)).await.unwrap();
        let code = testing::code_sent_to(&context, ALTERNATE).await;
        assert_eq!(testing::wrong_fields(confirm_alternate_email(&context, &holder, "x").await.unwrap_err()), ["code"]);
        assert_eq!(alternate_email(&context, &holder).await.unwrap().current, None);
        confirm_alternate_email(&context, &holder, &code).await.unwrap();
        assert_eq!(alternate_email(&context, &holder).await.unwrap().current.as_deref(), Some(ALTERNATE));
        assert!(confirm_alternate_email(&context, &holder, &code).await.is_err());
        // Another one takes its place, once it is verified.
        context.clock.advance_seconds(PAUSE_SECONDS);
        send_alternate_email_code(&context, &holder, Some("b@elsewhere.example")).await.unwrap();
        assert_eq!(alternate_email(&context, &holder).await.unwrap().current.as_deref(), Some(ALTERNATE));
        let code = testing::code_sent_to(&context, "b@elsewhere.example").await;
        confirm_alternate_email(&context, &holder, &code).await.unwrap();
        assert_eq!(alternate_email(&context, &holder).await.unwrap().current.as_deref(), Some("b@elsewhere.example"));
        remove_alternate_email(&context, &holder).await.unwrap();
        assert_eq!(alternate_email(&context, &holder).await.unwrap().current, None);
    })
    .await;
}

#[tokio::test]
async fn all_of_it_asks_for_a_recent_proof() {
    testing::on_both(|context| async move {
        let holder = ada(&context).await;
        context.clock.advance_seconds(RECENT_SECONDS);
        let answers = [
            set_questions(&context, &holder, &three()).await,
            remove_questions(&context, &holder).await,
            send_alternate_email_code(&context, &holder, Some(ALTERNATE)).await,
            confirm_alternate_email(&context, &holder, "1").await,
            remove_alternate_email(&context, &holder).await,
            choose_method(&context, &holder, RecoveryMethod::Email).await,
        ];
        assert!(answers.iter().all(|answer| matches!(answer, Err(Error::ProofNeeded))), "{answers:?}");
    })
    .await;
}

#[tokio::test]
async fn it_goes_with_the_account() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let id = testing::onboarded(&context, &owner, "ada").await;
        let holder = testing::holder(&context, id).await;
        set_questions(&context, &holder, &three()).await.unwrap();
        testing::bulk(&context, &owner, BulkAction::RemoveIdentity, &[id]).await;
        assert!(ask(context.database.read(), id).await.unwrap().is_none());
    })
    .await;
}
