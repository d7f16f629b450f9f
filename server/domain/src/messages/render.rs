//! From the content of a message to its subject and its two texts.
//!
//! A mail is a folder: `subject.txt`, `body.txt`, `body.html`. Whatever is put into HTML is escaped.

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use types::Timestamp;
use types::messages::MessageKind;

use super::{Content, Mailing};
use crate::{Error, Result};

/// A message in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

macro_rules! templates {
    ($environment:ident, $($folder:literal)+) => {
        $(for (name, source) in [
            (concat!($folder, "/subject.txt"), include_str!(concat!("templates/", $folder, "/subject.txt"))),
            (concat!($folder, "/body.txt"), include_str!(concat!("templates/", $folder, "/body.txt"))),
            (concat!($folder, "/body.html"), include_str!(concat!("templates/", $folder, "/body.html"))),
        ] {
            $environment.add_template(name, source)?;
        })+
    };
}

static ENVIRONMENT: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(environment);

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(
        |name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    environment.add_template("layout.html", include_str!("templates/layout.html"))?;
    templates!(environment, "activation" "invitation" "welcome" "password_reset" "email_confirmation");
    templates!(environment, "password_expiry" "alert" "code");
    environment.add_template("code/sms.txt", include_str!("templates/code/sms.txt"))?;
    Ok(environment)
}

/// The message as it is sent to somebody called `name` at `email`.
///
/// # Errors
/// [`Error::Internal`] when a template and its content do not fit.
pub fn render(mailing: &Mailing, name: &str, email: &str, content: &Content) -> Result<Rendered> {
    let broken = |error: &minijinja::Error| Error::Internal(format!("a mail's template: {error:#}"));
    let environment = ENVIRONMENT.as_ref().map_err(broken)?;
    let values = context! { name, email, host => mailing.host(), ..values(mailing, content) };
    let part = |part: &str| {
        let template = environment.get_template(&format!("{}/{part}", folder(content.kind())));
        template.and_then(|template| template.render(&values)).map_err(|error| broken(&error))
    };
    // Names are free of line breaks already; a header must be so whatever happens.
    let subject = part("subject.txt")?.split(char::is_control).collect::<Vec<_>>().join(" ").trim().to_owned();
    Ok(Rendered { subject, text: part("body.txt")?, html: part("body.html")? })
}

/// The same as a text message.
///
/// # Errors
/// [`Error::Internal`] for what is only mailed.
pub fn render_text(mailing: &Mailing, content: &Content) -> Result<String> {
    let broken = |error: &minijinja::Error| Error::Internal(format!("a text message's template: {error:#}"));
    let environment = ENVIRONMENT.as_ref().map_err(broken)?;
    let template = environment.get_template(&format!("{}/sms.txt", folder(content.kind())));
    let values = context! { host => mailing.host(), ..values(mailing, content) };
    template.and_then(|template| template.render(&values)).map_err(|error| broken(&error))
}

fn folder(kind: MessageKind) -> &'static str {
    kind.key()
}

fn values(mailing: &Mailing, content: &Content) -> Value {
    // Made of the operator's address and of base64url: nothing in them needs escaping.
    let page = |path: &str| Value::from_safe_string(mailing.link(path));
    let with_token = |path: &str, token: &str| page(&format!("{path}?token={token}"));
    match content {
        Content::Activation { token, hours } => {
            context! { link => with_token("/activate", token), time => in_words(*hours, "hour") }
        }
        Content::Invitation { token, hours, invited_by, organization } => {
            let link = with_token("/activate", token);
            context! { link, time => in_words(*hours, "hour"), invited_by, organization }
        }
        Content::Welcome => context! { link => page("/login"), account => page("/account") },
        Content::PasswordReset { token, minutes, by_staff, disowned } => {
            context! { link => with_token("/reset-password", token), time => in_words(*minutes, "minute"), by_staff, disowned }
        }
        Content::EmailConfirmation { token, hours } => {
            context! { link => with_token("/confirm-email", token), time => in_words(*hours, "hour") }
        }
        Content::PasswordExpiry { at, over } => {
            let change = page("/account/security");
            context! { date => date(*at), over, link => page("/forgot-password"), change }
        }
        Content::Alert { alert, at, ip, browser, place } => {
            let (title, sentence) = alert.words();
            let link = page("/forgot-password");
            context! { title, sentence, at => format!("{} UTC", at.minute()), ip, browser, place, link }
        }
        Content::Code { code, what } => {
            let minutes = crate::codes::LIFE_SECONDS / 60;
            context! { code, purpose => what.words(), time => in_words(minutes, "minute"), link => page("/forgot-password") }
        }
    }
}

