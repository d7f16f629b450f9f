//! The section **Sign-in** (S4): who is asked for a second factor.

use leptos::prelude::*;
use types::authenticators::SecondFactorPolicy;
use types::settings::SignIn;

use super::draft::{Draft, Words};

const POLICIES: &[(&str, &str, &str)] = &[
    ("off", "Off", "Nobody is asked, not even those who have a second factor."),
    ("optional", "Optional", "Whoever has a second factor is asked for it."),
    ("required", "Required", "Whoever has none sets one up at the next sign-in, before anything else."),
];

pub fn form(draft: Draft<SignIn>) -> AnyView {
    let warning = move || {
        (draft.read(|value| value.second_factor) == SecondFactorPolicy::Off).then_some(
            "A stolen password is enough then. NIST SP 800-63B-4 §2.2 and OWASP ASVS 6.3.3 ask for a second factor.",
        )
    };
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
        {draft.warning(warning)}
    }
    .into_any()
}
