//! The pages behind the second factors of **Security** (E2): each asks or tells one thing.

use leptos::prelude::*;
use types::authenticators::AuthenticatorRow;

use super::frame::{AccountPage, FrameView, account_document};
use crate::auth::passkey::{PasskeyForm, WithoutPasskeys};
use crate::auth::set_up_app::{SET_UP_LABELS, SetUpFields, SetUpView};
use crate::plain::{Card, Heading, PlainField, Problem, ProblemSummary, Site, document};

/// **Add authenticator app**.
pub fn add_app_page(site: &Site, frame: FrameView, view: SetUpView) -> String {
    let heading = Heading::failed_if("Add authenticator app", !view.problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || {
        let problem = view.problem.clone();
        view! {
            <h1 class="account-title">"Add authenticator app"</h1>
            <ProblemSummary problem labels=SET_UP_LABELS />
            <section class="account-section">
                <form method="post" action="/account/security/authenticator-app" class="plain-form plain-form-narrow">
                    <SetUpFields view submit="Add authenticator app" />
                    <a class="btn plain-button plain-button-wide" href="/account/security">
                        "Cancel"
                    </a>
                </form>
            </section>
        }
    })
}

/// **Add security key or passkey**.
/// `address`: the one that passkeys work at.
pub fn add_passkey_page(
    site: &Site,
    frame: FrameView,
    address: Option<String>,
    name: String,
    problem: Problem,
) -> String {
    let heading = Heading::failed_if("Add security key or passkey", !problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || {
        view! {
            <h1 class="account-title">"Add security key or passkey"</h1>
            <ProblemSummary problem=problem.clone() labels=&[("name", "Name"), ("passkey", "Passkey")] />
            <section class="account-section">
                <p class="account-lead">
                    "Your phone, your computer or a security key keeps a passkey, and asks for your finger, your face or \
                     its PIN. With it you sign in without a password, or prove who you are after one."
                </p>
                <WithoutPasskeys />
                <div class="plain-form-narrow">
                    <PasskeyForm
                        action="/account/security/passkey"
                        question="/account/security/passkey/question"
                        creates=true
                        address
                        submit="Add passkey"
                        is_primary=true
                        error=problem.at("passkey")
                    >
                        <PlainField
                            name="name"
                            label="Name"
                            value=name
                            hint="To tell several apart, such as “Blue key”."
                            autocomplete="off"
                            error=problem.at("name")
                            may_stay_empty=true
                        />
                    </PasskeyForm>
                </div>
                <a class="btn plain-button" href="/account/security">
                    "Cancel"
                </a>
            </section>
        }
    })
}

/// Asks before a second factor is removed; `is_last`: none is left then.
pub fn remove_factor_page(site: &Site, frame: FrameView, row: AuthenticatorRow, is_last: bool) -> String {
    account_document(site, frame, AccountPage::Security, Heading::new("Remove second factor"), || {
        let what = if is_last {
            "It is your only second factor: your password alone opens your account then, and security codes end. \
             All your other sessions are signed out."
        } else {
            "It does not work any more then. All your other sessions are signed out."
        };
        view! {
            <h1 class="account-title">"Remove " <bdi>{row.name}</bdi> "?"</h1>
            <section class="account-section">
                <p class="account-lead">{what}</p>
                <form method="post" action="/account/security/remove" class="plain-row">
                    <input type="hidden" name="id" value=row.id.to_string() />
                    <button type="submit" class="btn btn-error plain-button">
                        "Remove"
                    </button>
                    <a class="btn plain-button" href="/account/security">
                        "Cancel"
                    </a>
                </form>
            </section>
        }
    })
}

