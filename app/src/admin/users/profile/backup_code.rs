//! **Generate backup code** (A12): asked about, then shown once, in a dialog with a copy button.

use leptos::prelude::*;

use super::page::Page;
use crate::admin::users::api::generate_backup_code;
use crate::ui::{ConfirmDialog, Dialog, Glyph, Icon};

pub fn dialogs(page: Page) -> AnyView {
    view! {
        {question(page)}
        {shown(page)}
    }
    .into_any()
}

fn question(page: Page) -> AnyView {
    let (backup, code) = (page.authenticators.backup, page.authenticators.backup_code);
    let on_confirm = Callback::new(move |()| {
        let Some(id) = page.id() else { return };
        backup.answer_proven(
            move || generate_backup_code(id),
            move |made| {
                let _ = code.try_set(Some(made));
                page.refresh();
            },
        );
    });
    view! {
        <ConfirmDialog
            open=backup.open
            id="ask-backup-code"
            title=page.text(|name| format!("Generate a backup code for {name}?"))
            message="It takes the place of the second factor for one sign-in, within 60 minutes. Any earlier one stops working."
            confirm="Generate backup code"
            pending=backup.pending
            error=backup.error
            on_confirm
        />
    }
    .into_any()
}

/// The code, this once.
fn shown(page: Page) -> AnyView {
    let code = page.authenticators.backup_code;
    let open = RwSignal::new(false);
    Effect::new(move || {
        if code.with(Option::is_some) {
            open.set(true);
        }
    });
    view! {
        <Dialog
            open
            id="backup-code"
            title=page.text(|name| format!("Backup code for {name}"))
            keeps_input=true
        >
            <div class="form">
                <p>
                    <code class="backup-code">{move || code.get()}</code>
                </p>
                <p class="muted">
                    "It works for 60 minutes, for one sign-in beside the password, under “Use security codes”. It is \
                     not shown again, and any earlier one has stopped working. Give it to nobody but the holder."
                </p>
                <div class="dialog-actions">
                    <button type="button" class="btn btn-sm" on:click=move |_| open.set(false)>
                        "Done"
                    </button>
                    <button
                        type="button"
                        class="btn btn-sm btn-primary"
                        on:click=move |_| {
                            if let Some(code) = code.get_untracked() {
                                super::overview::copy(page, &code);
                            }
                        }
                    >
                        <Icon glyph=Glyph::Copy />
                        "Copy"
                    </button>
                </div>
            </div>
        </Dialog>
    }
    .into_any()
}
