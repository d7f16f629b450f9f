//! Asks before what is typed is lost (A2): when the browser leaves, and when a link of the console
//! leads away from the profile. Another tab of the same profile keeps it.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use web_sys::Element;

use super::page::Page;
use crate::ui::ConfirmDialog;

/// Watches as long as the page is there.
pub fn guard(page: Page) {
    Effect::new(move || {
        let unload = window_event_listener(leptos::ev::beforeunload, move |event| {
            if page.edit.dirty.get_untracked() {
                event.prevent_default();
            }
        });
        on_cleanup(move || unload.remove());
        watch_links(page);
    });
}

/// On the document: the router listens on the window, and leaves alone what was refused before.
fn watch_links(page: Page) {
    let listener = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        if page.edit.dirty.get_untracked()
            && let Some(href) = leads_away(page, &event)
        {
            event.prevent_default();
            page.leaving.set(Some(href));
        }
    });
    let _ = document().add_event_listener_with_callback("click", listener.as_ref().unchecked_ref());
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || {
        listener.try_with_value(|listener| {
            let _ = document().remove_event_listener_with_callback("click", listener.as_ref().unchecked_ref());
        });
    });
}

/// Where a plain click on a link of the console goes, when that is not this profile.
fn leads_away(page: Page, event: &MouseEvent) -> Option<String> {
    let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || elsewhere {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let link = target.closest("a[href^='/']:not([target]):not([download]):not([rel~='external'])").ok()??;
    let href = link.get_attribute("href")?;
    let here = format!("/admin/users/{}/", page.id()?);
    (!href.starts_with(&here)).then_some(href)
}

pub fn dialog(page: Page) -> AnyView {
    let open = RwSignal::new(false);
    // Each of the two tells the other only what is new to it; they would go round for ever.
    Effect::new(move || {
        if page.leaving.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move || {
        if !open.get() && page.leaving.with_untracked(Option::is_some) {
            page.leaving.set(None);
        }
    });
    let on_confirm = Callback::new(move |()| {
        if let Some(href) = page.leaving.get_untracked() {
            page.edit.discard();
            open.set(false);
            page.navigate()(&href);
        }
    });
    view! {
        <ConfirmDialog
            open
            id="leave-profile"
            title="Leave without saving?"
            message=page.text(|name| format!("What you have changed about {name} is not saved yet."))
            confirm="Leave"
            danger=true
            on_confirm
        />
    }
    .into_any()
}
