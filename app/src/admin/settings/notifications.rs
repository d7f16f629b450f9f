//! The section **Notifications** (N4): what holders are told of.

use leptos::prelude::*;
use types::compliance::{self, Rule};
use types::settings::Notifications;

use super::draft::{Draft, Words};

pub fn form(draft: Draft<Notifications>) -> AnyView {
    view! {
        <p class="settings-lead">
            "These mails let people notice when somebody else is at their account. OWASP ASVS 6.3.7 asks for them; leave them on unless something else tells people."
        </p>
        {draft
            .toggle(
                Words {
                    name: "password",
                    label: "Password changes",
                    hint: "When it was changed, reset, or set by an administrator.",
                },
                |value| value.password,
                |value, on| value.password = on,
            )}
        {draft.rule(|value| of_change(Notifications { password: value.password, ..Notifications::default() }))}
        {draft
            .toggle(
                Words {
                    name: "second_factors",
                    label: "Second factor changes",
                    hint: "When one was added, removed or reset, or codes were made.",
                },
                |value| value.second_factors,
                |value, on| value.second_factors = on,
            )}
        {draft.rule(|value| of_change(Notifications { second_factors: value.second_factors, ..Notifications::default() }))}
        {draft
            .toggle(
                Words {
                    name: "email",
                    label: "Email changes",
                    hint: "To the old address and to the new one.",
                },
                |value| value.email,
                |value, on| value.email = on,
            )}
        {draft.rule(|value| of_change(Notifications { email: value.email, ..Notifications::default() }))}
        {draft
            .toggle(
                Words {
                    name: "sessions",
                    label: "Sessions ended by staff",
                    hint: "When an administrator signed them out.",
                },
                |value| value.sessions,
                |value, on| value.sessions = on,
            )}
        {draft
            .toggle(
                Words {
                    name: "devices",
                    label: "New devices and places",
                    hint: "When they sign in with a new device or from a new country, and when a device is removed.",
                },
                |value| value.devices,
                |value, on| value.devices = on,
            )}
        {draft.rule(compliance::unusual_sign_ins)}
        {draft
            .toggle(
                Words {
                    name: "account",
                    label: "Account state",
                    hint: "When the account was disabled, enabled or deleted.",
                },
                |value| value.account,
                |value, on| value.account = on,
            )}
    }
    .into_any()
}

/// Of one mail alone, the others being on.
fn of_change(notifications: Notifications) -> Rule {
    compliance::notifications(&notifications)
}
