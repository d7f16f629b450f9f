//! **Generate backup code** (A12): shown once, in a dialog with a copy button.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page::Page;
use crate::admin::users::api::generate_backup_code;
use crate::ui::{Dialog, Glyph, Icon, sign_in_again};

/// Makes one, and opens the dialog that shows it.
pub fn generate(page: Page) {
    let Some(id) = page.id() else { return };
    let (backup, code) = (page.authenticators.backup, page.authenticators.backup_code);
    code.set(None);
    backup.ask();
    spawn_local(async move {
        match backup.proof().around(|| generate_backup_code(id)).await {
            Ok(made) => {
                let _ = code.try_set(Some(made));
                page.refresh();
            }
            Err(error) if sign_in_again(&error) => {}
            Err(error) => {
                let _ = backup.error.try_set(Some(error.to_string()));
            }
        }
    });
}

pub fn dialog(page: Page) -> AnyView {
    let (backup, code) = (page.authenticators.backup, page.authenticators.backup_code);
    view! {
        <Dialog
            open=backup.open
            id="backup-code"
            title=page.text(|name| format!("Backup code for {name}"))
            keeps_input=true
        >
            <div class="form">
                <p aria-live="polite">
                    {move || match (code.get(), backup.error.get()) {
                        (Some(code), _) => view! { <code class="backup-code">{code}</code> }.into_any(),
                        (None, Some(error)) => view! { <span class="field-error">{error}</span> }.into_any(),
                        (None, None) => view! { <span class="muted">"Generating…"</span> }.into_any(),
                    }}
                </p>
                {move || {
                    code.with(Option::is_some)
                        .then(|| {
                            view! {
                                <p class="muted">
                                    "It works for 60 minutes, for one sign-in beside the password, under “Use security \
                                     codes”. It is not shown again, and any earlier one has stopped working. Give it to \
                                     nobody but the holder."
                                </p>
                            }
                        })
                }}
                <div class="dialog-actions">
                    <button type="button" class="btn btn-sm" on:click=move |_| backup.open.set(false)>
                        "Done"
                    </button>
                    <button
                        type="button"
                        class="btn btn-sm btn-primary"
                        disabled=move || code.with(Option::is_none)
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
