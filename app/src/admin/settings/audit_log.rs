//! The section **Audit log** (G2).

use leptos::prelude::*;
use types::settings::AuditLog;

use super::draft::{Draft, Words};

pub fn form(draft: Draft<AuditLog>) -> AnyView {
    view! {
        {draft
            .number(
                Words {
                    name: "retention_days",
                    label: "Keep events for",
                    hint: "0 keeps them for ever; else 30 to 3,650 days. The default store's value holds for the whole log. What is deleted cannot be had back.",
                },
                "days",
                |value| value.retention_days,
                |value, days| value.retention_days = days,
            )}
    }
    .into_any()
}
