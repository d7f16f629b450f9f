//! Choices to tick and to put into an order, by mouse and by keyboard.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{Glyph, Icon};

/// One choice by its place among the labels, and whether it is ticked.
pub type Ordered = Vec<(usize, bool)>;

/// All of `count` choices: those chosen first, in their order, then the others.
pub fn in_order(chosen: impl IntoIterator<Item = usize>, count: usize) -> Ordered {
    let mut rows: Ordered = chosen.into_iter().map(|at| (at, true)).collect();
    let rest: Vec<_> = (0..count).filter(|at| rows.iter().all(|row| row.0 != *at)).collect();
    rows.extend(rest.into_iter().map(|at| (at, false)));
    rows
}

/// The ticked ones, in their order.
pub fn ticked(rows: &Ordered) -> Vec<usize> {
    rows.iter().filter(|row| row.1).map(|row| row.0).collect()
}

/// A list of checkboxes, each with **Move … up** and **Move … down**.
#[component]
pub fn OrderedChoices(
    /// Unique on the page.
    id: &'static str,
    /// The list's accessible name.
    label: &'static str,
    labels: Arc<[String]>,
    rows: RwSignal<Ordered>,
    /// A choice that is always ticked.
    #[prop(optional)]
    always: Option<usize>,
) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let names = Arc::clone(&labels);
    let step = Callback::new(move |(choice, up): (usize, bool)| {
        rows.update(|rows| {
            let Some(at) = rows.iter().position(|row| row.0 == choice) else { return };
            let to = if up { at.saturating_sub(1) } else { (at + 1).min(rows.len() - 1) };
            rows.swap(at, to);
            let name = names.get(choice).cloned().unwrap_or_default();
            said.set(format!("{name} is now number {} of {}.", to + 1, rows.len()));
        });
        // The row was drawn anew at its new place.
        focus_later(button_id(id, choice, up));
    });
    let drawn = move || {
        let row = |(choice, is_ticked): (usize, bool)| {
            let name = labels.get(choice).cloned().unwrap_or_default();
            let toggle = move |_| {
                rows.update(|rows| {
                    rows.iter_mut().filter(|row| row.0 == choice).for_each(|row| row.1 = !row.1);
                });
                focus_later(box_id(id, choice));
            };
            view! {
                <li class="ordered-row">
                    <label class="check-label">
                        <input
                            type="checkbox"
                            id=box_id(id, choice)
                            class="checkbox checkbox-sm"
                            autocomplete="off"
                            prop:checked=is_ticked
                            disabled=always == Some(choice)
                            on:change=toggle
                        />
                        {name.clone()}
                    </label>
                    {step_button(id, choice, &name, true, step)}
                    {step_button(id, choice, &name, false, step)}
                </li>
            }
        };
        rows.get().into_iter().map(row).collect_view()
    };
    view! {
        <ol class="ordered-rows" aria-label=label>
            {drawn}
        </ol>
        <p class="sr-only" role="status">
            {said}
        </p>
    }
    .into_any()
}

fn box_id(list: &str, choice: usize) -> String {
    format!("{list}-{choice}")
}

fn button_id(list: &str, choice: usize, up: bool) -> String {
    format!("{list}-{choice}-{}", if up { "up" } else { "down" })
}

fn step_button(list: &'static str, choice: usize, name: &str, up: bool, step: Callback<(usize, bool)>) -> AnyView {
    let (where_to, glyph) = if up { ("up", Glyph::ArrowUp) } else { ("down", Glyph::ArrowDown) };
    view! {
        <button
            type="button"
            id=button_id(list, choice, up)
            class="btn btn-ghost btn-square btn-sm"
            aria-label=format!("Move {name} {where_to}")
            on:click=move |_| step.run((choice, up))
        >
            <Icon glyph />
        </button>
    }
    .into_any()
}

fn focus_later(id: String) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(&id).and_then(|it| it.dyn_into::<HtmlElement>().ok());
        if let Some(element) = element {
            let _ = element.focus();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_comes_first_in_its_order() {
        let rows = in_order([2, 0], 4);
        assert_eq!(rows, [(2, true), (0, true), (1, false), (3, false)]);
        assert_eq!(ticked(&rows), [2, 0]);
    }
}
