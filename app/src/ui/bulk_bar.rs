//! The bar that appears while something is selected: how many, which action, **Apply**.

use leptos::prelude::*;

use super::{Choice, SelectField};

/// Offers actions on the selection.
#[component]
pub fn BulkBar(
    /// Such as `12 selected`.
    #[prop(into)]
    text: Signal<String>,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// Told of the chosen action's value.
    on_apply: Callback<String>,
    on_clear: Callback<()>,
) -> impl IntoView {
    let chosen = RwSignal::new(String::new());
    let options = Signal::derive(move || {
        let mut options = vec![Choice::new("", "Select action")];
        options.extend(choices.get());
        options
    });
    view! {
        <div class="bulk-bar" role="region" aria-label="Selection">
            <span class="bulk-count" role="status">{text}</span>
            <form
                class="bulk-form"
                on:submit=move |event| {
                    event.prevent_default();
                    let action = chosen.get_untracked();
                    if !action.is_empty() {
                        on_apply.run(action);
                    }
                }
            >
                <SelectField
                    form="bulk"
                    name="action"
                    label="Select action"
                    bare=true
                    value=chosen
                    choices=options
                    on_change=Callback::new(move |value| chosen.set(value))
                />
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=move || chosen.with(String::is_empty)
                >
                    "Apply"
                </button>
            </form>
            <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| on_clear.run(())>
                "Clear selection"
            </button>
        </div>
    }
    .into_any()
}
