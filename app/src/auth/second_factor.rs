//! The second step of signing in (S2): a code; the other ways to prove it.

use leptos::prelude::*;
use types::authenticators::FactorKind;

use super::passkey::{PasskeyForm, WithoutPasskeys};
use crate::plain::{Card, Heading, PlainField, Problem, ProblemSummary, Site, document};
use crate::ui::{Glyph, Icon};

/// A way through this step, as its page's address says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayView {
    Factor(FactorKind),
    SecurityCodes,
}

impl WayView {
    pub fn key(self) -> &'static str {
        match self {
            Self::Factor(kind) => kind.key(),
            Self::SecurityCodes => "security_codes",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        if key == Self::SecurityCodes.key() {
            Some(Self::SecurityCodes)
        } else {
            FactorKind::from_key(key).map(Self::Factor)
        }
    }

    fn address(self) -> String {
        format!("/login/second-factor?way={}", self.key())
    }

    /// What the link to it says.
    fn invitation(self) -> &'static str {
        match self {
            Self::Factor(FactorKind::AuthenticatorApp) => "Use an authenticator app",
            Self::Factor(FactorKind::EmailCode) => "Get a code by email",
            Self::Factor(FactorKind::SmsCode) => "Get a code by SMS",
            Self::Factor(FactorKind::Passkey) => "Use a security key or passkey",
            Self::SecurityCodes => "Use security codes",
        }
    }

    fn lead(self, sent: Option<&Sent>) -> String {
        let text = match self {
            Self::Factor(FactorKind::AuthenticatorApp) => {
                "Open your authenticator app and type the code that it shows."
            }
            Self::Factor(FactorKind::EmailCode | FactorKind::SmsCode) => {
                return sent.map(Sent::lead).unwrap_or_default();
            }
            Self::Factor(FactorKind::Passkey) => "Your device asks for your finger, your face or its PIN.",
            Self::SecurityCodes => {
                "Type one of your security codes, or the backup code that staff gave you. Each works once."
            }
        };
        text.to_owned()
    }

    /// Begins the sentence for whoever cannot go this way.
    fn without(self) -> &'static str {
        match self {
            Self::Factor(FactorKind::AuthenticatorApp | FactorKind::SmsCode) => "Without your phone?",
            Self::Factor(FactorKind::EmailCode) => "Without your mail?",
            Self::Factor(FactorKind::Passkey) => "Without your security key or passkey?",
            Self::SecurityCodes => "Without a code?",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Factor(FactorKind::AuthenticatorApp) => "Code from your authenticator app",
            Self::Factor(FactorKind::EmailCode | FactorKind::SmsCode) => "Code",
            Self::Factor(FactorKind::Passkey) => "Passkey",
            Self::SecurityCodes => "Security code",
        }
    }
}

/// Where the codes of a way go, masked.
#[derive(Clone, Debug)]
pub struct Sent {
    pub address: String,
    /// Whether one is on its way and works.
    pub is_sent: bool,
}

impl Sent {
    pub(super) fn lead(&self) -> String {
        let Self { address, is_sent } = self;
        if *is_sent {
            format!("We have sent a code to {address}. It works for 10 minutes.")
        } else {
            format!("We can send a code to {address}.")
        }
    }
}

/// What the page shows; no code is in it.
#[derive(Clone, Debug)]
pub struct SecondFactorView {
    /// Which sign-in the form belongs to.
    pub sign_in: String,
    pub way: WayView,
    /// Every way, the default one first.
    pub ways: Vec<WayView>,
    /// Of a way whose codes are sent.
    pub sent: Option<Sent>,
    /// Whether **Forgot my phone** is offered.
    pub forgot_phone: bool,
    pub problem: Problem,
}

pub fn second_factor_page(site: &Site, view: SecondFactorView) -> String {
    document(site, Heading::failed_if("Second factor", !view.problem.is_none()), || form(view))
}

fn form(view: SecondFactorView) -> impl IntoView {
    let SecondFactorView { sign_in, way, ways, sent, forgot_phone, problem } = view;
    let lead = way.lead(sent.as_ref());
    let waits = sent.as_ref().is_some_and(|sent| !sent.is_sent);
    let send = sent.map(|sent| send_form(sign_in.clone(), way, sent.is_sent));
    let labels: &[_] = match way {
        WayView::SecurityCodes => &[("code", "Security code")],
        WayView::Factor(_) => &[("code", "Code"), ("passkey", "Passkey")],
    };
    let has_others = ways.iter().any(|other| *other != way);
    let offers_codes = way != WayView::SecurityCodes && ways.contains(&WayView::SecurityCodes);
    let nothing_else = !has_others && !forgot_phone;
    view! {
        <Card title="Second factor" lead>
            <ProblemSummary problem=problem.clone() labels takes_focus=false />
            {match way {
                WayView::Factor(FactorKind::Passkey) => {
                    passkey_form(sign_in.clone(), way, problem.at("passkey")).into_any()
                }
                _ if waits => ().into_any(),
                _ => code_form(sign_in.clone(), way, problem.at("code")).into_any(),
            }}
            {send}
            {nothing_else.then(|| {
                let text = format!("{} Ask your administrator.", way.without());
                view! { <p class="card-text">{text}</p> }
            })}
            <ul class="plain-ways">
                {offers_codes.then(|| way_link(WayView::SecurityCodes.address(), "Use security codes"))}
                {has_others.then(|| way_link("/login/second-factor?way=other".to_owned(), "Try another way"))}
                {forgot_phone.then(|| way_link("/login/forgot-phone".to_owned(), "Forgot my phone"))}
                {way_link("/login".to_owned(), "Sign in as somebody else")}
            </ul>
        </Card>
    }
}

