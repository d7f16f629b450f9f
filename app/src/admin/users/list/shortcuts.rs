//! The dialog that `?` opens: which keys do what (U16).

use leptos::prelude::*;

use crate::ui::Dialog;

const KEYS: [(&str, &str); 7] = [
    ("/", "Go to the search box"),
    ("↑ ↓", "Move through the rows"),
    ("Space", "Select the row; with Shift, the rows up to it"),
    ("Enter", "Open the profile"),
    ("Ctrl K", "Go to a page, find a person, act on the selection"),
    ("Esc", "Close a menu or dialog"),
    ("?", "Show these shortcuts"),
];

#[component]
pub fn Shortcuts(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open id="shortcuts" title="Keyboard shortcuts">
            <dl class="shortcuts">
                {KEYS
                    .map(|(key, what)| {
                        view! {
                            <div>
                                <dt>
                                    <kbd class="kbd kbd-sm">{key}</kbd>
                                </dt>
                                <dd>{what}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
        </Dialog>
    }
}
