//! The command palette on Ctrl-K (⌘-K): go to a page, find a person, act on the selection (U16).
//!
//! The key is listened for from the beginning; the code of the dialog comes with the first press.

mod dialog;

use leptos::ev;
use leptos::prelude::*;

use crate::ui::{Choice, on_demand};

/// What the page at hand does with its selection: the choices of its bar, and what they are told to.
#[derive(Clone)]
struct Offered {
    choices: Vec<Choice>,
    /// Whether anything is selected.
    any: Memo<bool>,
    run: Callback<String>,
}

/// The commands of the page at hand. A page sets them, and takes them away when it goes.
#[derive(Clone, Copy)]
pub struct PageCommands(RwSignal<Option<Offered>>);

impl PageCommands {
    /// Offers commands while this page is shown.
    pub fn offer(choices: Vec<Choice>, any: Memo<bool>, run: Callback<String>) {
        if let Some(commands) = use_context::<Self>() {
            commands.0.set(Some(Offered { choices, any, run }));
            on_cleanup(move || {
                let _ = commands.0.try_set(None);
            });
        }
    }

    /// What can be done right now.
    fn now(self) -> Vec<Choice> {
        self.0.with_untracked(|offered| match offered {
            Some(offered) if offered.any.try_get_untracked() == Some(true) => offered.choices.clone(),
            _ => Vec::new(),
        })
    }

    fn run(self, key: String) {
        if let Some(offered) = self.0.get_untracked() {
            let _ = offered.run.try_run(key);
        }
    }
}

/// Makes the context for [`PageCommands`]; the frame calls this before its pages.
pub fn provide_commands() -> PageCommands {
    let commands = PageCommands(RwSignal::new(None));
    provide_context(commands);
    commands
}

/// Listens for the key, and shows the palette.
#[component]
pub fn Palette(commands: PageCommands) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move || {
        let handle = window_event_listener(ev::keydown, move |event| {
            let wanted = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
            if wanted && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                let other = document().query_selector("dialog[open]:not(#palette)").ok().flatten().is_some();
                if !other {
                    open.update(|open| *open = !*open);
                }
            }
        });
        on_cleanup(move || handle.remove());
    });
    on_demand(move || open.get(), move || palette_dialog(open, commands))
}

#[lazy]
fn palette_dialog(open: RwSignal<bool>, commands: PageCommands) -> AnyView {
    view! { <dialog::PaletteDialog open commands /> }.into_any()
}
