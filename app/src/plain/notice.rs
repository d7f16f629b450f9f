//! What has just been done, above the page's content.

use leptos::prelude::*;

use crate::ui::{Glyph, Icon};

/// A sentence about the last action; nothing when there is none. Screen readers hear it politely.
#[component]
pub fn Notice(text: Option<String>) -> impl IntoView {
    text.map(|text| {
        view! {
            <p class="plain-notice" role="status">
                <Icon glyph=Glyph::Check />
                <span>{text}</span>
            </p>
        }
    })
}
