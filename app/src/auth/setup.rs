//! First run (R6): the page behind the one-time link, which makes the Owner.

use leptos::prelude::*;
use types::accounts::AccountForm;

use crate::plain::{Card, Heading, PasswordStrength, PlainField, Problem, ProblemSummary, Site, document};

/// The fields, in their order.
const LABELS: &[(&str, &str)] = &[
    ("email", "Email"),
    ("username", "Username"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("password", "Password"),
];

/// What a new password must be; `domain::passwords` decides.
pub const PASSWORD_HINT: &str = "At least 15 characters. A few words together are easy to remember.";

/// What the page shows; the password is not in it.
#[derive(Clone, Debug, Default)]
pub struct SetupView {
    /// The link's secret: a hidden field, so that it does not appear in another address.
    pub token: String,
    /// As typed.
    pub form: AccountForm,
    pub problem: Problem,
}

pub fn setup_page(site: &Site, view: SetupView) -> String {
    let heading = Heading { secret_address: true, ..Heading::failed_if("Set up Roster", !view.problem.is_none()) };
    document(site, heading, || form(view))
}

/// What makes an Owner without a link.
const COMMAND: &str = "roster admin create --email you@example.com --username you --password-stdin";

/// For a link that is missing or too old; there is no Owner yet.
pub fn setup_link_page(site: &Site) -> String {
    document(site, Heading::new("Set up Roster"), || {
        view! {
            <Card title="Set up Roster">
                <p class="card-text">
                    "There is no Owner yet. Open the one-time set-up link that Roster printed to its log when it started."
                </p>
                <p class="card-text">
                    "A link does not work any more when it is older than a day, or Roster was started again since: \
                     restart Roster for a new one."
                </p>
                <p class="card-text">"Or make the Owner in a shell on the server:"</p>
                <pre class="plain-command">
                    <code>{COMMAND}</code>
                </pre>
            </Card>
        }
    })
}

fn form(view: SetupView) -> impl IntoView {
    let SetupView { token, form, problem } = view;
    let first_time = problem.is_none();
    let lead = "Make the first account. It will be an Owner, who may do everything here.".to_owned();
    view! {
        <Card title="Set up Roster" lead=lead>
            <ProblemSummary problem=problem.clone() labels=LABELS />
            <form method="post" action="/setup" class="plain-form" novalidate=true>
                <input type="hidden" name="token" value=token />
                <PlainField
                    name="email"
                    label="Email"
                    kind="email"
                    value=form.email
                    autocomplete="email"
                    error=problem.at("email")
                    autofocus=first_time
                    required=true
                    verbatim=true
                />
                <PlainField
                    name="username"
                    label="Username"
                    value=form.username
                    autocomplete="username"
                    error=problem.at("username")
                    may_stay_empty=true
                    verbatim=true
                />
                <div class="plain-pair">
                    <PlainField
                        name="first_name"
                        label="First name"
                        value=form.first_name
                        autocomplete="given-name"
                        error=problem.at("first_name")
                        may_stay_empty=true
                    />
                    <PlainField
                        name="last_name"
                        label="Last name"
                        value=form.last_name
                        autocomplete="family-name"
                        error=problem.at("last_name")
                        may_stay_empty=true
                    />
                </div>
                <PlainField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    hint=PASSWORD_HINT
                    error=problem.at("password")
                    required=true
                />
                <PasswordStrength input="field-password" />
                <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                    "Create the Owner account"
                </button>
            </form>
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use types::FieldErrors;

    use super::*;

    #[test]
    fn keeps_what_was_typed_and_leads_to_the_error() {
        let form = AccountForm { email: "ada".into(), first_name: "<script>".into(), ..AccountForm::default() };
        let problem = Problem::of_fields(FieldErrors::one("email", "That is not an e-mail address."));
        let site = Site { stylesheet: "/pkg/roster.css".into() };
        let html = setup_page(&site, SetupView { token: "secret".into(), form, problem });
        assert!(html.contains("value=\"ada\"") && html.contains("value=\"&lt;script&gt;\""), "{html}");
        assert!(html.contains("<a href=\"#field-email\">Email: That is not"), "{html}");
        assert!(html.contains("aria-describedby=\"field-email-error\""), "{html}");
        assert!(html.contains("aria-describedby=\"field-password-hint\""), "{html}");
        assert!(html.contains("<title>Error: Set up Roster – Roster</title>"), "{html}");
    }
}
