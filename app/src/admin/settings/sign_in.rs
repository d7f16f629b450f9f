//! The section **Sign-in** (S2, S4): who is asked for a second factor, and which codes can be sent.

use leptos::prelude::*;
use types::authenticators::SecondFactorPolicy;
use types::compliance;
use types::settings::SignIn;

use super::draft::{Draft, Words};

const POLICIES: &[(&str, &str, &str)] = &[
    ("off", "Off", "Nobody is asked, not even those who have a second factor."),
    ("optional", "Optional", "Whoever has a second factor is asked for it."),
    ("required", "Required", "Whoever has none sets one up at the next sign-in, before anything else."),
];

pub fn form(draft: Draft<SignIn>) -> AnyView {
    view! {
        {draft
            .choice(
                Words { name: "second_factor", label: "Second factor", hint: "" },
                POLICIES,
                |value| value.second_factor.key(),
                |value, key| {
                    value.second_factor =
                        SecondFactorPolicy::ALL.into_iter().find(|policy| policy.key() == key).unwrap_or_default();
                },
            )}
        {draft.rule(compliance::second_factor)}
        {draft
            .toggle(
                Words {
                    name: "email_codes",
                    label: "Email codes",
                    hint: "Can be set up as a second factor, with a mail server. Whoever has them keeps them.",
                },
                |value| value.email_codes,
                |value, on| value.email_codes = on,
            )}
        {draft
            .warning(move || {
                draft
                    .read(|value| value.email_codes)
                    .then_some("NIST SP 800-63B-4 §3.1.3.1 and OWASP ASVS 6.3.6 advise against codes by email.")
            })}
        {draft
            .toggle(
                Words {
                    name: "sms_codes",
                    label: "SMS codes",
                    hint: "Can be set up as a second factor, with an SMS gateway. Whoever has them keeps them.",
                },
                |value| value.sms_codes,
                |value, on| value.sms_codes = on,
            )}
        {draft
            .warning(move || {
                draft
                    .read(|value| value.sms_codes)
                    .then_some("NIST SP 800-63B-4 §3.1.3.3 and OWASP ASVS 6.6.1 restrict codes by SMS: offer a stronger way too.")
            })}
    }
    .into_any()
}
