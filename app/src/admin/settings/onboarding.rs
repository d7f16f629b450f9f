//! The section **Onboarding** (O1).

use leptos::prelude::*;
use types::compliance;
use types::settings::Onboarding;

use super::draft::{Draft, Words};

pub fn form(draft: Draft<Onboarding>) -> AnyView {
    view! {
        {draft
            .number(
                Words {
                    name: "link_hours",
                    label: "Activation links work for",
                    hint: "From the moment the mail is written. Whoever comes later can ask for a new one there.",
                },
                "hours",
                |value| value.link_hours,
                |value, hours| value.link_hours = hours,
            )}
        {draft.rule(compliance::activation_links)}
        {draft
            .toggle(
                Words {
                    name: "welcome_mail",
                    label: "Send a welcome mail",
                    hint: "Once somebody has activated their account.",
                },
                |value| value.welcome_mail,
                |value, on| value.welcome_mail = on,
            )}
        {draft
            .number(
                Words {
                    name: "reset_minutes",
                    label: "Password reset links work for",
                    hint: "Short is safer: whoever reads the mailbox could use the link.",
                },
                "minutes",
                |value| value.reset_minutes,
                |value, minutes| value.reset_minutes = minutes,
            )}
        {draft.rule(compliance::reset_links)}
    }
    .into_any()
}
