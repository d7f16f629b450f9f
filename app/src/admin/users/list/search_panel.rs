//! The **Search** panel: a field for each searchable attribute, those pinned first (U5).

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::user_list::{Filter, SearchField, search_text};

use crate::admin::users::api::{remember_pin, search_fields};
use crate::ui::{Glyph, Icon, SkeletonLines, Toasts, sign_in_again, use_toasts};

/// How long typing must pause before the list is asked.
const PAUSE: Duration = Duration::from_millis(300);

/// What the panel's fields share.
#[derive(Clone, Copy)]
struct Panel {
    filter: Signal<Filter>,
    /// An attribute's key, and what is searched in it.
    on_search: Callback<(String, String)>,
    fields: RwSignal<Option<Vec<SearchField>>>,
    toasts: Toasts,
}

impl Panel {
    /// Pins a field or lets it go, here at once and then for good.
    fn pin(self, key: String) {
        let mut pinned = false;
        self.fields.update(|fields| {
            let Some(fields) = fields else { return };
            if let Some(field) = fields.iter_mut().find(|field| field.key == key) {
                field.pinned = !field.pinned;
                pinned = field.pinned;
            }
            fields.sort_by_key(|field| (!field.pinned, field.place));
        });
        spawn_local(async move {
            match remember_pin(key, pinned).await {
                Err(error) if !sign_in_again(&error) => self.toasts.error(error.to_string()),
                _ => {}
            }
        });
    }
}

/// The panel, while it is open.
#[component]
pub fn SearchPanel(
    open: RwSignal<bool>,
    filter: Signal<Filter>,
    on_search: Callback<(String, String)>,
) -> impl IntoView {
    let panel = Panel { filter, on_search, fields: RwSignal::new(None), toasts: use_toasts() };
    let problem = RwSignal::new(None::<String>);
    // Another store has other attributes.
    let store = Memo::new(move |_| filter.with(|filter| filter.store));
    Effect::new(move || {
        let store = store.get();
        spawn_local(async move {
            match search_fields(store).await {
                Ok(fields) => drop(panel.fields.try_set(Some(fields))),
                Err(error) if sign_in_again(&error) => {}
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    });
    let rows = move || match panel.fields.get() {
        None => view! { <SkeletonLines lines=6 /> }.into_any(),
        Some(fields) => fields.into_iter().map(|field| row(panel, field)).collect_view().into_any(),
    };
    let shown = move || {
        open.get().then(|| {
            view! {
                <aside id="search-panel" class="search-panel" aria-label="Search">
                    <div class="search-panel-head">
                        <h2 class="panel-title">"Search"</h2>
                        <button
                            type="button"
                            class="btn btn-ghost btn-square btn-sm"
                            aria-label="Close search panel"
                            on:click=move |_| open.set(false)
                        >
                            <Icon glyph=Glyph::Close />
                        </button>
                    </div>
                    {move || problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
                    <div class="search-panel-fields">{rows}</div>
                </aside>
            }
        })
    };
    view! { {shown} }.into_any()
}

fn row(panel: Panel, field: SearchField) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop_waiting = move || {
        if let Some(timer) = waiting.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    on_cleanup(stop_waiting);
    let key = StoredValue::new(field.key.clone());
    let wanted =
        move || key.with_value(|key| panel.filter.with(|filter| filter.fields.get(key).cloned().unwrap_or_default()));
    let search = move || {
        stop_waiting();
        let Some(input) = input.get_untracked() else { return };
        let text = search_text(&input.value());
        if untrack(wanted) != text {
            panel.on_search.run((key.get_value(), text));
        }
    };
    let typed = move |_| {
        stop_waiting();
        waiting.set_value(set_timeout_with_handle(search, PAUSE).ok());
    };
    // Back, forward and chips change the field; what is being typed stays.
    Effect::new(move || {
        let wanted = wanted();
        let Some(input) = input.get() else { return };
        if waiting.with_value(Option::is_none) && input.value() != wanted {
            input.set_value(&wanted);
        }
    });
    let id = format!("search-{}", field.key);
    let (label, pinned) = (field.label.clone(), field.pinned);
    let control = if field.choices.is_empty() {
        view! {
            <input
                node_ref=input
                id=id.clone()
                type=if field.is_date { "date" } else { "search" }
                class="input input-sm"
                autocomplete="off"
                spellcheck="false"
                maxlength="200"
                on:input=typed
                on:change=move |_| search()
            />
        }
        .into_any()
    } else {
        let options = std::iter::once((String::new(), "Any".to_owned()))
            .chain(field.choices.into_iter().map(|choice| (choice.clone(), choice)))
            .map(|(value, text)| {
                let is_chosen = {
                    let value = value.clone();
                    move || wanted() == value
                };
                view! {
                    <option value=value selected=is_chosen>
                        {text}
                    </option>
                }
            })
            .collect_view();
        let choose = move |event| panel.on_search.run((key.get_value(), event_target_value(&event)));
        view! {
            <select id=id.clone() class="select select-sm" autocomplete="off" prop:value=wanted on:change=choose>
                {options}
            </select>
        }
        .into_any()
    };
    view! {
        <div class="field">
            <div class="search-field-head">
                <label class="field-label" for=id.clone()>
                    {label.clone()}
                </label>
                <button
                    type="button"
                    class=if pinned { "pin pin-on" } else { "pin" }
                    aria-pressed=if pinned { "true" } else { "false" }
                    aria-label=format!("Pin {label}")
                    title=if pinned { "Pinned to the top" } else { "Pin to the top" }
                    on:click=move |_| panel.pin(key.get_value())
                >
                    <Icon glyph=Glyph::Pin />
                </button>
            </div>
            {control}
        </div>
    }
    .into_any()
}
