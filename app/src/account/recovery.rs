//! **Forgot my phone** on **Security** (S7, E2): security questions, the alternate address, the chosen way.

use leptos::prelude::*;
use types::authenticators::Authenticators;
use types::recovery::{FEWEST_QUESTIONS, Question, Recovery, RecoveryMethod};

use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::address_proof::ADDRESS_LABELS;
use crate::plain::{AddressProof, AddressProofView, FixedField, Heading, PlainField, Problem, ProblemSummary, Site};

/// The section of the page; nothing when it is switched off.
#[component]
pub fn ForgotPhone(authenticators: Authenticators) -> impl IntoView {
    let recovery = authenticators.recovery;
    let method = recovery.method?;
    let state = if recovery.is_blocked {
        "Too many wrong answers were given: only an administrator can help you without your second factor by now."
    } else if recovery.is_ready() {
        "Without your second factor you can get in by “Forgot my phone”."
    } else {
        "Set up what is missing, and you can get in without your second factor by “Forgot my phone”."
    };
    let questions = method.asks_questions() || recovery.may_choose;
    let alternate = method.sends_mail() || recovery.may_choose;
    Some(view! {
        <section class="account-section" aria-labelledby="recovery-heading">
            <h2 id="recovery-heading">"Forgot my phone"</h2>
            <p class="account-lead">{state}</p>
            <dl class="fixed-fields">
                <FixedField label="Way" value=Some(method.label().to_owned()) />
                {questions.then(|| view! { <FixedField label="Security questions" value=chosen(&recovery) /> })}
                {alternate
                    .then(|| view! { <FixedField label="Alternate email" value=recovery.alternate_email.clone() /> })}
            </dl>
            {recovery.may_choose.then(|| method_form(method))}
            <div class="plain-row">
                {questions.then(|| link("/account/security/questions", "Security questions"))}
                {alternate.then(|| link("/account/security/alternate-email", "Alternate email"))}
            </div>
        </section>
    })
}

fn chosen(recovery: &Recovery) -> Option<String> {
    (recovery.questions > 0).then(|| format!("{} answered", recovery.questions))
}

fn link(address: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <a class="btn plain-button" href=address>
            {label}
        </a>
    }
}

fn method_form(current: RecoveryMethod) -> impl IntoView {
    let choices = RecoveryMethod::ALL
        .into_iter()
        .map(|method| {
            let id = format!("method-{}", method.key());
            view! {
                <div class="plain-choice">
                    <input
                        id=id.clone()
                        type="radio"
                        name="method"
                        value=method.key()
                        class="radio radio-sm"
                        checked=method == current
                    />
                    <label for=id>{method.label()}</label>
                </div>
            }
        })
        .collect_view();
    view! {
        <form method="post" action="/account/security/forgot-phone" class="plain-form">
            <fieldset class="plain-choices">
                <legend class="plain-label">"Your way"</legend>
                {choices}
            </fieldset>
            <button type="submit" class="btn plain-button">
                "Save"
            </button>
        </form>
    }
}

/// What the page of security questions shows; nobody's answers are in it.
#[derive(Clone, Debug)]
pub struct QuestionsView {
    /// As chosen before, or as the form comes back.
    pub chosen: Vec<Option<Question>>,
    pub has_some: bool,
    pub problem: Problem,
}

const QUESTION_NAMES: [(&str, &str, &str, &str); 5] = [
    ("question_1", "Question 1", "answer_1", "Answer 1"),
    ("question_2", "Question 2", "answer_2", "Answer 2"),
    ("question_3", "Question 3", "answer_3", "Answer 3"),
    ("question_4", "Question 4", "answer_4", "Answer 4"),
    ("question_5", "Question 5", "answer_5", "Answer 5"),
];
/// So many can be chosen.
pub const MOST_QUESTIONS: usize = QUESTION_NAMES.len();
const QUESTION_LABELS: &[(&str, &str)] = &[
    ("question_1", "Question 1"),
    ("answer_1", "Answer 1"),
    ("question_2", "Question 2"),
    ("answer_2", "Answer 2"),
    ("question_3", "Question 3"),
    ("answer_3", "Answer 3"),
    ("question_4", "Question 4"),
    ("answer_4", "Answer 4"),
    ("question_5", "Question 5"),
    ("answer_5", "Answer 5"),
];

