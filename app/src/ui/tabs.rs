//! Tabs that are pages: each has its own address.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

/// A row of links; the current one has `aria-current="page"`.
#[component]
pub fn Tabs(
    /// What the tabs are of, for screen readers.
    #[prop(into)]
    label: String,
    #[prop(into)] tabs: Signal<Vec<Tab>>,
) -> impl IntoView {
    let row = NodeRef::<html::Nav>::new();
    // On a phone the row is wider than the screen: it begins where the current tab is seen.
    Effect::new(move || {
        tabs.track();
        let Some(row) = row.get() else { return };
        let current = row.query_selector("[aria-current]").ok().flatten();
        if let Some(current) = current.and_then(|current| current.dyn_into::<HtmlElement>().ok()) {
            let (middle, half) = (current.offset_left() + current.offset_width() / 2, row.client_width() / 2);
            row.set_scroll_left(middle - row.offset_left() - half);
        }
    });
    view! {
        <nav class="tab-links" aria-label=label node_ref=row>
            {move || {
                tabs.get()
                    .into_iter()
                    .map(|tab| {
                        view! {
                            <a
                                class="tab-link"
                                href=tab.href
                                aria-current=tab.current.then_some("page")
                                data-noscroll
                            >
                                {tab.label}
                            </a>
                        }
                    })
                    .collect_view()
            }}
        </nav>
    }
    .into_any()
}
