//! **Delete** (A14) from the profile: back to the list, from where it can be taken back.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::AccountId;
use types::bulk::{BulkAction, BulkReport, Parameters, Selection};

use super::address::{ProfileTab, href};
use super::page::{Navigate, Page};
use crate::admin::jobs::api::start_bulk;
use crate::admin::users::bulk::{wait_days, what_deleting_means};
use crate::admin::users::last_list;
use crate::ui::{ConfirmDialog, Toasts, sign_in_again};

pub fn dialog(page: Page) -> AnyView {
    let selection = last_list::selection();
    let on_confirm = Callback::new(move |()| {
        let Some(id) = page.id() else { return };
        let (name, navigate) = (untrack(|| page.name()), page.navigate());
        let work = move || start_bulk(BulkAction::Delete, Selection::Accounts(vec![id]), Parameters::None);
        page.delete.answer_proven(work, move |report| {
            let deleted = Deleted { id, name, navigate, toasts: page.toasts };
            if report.done == 0 {
                deleted.toasts.error(report.about(&deleted.name));
                page.refresh();
                return;
            }
            let _ = selection.try_update(|selection| selection.release(id));
            if page.is_there() {
                page.edit.discard();
                (deleted.navigate)(&last_list::address());
            }
            deleted.offer_undo(&report);
        });
    });
    let wait = wait_days(move || {
        let store = page.shown.with(|shown| shown.as_ref().map(|shown| shown.store_id));
        page.delete.open.get().then_some(store)
    });
    view! {
        <ConfirmDialog
            open=page.delete.open
            id="delete-user"
            title=page.text(|name| format!("Delete {name}?"))
            message=Signal::derive(move || what_deleting_means(wait.get()))
            confirm="Delete"
            danger=true
            pending=page.delete.pending
            error=page.delete.error
            on_confirm
        />
    }
    .into_any()
}

/// What is needed to take it back after the page has gone.
#[derive(Clone)]
struct Deleted {
    id: AccountId,
    name: String,
    navigate: Navigate,
    toasts: Toasts,
}

impl Deleted {
    fn offer_undo(self, report: &BulkReport) {
        let (toasts, text) = (self.toasts, report.about(&self.name));
        if report.undo.is_none() {
            return toasts.success(text);
        }
        // Made in a task, outside of the page, since it is pressed on another one.
        toasts.with_button(text, "Undo", Callback::new(move |()| self.clone().restore()));
    }

    /// Leads back to the profile: the list behind it does not have the account yet.
    fn restore(self) {
        spawn_local(async move {
            match start_bulk(BulkAction::Restore, Selection::Accounts(vec![self.id]), Parameters::None).await {
                Ok(report) if report.done > 0 => {
                    (self.navigate)(&href(self.id, ProfileTab::Attributes));
                    self.toasts.success(report.about(&self.name));
                }
                Ok(report) => self.toasts.error(report.about(&self.name)),
                Err(error) if sign_in_again(&error) => {}
                Err(error) => self.toasts.error(error.to_string()),
            }
        });
    }
}
