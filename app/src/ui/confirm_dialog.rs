//! Asks before something happens; what cannot be undone asks to type the count.

use leptos::prelude::*;

use super::{Dialog, TextField};

/// A question with **Cancel** and the button that does it.
///
/// The caller does the work in `on_confirm`, sets `pending` meanwhile, then closes by `open`, or
/// sets `error` and leaves it open.
#[component]
pub fn ConfirmDialog(
    open: RwSignal<bool>,
    /// Unique on the page.
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    /// Whom or what it concerns, and what will happen.
    #[prop(into)]
    message: Signal<String>,
    /// The word on the button, such as `Disable`.
    #[prop(into)]
    confirm: Signal<String>,
    /// Red button.
    #[prop(optional, into)]
    danger: Signal<bool>,
    /// The text that must be typed before the button works, such as `12,345`; with or without the
    /// commas.
    #[prop(optional, into)]
    type_to_confirm: Signal<Option<String>>,
    /// Something must be chosen first.
    #[prop(optional, into)]
    incomplete: Signal<bool>,
    #[prop(optional, into)] pending: Signal<bool>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    on_confirm: Callback<()>,
    /// More fields, such as a reason.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    Effect::new(move || {
        if open.get() {
            typed.set(String::new());
        }
    });
    let plain = |text: &str| text.trim().replace(',', "").to_lowercase();
    let blocked = move || {
        pending.get()
            || incomplete.get()
            || type_to_confirm.get().is_some_and(|wanted| typed.with(|typed| plain(typed) != plain(&wanted)))
    };
    let children = StoredValue::new(children);

    view! {
        <Dialog open id title>
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    if !blocked() {
                        on_confirm.run(());
                    }
                }
            >
                <p class="dialog-message">{message}</p>
                {children.with_value(|children| children.as_ref().map(|children| children()))}
                {move || {
                    type_to_confirm
                        .get()
                        .map(|wanted| {
                            view! {
                                <TextField
                                    form=id
                                    name="confirmation"
                                    label=format!("Type {wanted} to confirm")
                                    value=typed
                                    autocomplete="off"
                                    autofocus=true
                                />
                            }
                        })
                }}
                {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
                <div class="dialog-actions">
                    <button
                        type="button"
                        class="btn btn-sm"
                        autofocus=move || type_to_confirm.with(Option::is_none)
                        on:click=move |_| open.set(false)
                    >
                        "Cancel"
                    </button>
                    <button
                        type="submit"
                        class=move || if danger.get() { "btn btn-sm btn-error" } else { "btn btn-sm btn-primary" }
                        disabled=blocked
                        aria-busy=move || pending.get().then_some("true")
                    >
                        {confirm}
                    </button>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}
