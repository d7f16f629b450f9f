//! The section **Devices** (S10): how many browsers one may sign in with.

use leptos::prelude::*;
use types::settings::Devices;

use super::draft::{Draft, Words};

pub fn form(draft: Draft<Devices>) -> AnyView {
    view! {
        {draft
            .number(
                Words {
                    name: "device_limit",
                    label: "Device limit",
                    hint: "0 allows any number. Over the limit, a sign-in with a new browser is refused until another device is removed: by the holder, once the second factor is proven, or by staff. Private windows are new devices. Single accounts can have a limit of their own.",
                },
                "devices",
                |value| value.device_limit,
                |value, limit| value.device_limit = limit,
            )}
    }
    .into_any()
}
