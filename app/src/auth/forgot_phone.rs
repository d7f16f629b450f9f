//! **Forgot my phone** (S7): a security question, a code to the alternate address, or whom to ask.

use leptos::prelude::*;

use super::second_factor::Sent;
use crate::plain::{Card, Heading, PlainField, Problem, ProblemSummary, Site, document};

/// What is asked.
#[derive(Clone, Debug)]
pub enum ForgotPhoneAsks {
    Question(&'static str),
    Code(Sent),
    Staff,
}

/// What the page shows; nobody's answer is in it.
#[derive(Clone, Debug)]
pub struct ForgotPhoneView {
    /// Which sign-in the forms belong to.
    pub sign_in: String,
    pub asks: ForgotPhoneAsks,
    pub problem: Problem,
}

const LABELS: &[(&str, &str)] = &[("answer", "Answer"), ("code", "Code")];
const ADDRESS: &str = "/login/forgot-phone";

pub fn forgot_phone_page(site: &Site, view: ForgotPhoneView) -> String {
    document(site, Heading::failed_if("Forgot my phone", !view.problem.is_none()), || {
        let ForgotPhoneView { sign_in, asks, problem } = view;
        let (lead, form) = match asks {
            ForgotPhoneAsks::Question(question) => {
                ("Answer the question that you chose.".to_owned(), question_form(sign_in, question, &problem))
            }
            ForgotPhoneAsks::Code(sent) => (sent.lead(), code_forms(sign_in, sent.is_sent, &problem)),
            ForgotPhoneAsks::Staff => (
                "You cannot get in without your second factor here. Ask an administrator: they can give you a code, or \
                 reset your second factor."
                    .to_owned(),
                ().into_any(),
            ),
        };
        view! {
            <Card title="Forgot my phone" lead>
                <ProblemSummary problem labels=LABELS takes_focus=false />
                {form}
                <ul class="plain-ways">
                    <li>
                        <a class="plain-way" href="/login/second-factor">
                            "Back to the second factor"
                        </a>
                    </li>
                </ul>
            </Card>
        }
    })
}

fn hidden(sign_in: String, step: &'static str) -> impl IntoView {
    view! {
        <input type="hidden" name="sign_in" value=sign_in />
        <input type="hidden" name="step" value=step />
    }
}

fn question_form(sign_in: String, question: &'static str, problem: &Problem) -> AnyView {
    view! {
        <form method="post" action=ADDRESS class="plain-form" autocomplete="off">
            {hidden(sign_in, "answer")}
            <PlainField
                name="answer"
                label=question
                hint="Capitals, accents and spaces do not matter."
                autocomplete="off"
                error=problem.at("answer")
                autofocus=true
                required=true
                verbatim=true
            />
            <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                "Answer"
            </button>
        </form>
    }
    .into_any()
}

fn code_forms(sign_in: String, is_sent: bool, problem: &Problem) -> AnyView {
    let code = is_sent.then(|| {
        view! {
            <form method="post" action=ADDRESS class="plain-form" autocomplete="off">
                {hidden(sign_in.clone(), "code")}
                <PlainField
                    name="code"
                    label="Code"
                    autocomplete="one-time-code"
                    error=problem.at("code")
                    autofocus=true
                    required=true
                    verbatim=true
                    digits=true
                />
                <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                    "Verify"
                </button>
            </form>
        }
    });
    let class =
        if is_sent { "btn plain-button plain-button-wide" } else { "btn btn-primary plain-button plain-button-wide" };
    view! {
        {code}
        <form method="post" action=ADDRESS class="plain-form">
            {hidden(sign_in, "send")}
            <button type="submit" class=class autofocus=!is_sent>
                {if is_sent { "Send another code" } else { "Send code" }}
            </button>
        </form>
    }
    .into_any()
}
