//! The list without a mouse: `/` to the search box, arrows through rows, space selects, Enter
//! opens, `?` shows the shortcuts (U16).

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::List;
use super::table::account_of;
use super::toolbar::SEARCH_ID;

/// Keys that work wherever the focus is, while nothing is being typed and no dialog is open.
pub fn listen(list: List, shortcuts: RwSignal<bool>) {
    Effect::new(move || {
        let handle = window_event_listener(ev::keydown, move |event| anywhere(list, shortcuts, &event));
        on_cleanup(move || handle.remove());
    });
}

fn has_modifier(event: &KeyboardEvent) -> bool {
    event.ctrl_key() || event.alt_key() || event.meta_key() || event.is_composing()
}

fn anywhere(list: List, shortcuts: RwSignal<bool>, event: &KeyboardEvent) {
    if has_modifier(event) || event.default_prevented() {
        return;
    }
    let document = document();
    if document.query_selector("dialog[open], :popover-open").ok().flatten().is_some() {
        return;
    }
    let active = document.active_element();
    let in_search = active.as_ref().is_some_and(|active| active.id() == SEARCH_ID);
    let typing = active.as_ref().is_some_and(|active| {
        active.matches("input:not([type=checkbox]), textarea, select, [contenteditable]").unwrap_or(false)
    });
    let nowhere = active.as_ref().is_none_or(|active| active.matches("body, #main").unwrap_or(false));
    match event.key().as_str() {
        "/" if !typing => {
            event.prevent_default();
            let search =
                document.get_element_by_id(SEARCH_ID).and_then(|box_| box_.dyn_into::<HtmlInputElement>().ok());
            if let Some(search) = search {
                let _ = search.focus();
                search.select();
            }
        }
        "?" if !typing => {
            event.prevent_default();
            shortcuts.set(true);
        }
        "ArrowDown" if in_search || nowhere => {
            let first = list
                .row_ids()
                .first()
                .and_then(|id| document.query_selector(&format!("tr[data-id='{id}'] a.row-name")).ok().flatten());
            if let Some(first) = first {
                event.prevent_default();
                focus(first);
            }
        }
        _ => {}
    }
}

/// Keys while the focus is in a row. Up and down stay in the column: checkbox, name or menu.
pub fn in_row(list: List, event: &KeyboardEvent) {
    if has_modifier(event) {
        return;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Some(id) = account_of(&target) else { return };
    let Some(row) = target.closest("tr").ok().flatten() else { return };
    let on_checkbox = target.matches("input").unwrap_or(false);
    let on_menu = target.matches(".row-menu").unwrap_or(false);
    let neighbour = match event.key().as_str() {
        "ArrowDown" => row.next_element_sibling(),
        "ArrowUp" => row.previous_element_sibling(),
        " " if !on_checkbox && !on_menu => {
            event.prevent_default();
            return list.toggle(id, event.shift_key());
        }
        "Enter" if on_checkbox => {
            event.prevent_default();
            return list.open_profile(id);
        }
        _ => return,
    };
    event.prevent_default();
    let column = match (on_checkbox, on_menu) {
        (true, _) => "input",
        (_, true) => ".row-menu",
        _ => "a.row-name",
    };
    if let Some(next) = neighbour.and_then(|row| row.query_selector(column).ok().flatten()) {
        focus(next);
    }
}

fn focus(element: Element) {
    if let Ok(element) = element.dyn_into::<HtmlElement>() {
        let _ = element.focus();
    }
}
