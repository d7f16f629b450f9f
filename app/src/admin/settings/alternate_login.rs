//! The section **Alternate 2FA login methods** (S7, S9): when the second factor is not at hand.

use leptos::prelude::*;
use types::compliance;
use types::recovery::RecoveryMethod;
use types::settings::{AlternateLogin, SecurityCodeKinds};

use super::draft::{Draft, Words};

const CODES: &[(&str, &str, &str)] = &[
    ("static", "Static long-lived codes", "Holders make ten codes, which do not expire. Each works once."),
    (
        "one_time",
        "One-time backup code",
        "Staff generate a code for somebody whose second factor is not at hand. It works for 60 minutes, for one sign-in.",
    ),
    ("both", "Both", "Static long-lived codes and one-time backup codes."),
];

const FORGOT_PHONE: &[(&str, &str, &str)] = &[
    ("questions", "Security questions (KBA)", "One of the questions that the person has chosen, after the password."),
    (
        "questions_and_email",
        "Security questions (KBA) + OTP over alternate email",
        "The question, and then a code to another address of theirs.",
    ),
    ("email", "OTP over alternate email", "A code to another address of theirs."),
];

pub fn form(draft: Draft<AlternateLogin>) -> AnyView {
    let codes_enabled = Memo::new(move |_| draft.read(|value| value.security_codes_enabled));
    let warning = move || {
        draft
            .read(AlternateLogin::has_one_time_codes)
            .then_some("Whoever generates a backup code must be sure who asks for it: NIST SP 800-63B-4 §4.2 and OWASP ASVS 6.4.4.")
    };
    let forgot_phone_enabled = Memo::new(move |_| draft.read(|value| value.forgot_phone_enabled));
    view! {
        {draft
            .toggle(
                Words {
                    name: "forgot_phone_enabled",
                    label: "Forgot phone",
                    hint: "On the second-factor page they find “Forgot my phone”.",
                },
                |value| value.forgot_phone_enabled,
                |value, on| value.forgot_phone_enabled = on,
            )}
        {move || forgot_phone_enabled.get().then(|| forgot_phone(draft))}
        {draft.warning(move || forgot_phone_warning(draft))}
        {draft
            .toggle(
                Words {
                    name: "security_codes_enabled",
                    label: "Enable end users to use security codes to login",
                    hint: "On the second-factor page they find “Use security codes”.",
                },
                |value| value.security_codes_enabled,
                |value, on| value.security_codes_enabled = on,
            )}
        {move || {
            codes_enabled
                .get()
                .then(|| {
                    draft
                        .choice(
                            Words { name: "security_codes", label: "Security codes", hint: "" },
                            CODES,
                            |value| value.security_codes.key(),
                            |value, key| {
                                value.security_codes =
                                    SecurityCodeKinds::ALL.into_iter().find(|kind| kind.key() == key).unwrap_or_default();
                            },
                        )
                })
        }}
        {draft.rule(compliance::static_codes)}
        {draft.warning(warning)}
    }
    .into_any()
}

fn forgot_phone(draft: Draft<AlternateLogin>) -> AnyView {
    view! {
        {draft
            .choice(
                Words {
                    name: "forgot_phone",
                    label: "Way in without the phone",
                    hint: "People set up what it needs under “Security” in their account.",
                },
                FORGOT_PHONE,
                |value| value.forgot_phone.key(),
                |value, key| value.forgot_phone = RecoveryMethod::from_key(key).unwrap_or_default(),
            )}
        {draft
            .toggle(
                Words {
                    name: "users_choose",
                    label: "Let users choose their method",
                    hint: "Under “Security” in their account. Who has not chosen has the one above.",
                },
                |value| value.users_choose,
                |value, on| value.users_choose = on,
            )}
    }
    .into_any()
}

fn forgot_phone_warning(draft: Draft<AlternateLogin>) -> Option<&'static str> {
    let (enabled, method, choose) =
        draft.read(|value| (value.forgot_phone_enabled, value.forgot_phone, value.users_choose));
    if !enabled {
        None
    } else if method.asks_questions() || choose {
        Some(
            "NIST SP 800-63B-4 §3.1.1.2 and OWASP ASVS 6.4.2 advise against security questions: others know the answers, or find them.",
        )
    } else {
        Some("NIST SP 800-63B-4 §3.1.3.1 and OWASP ASVS 6.3.6 advise against codes by email.")
    }
}