/// `3 days`, `72 hours` being that; `45 minutes`.
fn in_words(count: i64, unit: &str) -> String {
    let (count, unit) = match unit {
        "minute" if count % 60 == 0 => (count / 60, "hour"),
        "hour" if count > 24 && count % 24 == 0 => (count / 24, "day"),
        _ => (count, unit),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn date(at: Timestamp) -> String {
    format!("{} UTC", at.minute())
}

#[cfg(test)]
mod tests {
    use super::super::Alert;
    use super::*;
    use crate::testing::START;

    const TOKEN: &str = "0123456789abcdefghijABCDEFGHIJ-_0123456789x";

    fn mailing() -> Mailing {
        Mailing::new("https://id.example.com/", true)
    }

    fn of(content: Content) -> Rendered {
        render(&mailing(), "Ada Lovelace", "ada@example.com", &content).unwrap()
    }

    fn token() -> String {
        TOKEN.to_owned()
    }

    fn everything() -> Vec<(&'static str, Content)> {
        let (at, ip, browser) = (START, Some("192.0.2.1".to_owned()), Some("Chrome on Linux".to_owned()));
        let (place, nothing) = (Some("Zürich, Switzerland".to_owned()), None);
        vec![
            ("activation", Content::Activation { token: token(), hours: 72 }),
            (
                "invitation",
                Content::Invitation {
                    token: token(),
                    hours: 24,
                    invited_by: "Olivia Owner".into(),
                    organization: Some("Acme & Sons".into()),
                },
            ),
            ("welcome", Content::Welcome),
            (
                "password_reset",
                Content::PasswordReset { token: token(), minutes: 60, by_staff: false, disowned: false },
            ),
            (
                "password_reset_by_staff",
                Content::PasswordReset { token: token(), minutes: 45, by_staff: true, disowned: false },
            ),
            (
                "password_reset_disowned",
                Content::PasswordReset { token: token(), minutes: 60, by_staff: false, disowned: true },
            ),
            ("email_confirmation", Content::EmailConfirmation { token: token(), hours: 24 }),
            ("password_expiry", Content::PasswordExpiry { at, over: false }),
            ("password_expired", Content::PasswordExpiry { at, over: true }),
            ("alert", Content::Alert { alert: Alert::NewDevice, at, ip, browser, place }),
            ("code", Content::Code { code: "012345".into(), what: crate::codes::CodeFor::SignIn }),
            (
                "alert_by_staff",
                Content::Alert { alert: Alert::AccountDisabled, at, ip: None, browser: None, place: nothing },
            ),
        ]
    }

    #[test]
    fn every_mail_reads_as_it_was_approved() {
        for (name, content) in everything() {
            let Rendered { subject, text, html } = of(content);
            insta::assert_snapshot!(name, format!("Subject: {subject}\n\n{text}\n\n{html}"));
        }
    }

    #[test]
    fn a_text_message_is_short_and_bound_to_this_site() {
        let content = Content::Code { code: "012345".into(), what: crate::codes::CodeFor::SignIn };
        let text = render_text(&mailing(), &content).unwrap();
        insta::assert_snapshot!("code_sms", text);
        assert!(text.is_ascii() && text.len() <= 160, "{}", text.len());
        assert!(render_text(&mailing(), &Content::Welcome).is_err());
    }

    #[test]
    fn a_code_is_in_no_subject() {
        for (name, content) in everything() {
            assert!(!of(content).subject.contains("012345"), "{name}");
        }
    }

    #[test]
    fn html_and_text_say_the_same_link() {
        for (name, content) in everything() {
            let Rendered { text, html, .. } = of(content);
            let mut links: Vec<_> = text.split_whitespace().filter(|word| word.starts_with("https://")).collect();
            links.dedup();
            assert!(!links.is_empty(), "{name}");
            for link in links {
                assert!(link.starts_with("https://id.example.com/"), "{name}: {link}");
                assert!(html.contains(&format!("href=\"{link}\"")), "{name}: {link}");
            }
        }
    }

    #[test]
    fn a_name_can_neither_add_a_header_nor_markup() {
        let name = "Ada\r\nBcc: eve@example.com\n\n<script>alert(1)</script>";
        for (_, content) in everything() {
            let Rendered { subject, html, .. } = render(&mailing(), name, "ada@example.com", &content).unwrap();
            assert!(!subject.contains(char::is_control), "{subject:?}");
            assert!(!html.contains("<script>"));
        }
    }

    #[test]
    fn durations_are_said_in_the_largest_whole_unit() {
        for (count, unit, words) in [
            (72, "hour", "3 days"),
            (24, "hour", "24 hours"),
            (1, "hour", "1 hour"),
            (60, "minute", "1 hour"),
            (45, "minute", "45 minutes"),
        ] {
            assert_eq!(in_words(count, unit), words);
        }
    }
}