/// **Reset two-factor authentication**: asks for the password.
pub fn reset_page(site: &Site, frame: FrameView, email: String, problem: Problem) -> String {
    let heading = Heading::failed_if("Reset two-factor authentication", !problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || {
        view! {
            <h1 class="account-title">"Reset two-factor authentication"</h1>
            <ProblemSummary problem=problem.clone() labels=PASSWORD_LABELS />
            <section class="account-section">
                <p class="account-lead">
                    "All your second factors and security codes are forgotten, and all your other sessions are \
                     signed out. Set up a second factor again afterwards."
                </p>
                <form method="post" action="/account/security/reset-two-factor" class="plain-form plain-form-narrow">
                    <PasswordFields email problem />
                    <div class="plain-row">
                        <button type="submit" class="btn btn-error plain-button">
                            "Reset two-factor authentication"
                        </button>
                        <a class="btn plain-button" href="/account/security">
                            "Cancel"
                        </a>
                    </div>
                </form>
            </section>
        }
    })
}

const PASSWORD_LABELS: &[(&str, &str)] = &[("password", "Current password")];

#[component]
fn PasswordFields(email: String, problem: Problem) -> impl IntoView {
    let first_time = problem.is_none();
    view! {
        <input type="text" name="username" value=email autocomplete="username" hidden=true readonly=true />
        <PlainField
            name="password"
            label="Current password"
            kind="password"
            autocomplete="current-password"
            error=problem.at("password")
            autofocus=first_time
            required=true
        />
    }
}

/// Asks who it is once more, before something that matters (S12): in the frame of the account when that is
/// where it goes on, else on a page of its own.
pub fn confirm_page(
    site: &Site,
    frame: FrameView,
    email: String,
    return_to: String,
    has_passkey: bool,
    problem: Problem,
) -> String {
    let heading = Heading::failed_if(CONFIRM, !problem.is_none());
    let page = if return_to.starts_with("/account/activity") { AccountPage::Activity } else { AccountPage::Security };
    let is_of_account = return_to.starts_with("/account");
    let form = confirm_form(email, return_to, has_passkey, problem);
    if is_of_account {
        account_document(site, frame, page, heading, || {
            view! {
                <h1 class="account-title">{CONFIRM}</h1>
                <section class="account-section">{form}</section>
            }
        })
    } else {
        document(site, heading, || view! { <Card title=CONFIRM>{form}</Card> })
    }
}

const CONFIRM: &str = "Confirm that it is you";

/// Where **Cancel** leads: to the page above the one that goes on, which would only ask again.
fn page_above(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once('/').map(|(above, _)| above).filter(|above| !above.is_empty()).unwrap_or("/").to_owned()
}

fn confirm_form(email: String, return_to: String, has_passkey: bool, problem: Problem) -> AnyView {
    let cancel = page_above(&return_to);
    let return_to = move || {
        let address = return_to.clone();
        view! { <input type="hidden" name="return_to" value=address /> }
    };
    let passkey = has_passkey.then(|| {
        let return_to = return_to();
        view! {
            <div class="plain-form-narrow">
                <PasskeyForm
                    action="/account/confirm"
                    question="/account/confirm/question"
                    submit="Use your passkey"
                    error=problem.at("passkey")
                >
                    {return_to}
                </PasskeyForm>
            </div>
        }
    });
    view! {
        <ProblemSummary problem=problem.clone() labels=&[("password", "Current password"), ("passkey", "Passkey")] />
        <p class="account-lead">
            "You signed in a while ago. Before you go on, prove that it is you: type your password again"
            {has_passkey.then_some(", or use your passkey")} "."
        </p>
        {passkey}
        <form method="post" action="/account/confirm" class="plain-form plain-form-narrow">
            {return_to()}
            <PasswordFields email problem />
            <div class="plain-row">
                <button type="submit" class="btn btn-primary plain-button">
                    "Confirm"
                </button>
                <a class="btn plain-button" href=cancel>
                    "Cancel"
                </a>
            </div>
        </form>
    }
    .into_any()
}

