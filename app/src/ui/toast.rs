//! Short messages about what has just happened, at the corner of the page.

use std::time::Duration;

use leptos::prelude::*;

use super::{Glyph, Icon};

/// How long a success stays; one with a button stays longer, and an error until it is dismissed.
const SUCCESS: Duration = Duration::from_secs(6);
const WITH_BUTTON: Duration = Duration::from_secs(20);

#[derive(Clone)]
enum Extra {
    Nothing,
    Button(String, Callback<()>),
    Link(String, String),
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
        self.show(false, text.into(), Vec::new(), Extra::Nothing);
    }

    pub fn error(self, text: impl Into<String>) {
        self.show(true, text.into(), Vec::new(), Extra::Nothing);
    }

    /// A success with a button, such as **Undo**; pressing it also dismisses the toast.
    pub fn with_button(self, text: impl Into<String>, label: impl Into<String>, on_click: Callback<()>) {
        self.show(false, text.into(), Vec::new(), Extra::Button(label.into(), on_click));
    }

    /// A success with a link to where it goes on.
    pub fn with_link(self, text: impl Into<String>, label: impl Into<String>, href: impl Into<String>) {
        self.show(false, text.into(), Vec::new(), Extra::Link(label.into(), href.into()));
    }

    /// The outcome of something with parts: `details` are listed below, the button is optional.
    pub fn outcome(
        self,
        error: bool,
        text: impl Into<String>,
        details: Vec<String>,
        button: Option<(String, Callback<()>)>,
    ) {
        let extra = button.map_or(Extra::Nothing, |(label, on_click)| Extra::Button(label, on_click));
        self.show(error, text.into(), details, extra);
    }

    fn show(self, error: bool, text: String, details: Vec<String>, extra: Extra) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        let duration = match (&extra, details.is_empty()) {
            (Extra::Nothing, true) => SUCCESS,
            _ => WITH_BUTTON,
        };
        self.shown.update(|shown| {
            // Older ones would cover the page.
            if shown.len() >= 4 {
                shown.remove(0);
            }
            shown.push(Toast { id, error, text, details, extra });
        });
        if !error {
            set_timeout(move || self.dismiss(id), duration);
        }
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

fn one_toast(toasts: Toasts, toast: Toast) -> AnyView {
    let id = toast.id;
    let extra = match toast.extra {
        Extra::Nothing => ().into_any(),
        Extra::Button(label, on_click) => view! {
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
        .into_any(),
        Extra::Link(label, href) => view! { <a class="link" href=href>{label}</a> }.into_any(),
    };
    let details = (!toast.details.is_empty()).then(|| {
        let details = toast.details.into_iter().map(|detail| view! { <li>{detail}</li> }).collect_view();
        view! { <ul class="toast-details">{details}</ul> }
    });
    view! {
        <div class=if toast.error { "toast-card toast-error" } else { "toast-card" }>
            <Icon glyph=if toast.error { Glyph::Alert } else { Glyph::Check } />
            <div class="toast-text"><p>{toast.text}</p>{details}</div>
            {extra}
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
