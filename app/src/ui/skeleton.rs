//! The shape of what is coming, while it loads for the first time.

use leptos::prelude::*;

/// Rows for a table's body.
#[component]
pub fn SkeletonRows(rows: usize, columns: usize) -> impl IntoView {
    (0..rows)
        .map(|_| {
            let cells = (0..columns).map(|_| view! { <td><span class="skeleton skeleton-line"></span></td> });
            view! { <tr aria-hidden="true">{cells.collect_view()}</tr> }
        })
        .collect_view()
        .into_any()
}

/// Lines for a panel or a form. Says **Loading** to screen readers.
#[component]
pub fn SkeletonLines(lines: usize) -> impl IntoView {
    view! {
        <div class="skeleton-lines" role="status">
            <span class="sr-only">"Loading"</span>
            {(0..lines).map(|_| view! { <span class="skeleton skeleton-line"></span> }).collect_view()}
        </div>
    }
    .into_any()
}
