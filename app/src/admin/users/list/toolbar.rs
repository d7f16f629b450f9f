//! Search and status: a plain form that also works before the WebAssembly has come.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use types::user_list::StatusFilter;

use super::{List, address};
use crate::ui::{Choice, Glyph, Icon, SelectField};

/// How long typing must pause before the list is asked.
const PAUSE: Duration = Duration::from_millis(200);

/// Where `/` leads.
pub const SEARCH_ID: &str = "user-search";

/// The search box: what is typed is searched for once the typing pauses.
#[derive(Clone, Copy)]
struct Search {
    list: List,
    input: NodeRef<html::Input>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl Search {
    fn stop_waiting(self) {
        if let Some(timer) = self.waiting.get_value() {
            timer.clear();
            self.waiting.set_value(None);
        }
    }

    fn now(self) {
        self.stop_waiting();
        let Some(input) = self.input.get_untracked() else { return };
        let q = input.value();
        if self.list.state.with_untracked(|state| state.filter.q != q) {
            self.list.show(true, |state| state.filter.q = q);
        }
    }

    fn soon(self, path: Memo<String>) {
        self.stop_waiting();
        let timer = set_timeout_with_handle(
            move || {
                // Somebody who has gone on to another page is not called back.
                let here = path.try_get_untracked().is_some_and(|path| path.trim_end_matches('/') == address::PATH);
                if here && self.waiting.try_get_value().is_some() {
                    self.now();
                }
            },
            PAUSE,
        );
        self.waiting.set_value(timer.ok());
    }

    /// Back, forward and links change the box; what is being typed stays. The first time, what was
    /// typed before the WebAssembly had come is searched for.
    fn follow(self) {
        Effect::new(move |before: Option<()>| {
            let q = self.list.state.with(|state| state.filter.q.clone());
            let Some(input) = self.input.get() else { return };
            if before.is_none() {
                self.now();
            } else if self.waiting.get_value().is_none() && input.value() != q {
                input.set_value(&q);
            }
        });
    }
}

#[component]
pub fn Toolbar(list: List) -> impl IntoView {
    let search = Search { list, input: NodeRef::new(), waiting: StoredValue::new(None) };
    let path = use_location().pathname;
    search.follow();
    let status = Signal::derive(move || {
        list.state.with(|state| state.filter.status.map(StatusFilter::key).unwrap_or_default().to_owned())
    });
    let mut choices = vec![Choice::new("", "All")];
    choices.extend(StatusFilter::ALL.map(|status| Choice::new(status.key(), status.label())));
    let choose_status = Callback::new(move |key: String| {
        let chosen = StatusFilter::ALL.into_iter().find(|status| status.key() == key);
        list.show(false, |state| state.filter.status = chosen);
    });
    let kept = move || {
        let mut state = list.state.get();
        state.filter.q.clear();
        state.filter.status = None;
        state.position = Default::default();
        state
            .to_pairs()
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view()
    };
    let first_q = list.state.with_untracked(|state| state.filter.q.clone());

    view! {
        <form
            class="toolbar"
            role="search"
            method="get"
            action=address::PATH
            on:submit=move |event| {
                event.prevent_default();
                search.now();
            }
        >
            <button
                type="button"
                class="btn btn-sm btn-ghost btn-square"
                aria-label="Search by attribute"
                title="Search by attribute"
                aria-expanded=move || if list.dialogs.panel.get() { "true" } else { "false" }
                on:click=move |_| list.dialogs.panel.update(|open| *open = !*open)
            >
                <Icon glyph=Glyph::Panel />
            </button>
            <label class="search-box">
                <span class="sr-only">"Search users"</span>
                <Icon glyph=Glyph::Search />
                <input
                    node_ref=search.input
                    id=SEARCH_ID
                    type="search"
                    name="q"
                    class="input input-sm"
                    placeholder="Search by name, e-mail, username or phone"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="200"
                    aria-keyshortcuts="/"
                    value=first_q
                    on:input=move |_| search.soon(path)
                />
            </label>
            <SelectField form="filter" name="status" label="Status" value=status choices on_change=choose_status />
            {kept}
            <button type="button" class="btn btn-sm" on:click=move |_| list.dialogs.filter.set(true)>
                <Icon glyph=Glyph::Filter />
                "Filter"
            </button>
            <span class="toolbar-end">
                <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| list.dialogs.views.set(true)>
                    <Icon glyph=Glyph::Bookmark />
                    "Saved views"
                </button>
                <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| list.dialogs.columns.set(true)>
                    <Icon glyph=Glyph::Columns />
                    "Customize columns"
                </button>
            </span>
        </form>
    }
    .into_any()
}