fn send_form(sign_in: String, way: WayView, again: bool) -> impl IntoView {
    let class =
        if again { "btn plain-button plain-button-wide" } else { "btn btn-primary plain-button plain-button-wide" };
    view! {
        <form method="post" action="/login/second-factor/send" class="plain-form">
            <input type="hidden" name="sign_in" value=sign_in />
            <input type="hidden" name="way" value=way.key() />
            <button type="submit" class=class autofocus=!again>
                {if again { "Send another code" } else { "Send code" }}
            </button>
        </form>
    }
}

fn passkey_form(sign_in: String, way: WayView, error: Option<String>) -> impl IntoView {
    view! {
        <WithoutPasskeys />
        <PasskeyForm
            action=way.address()
            question="/login/second-factor/question"
            submit="Use your security key or passkey"
            is_primary=true
            error=error
        >
            <input type="hidden" name="sign_in" value=sign_in />
        </PasskeyForm>
    }
}

fn code_form(sign_in: String, way: WayView, error: Option<String>) -> impl IntoView {
    view! {
        <form method="post" action=way.address() class="plain-form" autocomplete="off">
            <input type="hidden" name="sign_in" value=sign_in />
            <PlainField
                name="code"
                label=way.label()
                autocomplete="one-time-code"
                error=error
                autofocus=true
                required=true
                verbatim=true
                digits=way != WayView::SecurityCodes
            />
            <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                "Verify"
            </button>
        </form>
    }
}

fn way_link(address: String, label: &'static str) -> impl IntoView {
    view! {
        <li>
            <a class="plain-way" href=address>
                {label}
            </a>
        </li>
    }
}

/// **Try another way**: all of them.
pub fn other_ways_page(site: &Site, ways: Vec<WayView>, forgot_phone: bool) -> String {
    document(site, Heading::new("Try another way"), || {
        let links = ways
            .into_iter()
            .map(|way| {
                view! {
                    <li>
                        <a class="btn plain-button plain-button-wide" href=way.address()>
                            <Icon glyph=Glyph::Key />
                            {way.invitation()}
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <Card title="Try another way" lead="How do you want to prove that it is you?".to_owned()>
                <ul class="plain-form">{links}</ul>
                <ul class="plain-ways">
                    {forgot_phone.then(|| way_link("/login/forgot-phone".to_owned(), "Forgot my phone"))}
                    {way_link("/login".to_owned(), "Sign in as somebody else")}
                </ul>
            </Card>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: WayView = WayView::Factor(FactorKind::AuthenticatorApp);

    fn page(way: WayView, ways: &[WayView]) -> String {
        let view = SecondFactorView {
            sign_in: "id".into(),
            way,
            ways: ways.to_vec(),
            sent: None,
            forgot_phone: false,
            problem: Problem::default(),
        };
        second_factor_page(&Site { stylesheet: "/pkg/roster.css".into() }, view)
    }

    #[test]
    fn phones_offer_the_code() {
        let html = page(APP, &[APP]);
        assert!(html.contains("autocomplete=\"one-time-code\"") && html.contains("inputmode=\"numeric\""), "{html}");
        assert!(!html.contains("another way") && !html.contains("<script"), "{html}");
    }

    #[test]
    fn who_has_no_other_way_is_told_whom_to_ask() {
        assert!(page(APP, &[APP]).contains("Without your phone? Ask your administrator."));
        assert!(!page(APP, &[APP, WayView::SecurityCodes]).contains("Ask your administrator"));
    }

    #[test]
    fn a_passkey_asks_for_no_code() {
        let html = page(WayView::Factor(FactorKind::Passkey), &[WayView::Factor(FactorKind::Passkey), APP]);
        assert!(html.contains("data-question=\"/login/second-factor/question\""), "{html}");
        assert!(!html.contains("name=\"code\"") && html.contains(">Try another way</a>"), "{html}");
    }

    #[test]
    fn security_codes_are_offered_when_there_are_some() {
        let html = page(APP, &[APP, WayView::SecurityCodes]);
        assert!(html.contains(">Use security codes</a>") && html.contains(">Try another way</a>"), "{html}");
        let html = page(WayView::SecurityCodes, &[APP, WayView::SecurityCodes]);
        assert!(html.contains("Security code") && !html.contains(">Use security codes</a>"), "{html}");
        assert!(!html.contains("numeric"), "{html}");
    }
}
