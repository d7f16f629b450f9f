//! The section **Alternate 2FA login methods** (S7, S9): when the second factor is not at hand.

use leptos::prelude::*;
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

pub fn form(draft: Draft<AlternateLogin>) -> AnyView {
    let codes_enabled = Memo::new(move |_| draft.read(|value| value.security_codes_enabled));
    let warning = move || {
        draft
            .read(AlternateLogin::has_one_time_codes)
            .then_some("Whoever generates a backup code must be sure who asks for it: NIST SP 800-63B-4 §4.2 and OWASP ASVS 6.4.4.")
    };
    view! {
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
        {draft.warning(warning)}
    }
    .into_any()
}
