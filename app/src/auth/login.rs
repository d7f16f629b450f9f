//! The sign-in page (S1).

use leptos::prelude::*;

use super::passkey::PasskeyForm;
use crate::plain::problem::PROBLEM_ID;
use crate::plain::{Card, Heading, Notice, PlainField, Problem, ProblemSummary, Site, document};

/// What the page shows. There is no password in it: secrets are not echoed.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// As typed.
    pub identifier: String,
    /// Where to go afterwards.
    pub return_to: Option<String>,
    pub notice: Option<String>,
    /// Why nobody is signed in.
    pub problem: Option<String>,
    /// Whether the two fields are what is wrong, rather than the moment.
    pub fields_are_wrong: bool,
    /// The address that passkeys work at, where this server has them.
    pub passkeys: Option<String>,
}

pub fn login_page(site: &Site, view: LoginView) -> String {
    document(site, Heading::failed_if("Sign in", view.problem.is_some()), || form(view))
}

fn form(view: LoginView) -> impl IntoView {
    let LoginView { identifier, return_to, notice, problem, fields_are_wrong, passkeys } = view;
    let wrong = fields_are_wrong.then_some(PROBLEM_ID);
    let names = if passkeys.is_some() { "username webauthn" } else { "username" };
    // Whoever has typed a name already goes on with the password, which says what was wrong.
    let begins_with_password = !identifier.is_empty();
    let problem = Problem { message: problem, ..Problem::default() };
    let return_to =
        move || return_to.clone().map(|address| view! { <input type="hidden" name="return_to" value=address /> });
    view! {
        <Card title="Sign in">
            <Notice text=notice />
            <ProblemSummary problem takes_focus=false />
            <form method="post" action="/login" class="plain-form">
                {return_to()}
                <PlainField
                    name="identifier"
                    label="Email or username"
                    value=identifier
                    autocomplete=names
                    error_elsewhere=wrong
                    autofocus=!begins_with_password
                    required=true
                    verbatim=true
                />
                <PlainField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    error_elsewhere=wrong
                    autofocus=begins_with_password
                    required=true
                />
                <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                    "Sign in"
                </button>
                <p class="plain-aside">
                    <a class="link" href="/forgot-password">
                        "Forgot password?"
                    </a>
                </p>
            </form>
            {passkeys
                .map(|address| {
                    view! {
                        <PasskeyForm
                            action="/login/passkey"
                            question="/login/passkey/question"
                            offers=true
                            address=Some(address)
                            submit="Sign in with a passkey"
                        >
                            {return_to()}
                        </PasskeyForm>
                    }
                })}
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(view: LoginView) -> String {
        login_page(&Site { stylesheet: "/pkg/roster.css".into() }, view)
    }

    #[test]
    fn is_a_form_that_password_managers_know() {
        let html = page(LoginView::default());
        assert!(html.contains("<form method=\"post\" action=\"/login\""), "{html}");
        assert!(html.contains("autocomplete=\"username\"") && html.contains("autocomplete=\"current-password\""));
        assert!(!html.contains("role=\"alert\"") && !html.contains("return_to") && !html.contains("<script"), "{html}");
    }

    #[test]
    fn passkeys_are_offered_beside_the_name_and_by_a_button_that_script_shows() {
        let passkeys = Some("https://id.example.com".to_owned());
        let html = page(LoginView { passkeys, return_to: Some("/account".into()), ..LoginView::default() });
        assert!(html.contains("autocomplete=\"username webauthn\""), "{html}");
        assert!(
            html.contains("action=\"/login/passkey\"") && html.contains("data-passkey-offer=\"\" hidden"),
            "{html}"
        );
        assert!(html.contains("<script src=\"/passkey.js\" defer></script>"), "{html}");
        assert_eq!(html.matches("name=\"return_to\" value=\"/account\"").count(), 2, "{html}");
    }

    #[test]
    fn a_failure_keeps_the_identifier_and_marks_the_fields() {
        let html = page(LoginView {
            identifier: "\"><script>alert(1)</script>".into(),
            return_to: Some("/admin?q=\"".into()),
            problem: Some("No.".into()),
            fields_are_wrong: true,
            ..LoginView::default()
        });
        assert!(html.contains("role=\"alert\"") && html.contains("aria-describedby=\"problem\""), "{html}");
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 2, "{html}");
        assert!(!html.contains("<script") && html.contains("value=\"&quot;&gt;&lt;script"), "{html}");
    }
}
