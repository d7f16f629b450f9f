//! A modal dialog: the browser's own `<dialog>`, so focus stays inside, Esc closes it, and focus
//! goes back to where it came from.

use leptos::html;
use leptos::prelude::*;

/// Shows `children` in a modal dialog while `open` is true.
///
/// The children are made each time it opens, so a form inside starts afresh; keep state that must
/// live longer outside. An input with the `autofocus` attribute gets the focus.
#[component]
pub fn Dialog(
    /// Set to true to open; becomes false however it is closed.
    open: RwSignal<bool>,
    /// The heading, and the dialog's accessible name.
    #[prop(into)]
    title: Signal<String>,
    /// Unique on the page.
    id: &'static str,
    /// A click beside a dialog closes it, unless it holds what somebody typed.
    #[prop(optional)]
    keeps_input: bool,
    /// Twice as wide, for tables and differences.
    #[prop(optional)]
    wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    let heading = format!("{id}-title");
    let children = StoredValue::new(children);

    Effect::new(move || {
        if !open.get()
            && let Some(dialog) = element.get_untracked()
            && dialog.open()
        {
            dialog.close();
        }
    });

    let heading_id = heading.clone();
    let content = move || {
        open.get().then(|| {
            // Runs once the body is in the document: `showModal` looks there for `autofocus`.
            Effect::new(move || {
                if let Some(dialog) = element.get_untracked()
                    && !dialog.open()
                {
                    let _ = dialog.show_modal();
                }
            });
            view! {
                <div class="dialog-head">
                    <h2 id=heading_id.clone() class="dialog-title">{title}</h2>
                    <button
                        type="button"
                        class="btn btn-ghost btn-square btn-sm"
                        aria-label="Close"
                        on:click=move |_| open.set(false)
                    >
                        <super::Icon glyph=super::Glyph::Close />
                    </button>
                </div>
                <div class="dialog-body">{children.with_value(|children| children())}</div>
            }
            .into_any()
        })
    };

    view! {
        <dialog
            node_ref=element
            id=id
            class=if wide { "dialog dialog-wide" } else { "dialog" }
            aria-labelledby=heading
            closedby=if keeps_input { "closerequest" } else { "any" }
            on:close=move |_| {
                if open.get_untracked() {
                    open.set(false);
                }
            }
        >
            {content}
        </dialog>
    }
    .into_any()
}
