//! Adding, renaming and deleting a store.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::stores::StoreRow;

use super::api::{create_store, delete_store, rename_store};
use crate::ApiError;
use crate::ui::{ConfirmDialog, Dialog, TextField, Toasts, sign_in_again, use_toasts};

/// The state of the three dialogs. It lives as long as the page.
#[derive(Clone, Copy)]
pub struct StoreDialogs {
    naming: RwSignal<bool>,
    deleting: RwSignal<bool>,
    /// The store that is renamed or deleted; `None` while one is added.
    store: RwSignal<Option<StoreRow>>,
    name: RwSignal<String>,
    error: RwSignal<Option<String>>,
    problem: RwSignal<Option<String>>,
    pending: RwSignal<bool>,
    toasts: Toasts,
    on_done: Callback<()>,
}

impl StoreDialogs {
    pub fn new(on_done: Callback<()>) -> Self {
        Self {
            naming: RwSignal::new(false),
            deleting: RwSignal::new(false),
            store: RwSignal::new(None),
            name: RwSignal::new(String::new()),
            error: RwSignal::new(None),
            problem: RwSignal::new(None),
            pending: RwSignal::new(false),
            toasts: use_toasts(),
            on_done,
        }
    }

    pub fn add(self) {
        self.show(None, self.naming);
    }

    pub fn rename(self, store: StoreRow) {
        self.show(Some(store), self.naming);
    }

    pub fn delete(self, store: StoreRow) {
        self.show(Some(store), self.deleting);
    }

    fn show(self, store: Option<StoreRow>, dialog: RwSignal<bool>) {
        self.name.set(store.as_ref().map(|store| store.name.clone()).unwrap_or_default());
        self.error.set(None);
        self.problem.set(None);
        self.store.set(store);
        dialog.set(true);
    }

    fn save(self) {
        if self.pending.get_untracked() {
            return;
        }
        let (name, store) = (self.name.get_untracked(), self.store.get_untracked());
        self.run(self.naming, async move {
            match store {
                Some(store) => {
                    rename_store(store.id, store.name, name.clone()).await?;
                    Ok(format!("Renamed to {}.", name.trim()))
                }
                None => {
                    create_store(name.clone()).await?;
                    Ok(format!("{} was added.", name.trim()))
                }
            }
        });
    }

    fn remove(self) {
        if let Some(store) = self.store.get_untracked()
            && !self.pending.get_untracked()
        {
            self.run(self.deleting, async move {
                delete_store(store.id).await?;
                Ok(format!("{} was deleted.", store.name))
            });
        }
    }

    fn run(self, dialog: RwSignal<bool>, work: impl Future<Output = Result<String, ApiError>> + 'static) {
        self.pending.set(true);
        self.error.set(None);
        self.problem.set(None);
        spawn_local(async move {
            let outcome = work.await;
            let _ = self.pending.try_set(false);
            match outcome {
                Ok(message) => {
                    let _ = dialog.try_set(false);
                    self.toasts.success(message);
                    self.on_done.try_run(());
                }
                Err(error) if sign_in_again(&error) => {}
                Err(ApiError::Invalid { errors }) => {
                    let _ = self.error.try_set(errors.get("name").map(str::to_owned));
                }
                Err(error) => {
                    let _ = self.problem.try_set(Some(error.to_string()));
                }
            }
        });
    }
}

pub fn view(dialogs: StoreDialogs) -> AnyView {
    let renames = move || dialogs.store.with(Option::is_some);
    let title =
        Signal::derive(move || if renames() { "Rename identity store" } else { "Add identity store" }.to_owned());
    let message = Signal::derive(move || {
        let name = dialogs.store.with(|store| store.as_ref().map(|store| store.name.clone()).unwrap_or_default());
        format!("{name} and its attributes will be gone. This works only when nobody is in it.")
    });
    view! {
        <Dialog open=dialogs.naming id="name-store" title keeps_input=true>
            <form
                class="form"
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    dialogs.save();
                }
            >
                <TextField
                    form="store"
                    name="name"
                    label="Name"
                    value=dialogs.name
                    error=dialogs.error
                    required=true
                    autofocus=true
                    autocomplete="off"
                />
                {move || dialogs.problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
                <div class="dialog-actions">
                    <button type="button" class="btn btn-sm" on:click=move |_| dialogs.naming.set(false)>
                        "Cancel"
                    </button>
                    <button
                        type="submit"
                        class="btn btn-sm btn-primary"
                        disabled=dialogs.pending
                        aria-busy=move || dialogs.pending.get().then_some("true")
                    >
                        {move || if renames() { "Rename" } else { "Add" }}
                    </button>
                </div>
            </form>
        </Dialog>
        <ConfirmDialog
            open=dialogs.deleting
            id="delete-store"
            title="Delete this identity store?"
            message
            confirm="Delete"
            danger=true
            pending=dialogs.pending
            error=dialogs.problem
            on_confirm=Callback::new(move |()| dialogs.remove())
        />
    }
    .into_any()
}
