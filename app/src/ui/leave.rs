//! Asks before what is typed is lost: when the browser leaves, and when a link of the console, or Back and
//! Forward, lead away from the page.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use web_sys::js_sys::{Function, Reflect};
use web_sys::wasm_bindgen::JsValue;
use web_sys::{Element, Event, EventTarget};

use super::ConfirmDialog;

/// What somebody was about to do who has not saved.
#[derive(Clone, PartialEq)]
enum Leaving {
    /// Follow a link.
    To(String),
    /// Go back or forward, to the entry of the history that has this key.
    Through(String),
}

#[derive(Clone, Copy)]
struct Guard {
    unsaved: Signal<bool>,
    keeps: Signal<String>,
    leaving: RwSignal<Option<Leaving>>,
}

impl Guard {
    /// Whether a page at `address`, which begins with `origin`, would lose what is typed.
    fn loses(self, origin: &str, address: &str) -> bool {
        self.keeps.with_untracked(|keeps| keeps.is_empty() || !address.starts_with(&format!("{origin}{keeps}")))
    }
}

/// The question; it watches as long as the page is there.
#[component]
pub fn LeaveGuard(
    /// Whether something is typed that is not saved.
    #[prop(into)]
    unsaved: Signal<bool>,
    /// What the addresses begin with that keep what is typed, such as the tabs of a profile.
    #[prop(optional, into)]
    keeps: Signal<String>,
    /// What is lost.
    #[prop(into)]
    message: Signal<String>,
    /// Forgets what is typed.
    discard: Callback<()>,
) -> impl IntoView {
    let guard = Guard { unsaved, keeps, leaving: RwSignal::new(None) };
    Effect::new(move || {
        let unload = window_event_listener(leptos::ev::beforeunload, move |event| {
            if guard.unsaved.get_untracked() {
                event.prevent_default();
            }
        });
        on_cleanup(move || unload.remove());
        watch_links(guard);
        watch_history(guard);
    });
    dialog(guard, message, discard)
}

/// On the document: the router listens on the window, and leaves alone what was refused before.
fn watch_links(guard: Guard) {
    let listener = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        if guard.unsaved.get_untracked()
            && let Some(href) = leads_away(guard, &event)
        {
            event.prevent_default();
            guard.leaving.set(Some(Leaving::To(href)));
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
fn watch_history(guard: Guard) {
    let Some(navigation) = navigation() else { return };
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if guard.unsaved.get_untracked()
            && event.cancelable()
            && let Some(key) = goes_away(guard, &event)
        {
            event.prevent_default();
            guard.leaving.set(Some(Leaving::Through(key)));
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

/// The key of the entry that Back or Forward goes to, when that loses what is typed.
fn goes_away(guard: Guard, event: &Event) -> Option<String> {
    if property(event.as_ref(), "navigationType")?.as_string()? != "traverse" {
        return None;
    }
    let destination = property(event.as_ref(), "destination")?;
    let address = property(&destination, "url")?.as_string()?;
    if !guard.loses(&window().location().origin().ok()?, &address) {
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

/// Where a plain click on a link of the console goes, when that loses what is typed.
fn leads_away(guard: Guard, event: &MouseEvent) -> Option<String> {
    let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || elsewhere {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let link = target.closest("a[href^='/']:not([target]):not([download]):not([rel~='external'])").ok()??;
    let href = link.get_attribute("href")?;
    guard.loses("", &href).then_some(href)
}

fn dialog(guard: Guard, message: Signal<String>, discard: Callback<()>) -> AnyView {
    let open = RwSignal::new(false);
    let navigate = use_navigate();
    // Each of the two tells the other only what is new to it; they would go round for ever.
    Effect::new(move || {
        if guard.leaving.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move || {
        if !open.get() && guard.leaving.with_untracked(Option::is_some) {
            guard.leaving.set(None);
        }
    });
    let on_confirm = Callback::new(move |()| {
        let Some(leaving) = guard.leaving.get_untracked() else { return };
        discard.run(());
        open.set(false);
        match leaving {
            Leaving::To(href) => navigate(&href, NavigateOptions::default()),
            Leaving::Through(key) => go_through(&key),
        }
    });
    view! {
        <ConfirmDialog
            open
            id="leave-page"
            title="Leave without saving?"
            message
            confirm="Leave"
            danger=true
            on_confirm
        />
    }
    .into_any()
}
