//! **End sessions**: the account is signed out everywhere (P1).

use leptos::prelude::*;

use super::page::Page;
use crate::admin::users::api::end_user_sessions;
use crate::ui::ConfirmDialog;

pub fn dialog(page: Page) -> AnyView {
    let message = Signal::derive(move || {
        let yourself = page.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.is_self));
        if yourself {
            "You will be signed out in every browser, this one too."
        } else {
            "Whoever is signed in with this account is signed out in every browser at once."
        }
        .to_owned()
    });
    let on_confirm = Callback::new(move |()| {
        let Some(id) = page.id() else { return };
        page.end_sessions.answer(end_user_sessions(id), move |ended| {
            page.toasts.success(match ended {
                0 => "There were no sessions.".to_owned(),
                1 => "1 session ended.".to_owned(),
                many => format!("{many} sessions ended."),
            });
            page.refresh();
        });
    });
    view! {
        <ConfirmDialog
            open=page.end_sessions.open
            id="end-sessions"
            title=page.text(|name| format!("End all sessions of {name}?"))
            message
            confirm="End sessions"
            danger=true
            pending=page.end_sessions.pending
            error=page.end_sessions.error
            on_confirm
        />
    }
    .into_any()
}
