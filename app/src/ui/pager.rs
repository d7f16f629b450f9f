//! First, Previous, Next, Last, and how many rows: links, so that they work before the WebAssembly
//! has come.

use leptos::prelude::*;

use super::{Choice, Glyph, Icon, SelectField};

/// Where the pager's links lead; `None` where there is nothing further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagerLinks {
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub last: Option<String>,
}

#[component]
pub fn Pager(
    links: PagerLinks,
    /// Such as `50 of 12,345`.
    #[prop(into)]
    text: Signal<String>,
    size: u32,
    sizes: Vec<u32>,
    on_size: Callback<u32>,
) -> impl IntoView {
    let choices: Vec<_> = sizes.iter().map(|size| Choice::new(size.to_string(), size.to_string())).collect();
    let on_change = Callback::new(move |value: String| {
        if let Ok(size) = value.parse() {
            on_size.run(size);
        }
    });
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="pager-text">{text}</span>
            <span class="pager-size">
                <span aria-hidden="true">"Rows"</span>
                <SelectField
                    form="pager"
                    name="size"
                    label="Rows on a page"
                    bare=true
                    value=size.to_string()
                    choices=choices
                    on_change
                />
            </span>
            <span class="pager-links">
                {pager_link("First", Glyph::ChevronFirst, links.first)}
                {pager_link("Previous", Glyph::ChevronLeft, links.previous)}
                {pager_link("Next", Glyph::ChevronRight, links.next)}
                {pager_link("Last", Glyph::ChevronLast, links.last)}
            </span>
        </nav>
    }
    .into_any()
}

/// The links alone, for lists whose pages have one size.
#[component]
pub fn PageLinks(
    links: PagerLinks,
    /// Such as `50 of 12,345`.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="pager-text">{text}</span>
            <span class="pager-links">
                {pager_link("First", Glyph::ChevronFirst, links.first)}
                {pager_link("Previous", Glyph::ChevronLeft, links.previous)}
                {pager_link("Next", Glyph::ChevronRight, links.next)}
                {pager_link("Last", Glyph::ChevronLast, links.last)}
            </span>
        </nav>
    }
    .into_any()
}

/// A link without an address is how HTML says that there is nowhere to go.
fn pager_link(label: &'static str, glyph: Glyph, href: Option<String>) -> AnyView {
    let disabled = href.is_none().then_some("true");
    view! {
        <a class="btn btn-sm btn-ghost" role=disabled.map(|_| "link") href=href aria-disabled=disabled>
            <Icon glyph />
            <span>{label}</span>
        </a>
    }
    .into_any()
}