/// Asks before new security codes are made; `problem` when there can be none.
pub fn ask_for_codes_page(site: &Site, frame: FrameView, enabled: bool, has_codes: bool, problem: Problem) -> String {
    let heading = Heading::failed_if("Security codes", !problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || {
        let what = match (enabled, has_codes) {
            (false, _) => "Security codes are switched off here.",
            (true, true) => "Ten new codes are made, and the earlier ones stop working.",
            (true, false) => "Ten codes are made. Each works once in the place of your second factor.",
        };
        view! {
            <h1 class="account-title">"Security codes"</h1>
            <ProblemSummary problem />
            <section class="account-section">
                <p class="account-lead">{what} {enabled.then_some(" They are shown once: print them or download them.")}</p>
                <form method="post" action="/account/security/codes" class="plain-row">
                    {enabled
                        .then(|| {
                            view! {
                                <button type="submit" class="btn btn-primary plain-button">
                                    {if has_codes { "Make new security codes" } else { "Make security codes" }}
                                </button>
                            }
                        })}
                    <a class="btn plain-button" href="/account/security">
                        "Back to Security"
                    </a>
                </form>
            </section>
        }
    })
}

/// The codes, this once.
pub fn codes_page(site: &Site, frame: FrameView, email: String, codes: Vec<String>) -> String {
    account_document(site, frame, AccountPage::Security, Heading::new("Your security codes"), || {
        let text = format!("Roster: security codes of {email}. Each works once.\r\n\r\n{}\r\n", codes.join("\r\n"));
        let file = format!("data:text/plain;charset=utf-8,{}", percent_encoded(&text));
        let items = codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view();
        view! {
            <h1 class="account-title">"Your security codes"</h1>
            <section class="account-section">
                <p class="account-lead">
                    "These are shown this once. Keep them where your phone is not: whoever has one and your password \
                     can sign in as you. Each works once."
                </p>
                <ol class="security-codes">{items}</ol>
                <div class="plain-row print-hidden">
                    <a class="btn btn-primary plain-button" href=file download="roster-security-codes.txt">
                        "Download"
                    </a>
                    // The button appears when the script has come; the browser's own menu prints too.
                    <button type="button" class="btn plain-button" id="print" hidden=true>
                        "Print"
                    </button>
                    <a class="btn plain-button" href="/account/security">
                        "I have kept them"
                    </a>
                </div>
            </section>
            <script src="/print.js" defer=true></script>
        }
    })
}

/// For a `data:` address (RFC 3986 §2.1).
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proof_is_asked_where_it_goes_on_and_cancel_leads_back() {
        let page = |return_to: &str| {
            let site = Site { stylesheet: "/pkg/roster.css".into() };
            let frame = FrameView { name: "Ada".into(), is_staff: true, acting: None };
            confirm_page(&site, frame, "ada@example.com".into(), return_to.into(), false, Problem::default())
        };
        for (return_to, cancel, in_account) in [
            ("/admin/users/1/impersonate", "/admin/users/1", false),
            ("/account/security/remove?id=a/b", "/account/security", true),
            ("/account/activity/not-me?id=1", "/account/activity", true),
            ("/account/security", "/account", true),
        ] {
            let html = page(return_to);
            assert!(html.contains(&format!("<a href=\"{cancel}\" class=\"btn plain-button\">Cancel")), "{html}");
            assert_eq!(html.contains("account-navigation"), in_account, "{return_to}");
            assert!(html.contains("Before you go on, prove that it is you"), "{html}");
        }
    }

    #[test]
    fn codes_can_be_downloaded_without_script() {
        let site = Site { stylesheet: "/pkg/roster.css".into() };
        let frame = FrameView { name: "Ada".into(), is_staff: false, acting: None };
        let html = codes_page(&site, frame, "a&b@example.com".into(), vec!["12345-ABCDE".into()]);
        assert!(html.contains("download=\"roster-security-codes.txt\""), "{html}");
        assert!(html.contains("a%26b%40example%2Ecom") && html.contains("%0D%0A12345-ABCDE%0D%0A\""), "{html}");
        assert!(html.contains("id=\"print\" hidden"), "{html}");
    }
}
