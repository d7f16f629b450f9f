//! Text with the match of a search marked.

use leptos::prelude::*;
use types::fold::mark_matches;

/// `text`, with every match of `query` in a `<mark>`.
#[component]
pub fn Marked(#[prop(into)] text: String, #[prop(into)] query: String) -> impl IntoView {
    if query.is_empty() {
        return text.into_any();
    }
    mark_matches(&text, &query)
        .into_iter()
        .map(|(piece, marked)| if marked { view! { <mark>{piece}</mark> }.into_any() } else { piece.into_any() })
        .collect_view()
        .into_any()
}
