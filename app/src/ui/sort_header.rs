//! A column's heading that sorts: a link, so it works before the WebAssembly has come.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// A `<th>` whose link leads to the list sorted by this column.
#[component]
pub fn SortHeader(
    #[prop(into)] label: String,
    /// The list sorted by this column; the other way round when it is sorted by it already.
    #[prop(into)]
    href: Signal<String>,
    /// `None`: sorted by another column; else whether ascending.
    #[prop(into)]
    ascending: Signal<Option<bool>>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! {
        <th
            scope="col"
            class=class
            aria-sort=move || {
                match ascending.get() {
                    Some(true) => Some("ascending"),
                    Some(false) => Some("descending"),
                    None => None,
                }
            }
        >
            <a class="sort-link" href=href data-noscroll>
                {label}
                {move || {
                    let glyph = match ascending.get() {
                        Some(true) => Glyph::ArrowUp,
                        Some(false) => Glyph::ArrowDown,
                        None => Glyph::Sort,
                    };
                    view! { <Icon glyph /> }
                }}
            </a>
        </th>
    }
    .into_any()
}
