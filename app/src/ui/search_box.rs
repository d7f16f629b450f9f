//! A search box that asks while one types; a plain form before the WebAssembly has come.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;

use super::{Glyph, Icon};

/// How long typing must pause.
const PAUSE: Duration = Duration::from_millis(200);

/// The text that is searched for is the caller's, in the page's address as `q`.
#[component]
pub fn SearchBox(
    /// Unique on the page.
    id: &'static str,
    label: &'static str,
    /// What is searched for now.
    #[prop(into)]
    q: Signal<String>,
    /// Told of another text, after a pause or at Enter.
    on_search: Callback<String>,
    /// The page's address, for the form.
    #[prop(into, optional)]
    action: String,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop_waiting = move || {
        if let Some(timer) = waiting.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let search = move || {
        stop_waiting();
        let Some(value) = input.try_get_untracked().flatten().map(|input| input.value()) else { return };
        if q.try_get_untracked().is_some_and(|q| q != value) {
            on_search.run(value);
        }
    };
    on_cleanup(stop_waiting);
    // Back, forward and links change the box; what is being typed stays.
    Effect::new(move || {
        let q = q.get();
        if let Some(input) = input.get()
            && waiting.with_value(Option::is_none)
            && input.value() != q
        {
            input.set_value(&q);
        }
    });
    view! {
        <form
            class="toolbar"
            role="search"
            method="get"
            action=action
            on:submit=move |event| {
                event.prevent_default();
                search();
            }
        >
            <label class="search-box" for=id>
                <span class="sr-only">{label}</span>
                <Icon glyph=Glyph::Search />
                <input
                    node_ref=input
                    id=id
                    type="search"
                    name="q"
                    class="input input-sm"
                    placeholder=label
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="200"
                    value=q.get_untracked()
                    on:input=move |_| {
                        stop_waiting();
                        waiting.set_value(set_timeout_with_handle(search, PAUSE).ok());
                    }
                />
            </label>
        </form>
    }
    .into_any()
}
