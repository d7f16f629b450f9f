//! Short messages about what has just happened, at the corner of the page.

use std::time::Duration;

use leptos::prelude::*;

use super::{Glyph, Icon};

/// How long a success stays; one with a button stays longer. An error, and what says who was left out, stays
/// until it is dismissed (WCAG 2.2.1: nobody has to read or reach it in time).
const SUCCESS: Duration = Duration::from_secs(6);
const WITH_BUTTON: Duration = Duration::from_secs(20);
/// How soon after the pointer or the keyboard was last seen on it.
const AFTER_USE: Duration = Duration::from_secs(3);

/// What can be done about it.
#[derive(Clone, Default)]
struct Extra {
    /// Label and address.
    link: Option<(String, String)>,
    /// Label and address of a file.
    file: Option<(String, String)>,
    button: Option<(String, Callback<()>)>,
}

#[derive(Clone)]
struct Toast {
    id: u32,
    error: bool,
    text: String,
    details: Vec<String>,
    extra: Extra,
}

/// Where to say what has happened. Get it with [`use_toasts`].
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

/// Makes the page's toasts; the frame calls this once.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(toasts);
    toasts
}

/// The toasts of this page; ones that nobody shows when there is no frame.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(provide_toasts)
}

impl Toasts {
    pub fn success(self, text: impl Into<String>) {
        self.show(false, text.into(), Vec::new(), Extra::default());
    }

    pub fn error(self, text: impl Into<String>) {
        self.show(true, text.into(), Vec::new(), Extra::default());
    }

    /// A success with a button, such as **Undo**; pressing it also dismisses the toast.
    pub fn with_button(self, text: impl Into<String>, label: impl Into<String>, on_click: Callback<()>) {
        let extra = Extra { button: Some((label.into(), on_click)), ..Extra::default() };
        self.show(false, text.into(), Vec::new(), extra);
    }

    /// A success with a link to where it goes on.
    pub fn with_link(self, text: impl Into<String>, label: impl Into<String>, href: impl Into<String>) {
        let extra = Extra { link: Some((label.into(), href.into())), ..Extra::default() };
        self.show(false, text.into(), Vec::new(), extra);
    }

    /// The outcome of something with parts: `details` are listed below; `file` is the label and the address
    /// of one that tells all.
    pub fn outcome(
        self,
        error: bool,
        text: impl Into<String>,
        details: Vec<String>,
        file: Option<(String, String)>,
        button: Option<(String, Callback<()>)>,
    ) {
        self.show(error, text.into(), details, Extra { file, button, ..Extra::default() });
    }

    fn show(self, error: bool, text: String, details: Vec<String>, extra: Extra) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        let Extra { link, file, button } = &extra;
        let is_short = link.is_none() && file.is_none() && button.is_none();
        let duration = if is_short { SUCCESS } else { WITH_BUTTON };
        let stays = error || !details.is_empty();
        self.shown.update(|shown| {
            // Older ones would cover the page.
            if shown.len() >= 4 {
                shown.remove(0);
            }
            shown.push(Toast { id, error, text, details, extra });
        });
        if !stays {
            self.dismiss_after(id, duration);
        }
    }

    fn dismiss_after(self, id: u32, duration: Duration) {
        let end = move || {
            let card = document().get_element_by_id(&element_id(id));
            if card.is_some_and(|card| card.matches(":hover, :focus-within").unwrap_or(false)) {
                self.dismiss_after(id, AFTER_USE);
            } else {
                self.dismiss(id);
            }
        };
        set_timeout(end, duration);
    }

    fn dismiss(self, id: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Where the toasts appear: a live region that is in the page from the beginning.
#[component]
pub fn ToastRegion(toasts: Toasts) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite" aria-relevant="additions">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                {one_toast(toasts, toast)}
            </For>
        </div>
    }
    .into_any()
}

fn element_id(toast: u32) -> String {
    format!("toast-{toast}")
}

fn one_toast(toasts: Toasts, toast: Toast) -> AnyView {
    let id = toast.id;
    let Extra { link, file, button } = toast.extra;
    let link = link.map(|(label, href)| view! { <a class="link" href=href>{label}</a> });
    let file = file.map(|(label, href)| view! { <a class="link" href=href download rel="external">{label}</a> });
    let button = button.map(|(label, on_click)| {
        view! {
            <button
                type="button"
                class="btn btn-sm"
                on:click=move |_| {
                    toasts.dismiss(id);
                    on_click.run(());
                }
            >
                {label}
            </button>
        }
    });
    let any = link.is_some() || file.is_some() || button.is_some();
    let actions = any.then(|| view! { <div class="toast-actions">{link} {file} {button}</div> });
    let details = (!toast.details.is_empty()).then(|| {
        let details = toast.details.into_iter().map(|detail| view! { <li>{detail}</li> }).collect_view();
        view! { <ul class="toast-details">{details}</ul> }
    });
    view! {
        <div id=element_id(id) class=if toast.error { "toast-card toast-error" } else { "toast-card" }>
            <Icon glyph=if toast.error { Glyph::Alert } else { Glyph::Check } />
            <div class="toast-text"><p>{toast.text}</p>{details}{actions}</div>
            <button
                type="button"
                class="btn btn-ghost btn-square btn-sm"
                aria-label="Dismiss"
                on:click=move |_| toasts.dismiss(id)
            >
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
    .into_any()
}
