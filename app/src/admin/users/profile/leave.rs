//! Asks before what is typed is lost (A2): when the browser leaves, and when a link of the console
//! leads away from the profile, and when Back does. Another tab of the same profile keeps it.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event};

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
        watch_history(page);
    });
}

/// **Back** and **Forward** have changed the address already when they tell: it is put back, and the
/// way they went is asked about. The router listens too, so this one hears it first.
fn watch_history(page: Page) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let Some(here) = page.address.try_get_untracked().and_then(Result::ok) else { return };
        let path = window().location().pathname().unwrap_or_default();
        let stays = path.starts_with(&format!("/admin/users/{}/", here.id));
        if stays || page.edit.dirty.try_get_untracked() != Some(true) {
            return;
        }
        event.stop_immediate_propagation();
        let search = window().location().search().unwrap_or_default();
        let back = super::address::href(here.id, here.tab);
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&back));
        }
        page.leaving.set(Some(format!("{path}{search}")));
    });
    let callback = listener.as_ref().unchecked_ref();
    let _ = window().add_event_listener_with_callback_and_bool("popstate", callback, true);
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || {
        listener.try_with_value(|listener| {
            let callback = listener.as_ref().unchecked_ref();
            let _ = window().remove_event_listener_with_callback_and_bool("popstate", callback, true);
        });
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
