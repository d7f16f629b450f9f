//! Asks before what is typed is lost (A2): when the browser leaves, and when a link of the console, or
//! Back and Forward, lead away from the profile. Another tab of the same profile keeps it.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use web_sys::js_sys::{Function, Reflect};
use web_sys::wasm_bindgen::JsValue;
use web_sys::{Element, Event, EventTarget};

use super::page::Page;
use crate::ui::ConfirmDialog;

/// What somebody was about to do who has not saved.
#[derive(Clone, PartialEq)]
pub enum Leaving {
    /// Follow a link.
    To(String),
    /// Go back or forward, to the entry of the history that has this key.
    Through(String),
}

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

/// On the document: the router listens on the window, and leaves alone what was refused before.
fn watch_links(page: Page) {
    let listener = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        if page.edit.dirty.get_untracked()
            && let Some(href) = leads_away(page, &event)
        {
            event.prevent_default();
            page.leaving.set(Some(Leaving::To(href)));
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

/// Back and Forward, where the browser lets a page refuse them (the Navigation API; `popstate` comes when
/// it is too late, and the router has heard it first). Elsewhere they are followed.
fn watch_history(page: Page) {
    let Some(navigation) = navigation() else { return };
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if page.edit.dirty.get_untracked()
            && event.cancelable()
            && let Some(key) = goes_away(page, &event)
        {
            event.prevent_default();
            page.leaving.set(Some(Leaving::Through(key)));
        }
    });
    let _ = navigation.add_event_listener_with_callback("navigate", listener.as_ref().unchecked_ref());
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || {
        let Some(navigation) = self::navigation() else { return };
        listener.try_with_value(|listener| {
            let _ = navigation.remove_event_listener_with_callback("navigate", listener.as_ref().unchecked_ref());
        });
    });
}

/// `window.navigation`, which the bindings do not have yet.
fn navigation() -> Option<EventTarget> {
    property(window().as_ref(), "navigation")?.dyn_into().ok()
}

fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined())
}

/// The key of the entry that Back or Forward goes to, when that is not this profile.
fn goes_away(page: Page, event: &Event) -> Option<String> {
    if property(event.as_ref(), "navigationType")?.as_string()? != "traverse" {
        return None;
    }
    let destination = property(event.as_ref(), "destination")?;
    let address = property(&destination, "url")?.as_string()?;
    let here = format!("{}/admin/users/{}/", window().location().origin().ok()?, page.id()?);
    if address.starts_with(&here) {
        return None;
    }
    property(&destination, "key")?.as_string()
}

fn go_through(key: &str) {
    let traverse = navigation().and_then(|navigation| {
        let traverse = property(navigation.as_ref(), "traverseTo")?.dyn_into::<Function>().ok()?;
        Some((navigation, traverse))
    });
    if let Some((navigation, traverse)) = traverse {
        let _ = traverse.call1(navigation.as_ref(), &key.into());
    }
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
        let Some(leaving) = page.leaving.get_untracked() else { return };
        page.edit.discard();
        open.set(false);
        match leaving {
            Leaving::To(href) => page.navigate()(&href),
            Leaving::Through(key) => go_through(&key),
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