pub fn questions_page(site: &Site, frame: FrameView, view: QuestionsView) -> String {
    let heading = Heading::failed_if("Security questions", !view.problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || {
        let QuestionsView { chosen, has_some, problem } = view;
        let fields = QUESTION_NAMES
            .into_iter()
            .enumerate()
            .map(|(at, names)| question_fields(at, names, chosen.get(at).copied().flatten(), &problem))
            .collect_view();
        view! {
            <h1 class="account-title">"Security questions"</h1>
            <ProblemSummary problem=problem.clone() labels=QUESTION_LABELS />
            <section class="account-section">
                <p class="account-lead">
                    {format!(
                        "Choose at least {FEWEST_QUESTIONS}. When your phone is lost, you are asked one of them after your password. \
                         Give answers that nobody can look up or guess; they need not be true.",
                    )} {has_some.then_some(" These take the place of those that you have.")}
                </p>
                <form method="post" action="/account/security/questions" class="plain-form" autocomplete="off">
                    {fields}
                    <div class="plain-row">
                        <button type="submit" class="btn btn-primary plain-button">
                            "Save questions"
                        </button>
                        <a class="btn plain-button" href="/account/security">
                            "Cancel"
                        </a>
                    </div>
                </form>
                {has_some.then(|| remove_form("/account/security/questions/remove", "Remove security questions"))}
            </section>
        }
    })
}

fn question_fields(
    at: usize,
    (question_name, question_label, answer_name, answer_label): (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    ),
    chosen: Option<Question>,
    problem: &Problem,
) -> impl IntoView {
    let error = problem.at(question_name);
    let (id, error_id) = (format!("field-{question_name}"), format!("field-{question_name}-error"));
    let described_by = error.is_some().then(|| error_id.clone());
    let is_wrong = error.is_some();
    let needed = at < FEWEST_QUESTIONS;
    let options = Question::ALL
        .iter()
        .map(|question| {
            view! {
                <option value=question.key() selected=chosen == Some(*question)>
                    {question.text()}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="plain-field">
            <label class="plain-label" for=id.clone()>
                {question_label}
                {(!needed).then(|| view! { <span class="plain-optional">" (optional)"</span> })}
            </label>
            {error.map(|error| view! { <p class="plain-error" id=error_id>{error}</p> })}
            <select
                id=id
                name=question_name
                class="select plain-input"
                required=needed
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=described_by
            >
                <option value="">"Choose a question"</option>
                {options}
            </select>
        </div>
        <PlainField
            name=answer_name
            label=answer_label
            autocomplete="off"
            error=problem.at(answer_name)
            required=needed
            may_stay_empty=!needed
            verbatim=true
        />
    }
}

fn remove_form(action: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=action class="plain-row">
            <button type="submit" class="btn btn-error plain-button">
                {label}
            </button>
        </form>
    }
}

/// The alternate address: the one that is there, and another one.
pub fn alternate_email_page(
    site: &Site,
    frame: FrameView,
    current: Option<String>,
    is_possible: bool,
    view: AddressProofView,
) -> String {
    let heading = Heading::failed_if("Alternate email", !view.problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || {
        let problem = view.problem.clone();
        let has_one = current.is_some();
        let form = if is_possible {
            view! { <AddressProof view submit="Verify and keep" /> }.into_any()
        } else {
            view! { <p class="account-lead">"No mail can be sent here."</p> }.into_any()
        };
        view! {
            <h1 class="account-title">"Alternate email"</h1>
            <ProblemSummary problem labels=ADDRESS_LABELS />
            <section class="account-section">
                <p class="account-lead">
                    "When your phone is lost, we send a code there. Give an address that you can read without this account."
                </p>
                <dl class="fixed-fields">
                    <FixedField label="Alternate email now" value=current />
                </dl>
                {form} <div class="plain-row">
                    <a class="btn plain-button" href="/account/security">
                        "Cancel"
                    </a>
                </div>
                {has_one.then(|| remove_form("/account/security/alternate-email/remove", "Remove alternate email"))}
            </section>
        }
    })
}
