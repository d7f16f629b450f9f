//! How far something is.

use leptos::prelude::*;

/// A progress bar. Its width is the browser's own, from `value` and `max`.
#[component]
pub fn Progress(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<i64>,
    #[prop(into)] most: Signal<i64>,
) -> impl IntoView {
    view! {
        <progress
            class="progress progress-primary"
            aria-label=label
            value=move || value.get().to_string()
            max=move || most.get().max(1).to_string()
        ></progress>
    }
    .into_any()
}
