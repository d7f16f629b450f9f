//! Asks before what is typed is lost (A2): when the browser leaves, when a link of the console leads
//! away from the profile, and when **Back** does. Another tab of the same profile keeps it.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event};

use super::address::{activity_href, href};
use super::page::Page;
use crate::ui::ConfirmDialog;

/// Where one was going when something was not saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaving {
    Link(String),
    /// With the browser's **Back**.
    Back,
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
        watch_back(page);
    });
}

/// On the document: the router listens on the window, and leaves alone what was refused before.
fn watch_links(page: Page) {
    let listener = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        if page.edit.dirty.get_untracked()
            && let Some(href) = leads_away(page, &event)
        {
            event.prevent_default();
            page.leaving.set(Some(Leaving::Link(href)));
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

/// The browser tells of **Back** when it has gone already. Caught before the router hears of it, and the
/// profile put on top again, where it was.
fn watch_back(page: Page) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let Some(Ok(address)) = page.address.try_get_untracked() else { return };
        let stays = window().location().pathname().is_ok_and(|path| path.starts_with(&here(page)));
        if stays || !page.edit.dirty.get_untracked() {
            return;
        }
        event.stop_immediate_propagation();
        let address = match address.activity.to_pairs().is_empty() {
            true => href(address.id, address.tab),
            false => activity_href(address.id, &address.activity),
        };
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        }
        page.leaving.set(Some(Leaving::Back));
    });
    let function = listener.as_ref().unchecked_ref();
    // While it is captured: the router listens later.
    let _ = window().add_event_listener_with_callback_and_bool("popstate", function, true);
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || {
        listener.try_with_value(|listener| {
            let function = listener.as_ref().unchecked_ref();
            let _ = window().remove_event_listener_with_callback_and_bool("popstate", function, true);
        });
    });
}

/// What the addresses of this profile begin with.
fn here(page: Page) -> String {
    page.id().map(|id| format!("/admin/users/{id}/")).unwrap_or_default()
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
    (!href.starts_with(&here(page))).then_some(href)
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
            Leaving::Link(href) => page.navigate()(&href),
            Leaving::Back => drop(window().history().map(|history| history.back())),
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
