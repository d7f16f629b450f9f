//! The section **Recycle bin** (U15).

use leptos::prelude::*;
use types::settings::RecycleBin;

use super::draft::{Draft, Words};

pub fn form(draft: Draft<RecycleBin>) -> AnyView {
    view! {
        {draft
            .number(
                Words {
                    name: "wait_days",
                    label: "Keep deleted users for",
                    hint: "Until then they can be restored. 0 deletes for good at once, and no mail tells the holder. A shorter time also holds for those who are in the recycle bin already.",
                },
                "days",
                |value| value.wait_days,
                |value, days| value.wait_days = days,
            )}
        {draft
            .warning(move || {
                (draft.read(|value| value.wait_days == 0))
                    .then_some("With 0 days a deletion cannot be taken back, and whoever is in the recycle bin now is gone within the hour.")
            })}
    }
    .into_any()
}
