//! **Saved views**: name the list as it is, open it again, share it, rename it, delete it (U8).

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::saved_views::{SavedView, SavedViewForm};
use types::user_list::{ListState, Position};

use super::address;
use crate::ApiError;
use crate::admin::users::api::{change_view, delete_view, save_view, saved_views};
use crate::ui::{Dialog, Glyph, Icon, SkeletonLines, TextField, Toasts, sign_in_again, use_toasts};

/// The dialog; `state` is the list's.
#[component]
pub fn ViewsDialog(open: RwSignal<bool>, state: Memo<ListState>) -> impl IntoView {
    let views = Views {
        open,
        state,
        rows: RwSignal::new(None),
        edited: RwSignal::new(None),
        name: RwSignal::new(String::new()),
        shared: RwSignal::new(false),
        replace: RwSignal::new(false),
        name_error: RwSignal::new(None),
        problem: RwSignal::new(None),
        pending: RwSignal::new(false),
        toasts: use_toasts(),
    };
    Effect::new(move || {
        if open.get() {
            views.begin(None);
            views.problem.set(None);
            views.load();
        }
    });
    view! {
        <Dialog open id="views-dialog" title="Saved views" keeps_input=true>
            {list(views)}
            {form(views)}
        </Dialog>
    }
}

#[derive(Clone, Copy)]
struct Views {
    open: RwSignal<bool>,
    state: Memo<ListState>,
    rows: RwSignal<Option<Result<Vec<SavedView>, String>>>,
    /// The view in the form; `None`: a new one.
    edited: RwSignal<Option<SavedView>>,
    name: RwSignal<String>,
    shared: RwSignal<bool>,
    /// The edited view shall show the list as it is now.
    replace: RwSignal<bool>,
    name_error: RwSignal<Option<String>>,
    problem: RwSignal<Option<String>>,
    pending: RwSignal<bool>,
    toasts: Toasts,
}

impl Views {
    fn load(self) {
        spawn_local(async move {
            let loaded = match saved_views().await {
                Err(error) if sign_in_again(&error) => return,
                loaded => loaded.map_err(|error| error.to_string()),
            };
            let _ = self.rows.try_set(Some(loaded));
        });
    }

    /// Fills the form with a view, or for a new one.
    fn begin(self, view: Option<SavedView>) {
        self.name.set(view.as_ref().map(|view| view.name.clone()).unwrap_or_default());
        self.shared.set(view.as_ref().is_some_and(|view| view.is_shared));
        self.replace.set(false);
        self.name_error.set(None);
        self.edited.set(view);
    }

    fn now(self) -> ListState {
        ListState { position: Position::First, ..self.state.get_untracked() }
    }

    fn save(self) {
        let edited = self.edited.get_untracked();
        let kept = edited.as_ref().filter(|_| !self.replace.get_untracked()).map(|view| view.state.clone());
        let form = SavedViewForm {
            name: self.name.get_untracked(),
            state: kept.unwrap_or_else(|| self.now()),
            is_shared: self.shared.get_untracked(),
        };
        let said = format!("The view “{}” was saved.", form.name.trim());
        self.answer(said, async move {
            match edited {
                Some(view) => change_view(view.id, form, view.version).await,
                None => save_view(form).await.map(drop),
            }
        });
    }

    fn delete(self, view: SavedView) {
        let said = format!("The view “{}” was deleted.", view.name);
        self.answer(said, async move { delete_view(view.id, view.version).await });
    }

    fn answer(self, said: String, asked: impl Future<Output = Result<(), ApiError>> + 'static) {
        self.pending.set(true);
        self.problem.set(None);
        self.name_error.set(None);
        spawn_local(async move {
            let answer = asked.await;
            if self.pending.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    self.toasts.success(said);
                    self.begin(None);
                    self.load();
                }
                Err(error) if sign_in_again(&error) => {}
                Err(ApiError::Invalid { errors }) => self.name_error.set(errors.0.into_values().next()),
                Err(error) => {
                    self.problem.set(Some(error.to_string()));
                    self.begin(None);
                    // Whatever it was, this is how things are now.
                    self.load();
                }
            }
        });
    }
}

fn list(views: Views) -> AnyView {
    let rows = move || match views.rows.get() {
        None => view! { <SkeletonLines lines=3 /> }.into_any(),
        Some(Err(error)) => view! { <p class="form-error" role="alert">{error}</p> }.into_any(),
        Some(Ok(rows)) if rows.is_empty() => {
            view! { <p class="muted">"No saved views yet. Filter and sort the list, then give it a name here."</p> }
                .into_any()
        }
        Some(Ok(rows)) => {
            let rows = rows.into_iter().map(|view| row(views, view)).collect_view();
            view! { <ul class="view-rows" aria-label="Saved views">{rows}</ul> }.into_any()
        }
    };
    view! { <div>{rows}</div> }.into_any()
}

fn row(views: Views, view: SavedView) -> AnyView {
    let href = address::href(&view.state);
    let shared = view.is_shared.then(|| match &view.owner {
        Some(owner) => format!("Shared by {owner}"),
        None => "Shared".to_owned(),
    });
    let (name, label) = (view.name.clone(), format!("Edit the view {}", view.name));
    let editable = view.editable;
    let edit = StoredValue::new(view);
    view! {
        <li class="view-row">
            <a class="view-link" href=href on:click=move |_| views.open.set(false)>
                {name}
            </a>
            {shared.map(|shared| view! { <span class="muted">{shared}</span> })}
            {editable
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn btn-ghost btn-square btn-sm"
                            aria-label=label
                            on:click=move |_| views.begin(Some(edit.get_value()))
                        >
                            <Icon glyph=Glyph::Edit />
                        </button>
                    }
                })}
        </li>
    }
    .into_any()
}

fn form(views: Views) -> AnyView {
    let is_new = Signal::derive(move || views.edited.with(Option::is_none));
    let heading = move || match views.edited.get() {
        None => "Save the list as it is now".to_owned(),
        Some(view) => format!("Edit “{}”", view.name),
    };
    let of_edited = move || {
        views.edited.get().map(|view| {
            let view = StoredValue::new(view);
            view! {
                {tick("Replace it by the list as it is now", views.replace)}
                <div class="view-edit">
                    <button
                        type="button"
                        class="btn btn-sm btn-error"
                        disabled=views.pending
                        on:click=move |_| views.delete(view.get_value())
                    >
                        "Delete view"
                    </button>
                    <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| views.begin(None)>
                        "Do not edit"
                    </button>
                </div>
            }
        })
    };
    view! {
        <form
            class="form view-form"
            on:submit=move |event| {
                event.prevent_default();
                views.save();
            }
        >
            <h3 class="panel-title">{heading}</h3>
            <TextField form="view" name="name" label="Name" value=views.name error=views.name_error />
            {tick("Share with all administrators", views.shared)}
            <p class="field-hint">"Whoever opens a shared view sees the people that they may see, and nobody else."</p>
            {of_edited}
            {move || views.problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| views.open.set(false)>
                    "Close"
                </button>
                <button type="submit" class="btn btn-sm btn-primary" disabled=views.pending>
                    {move || if is_new.get() { "Save view" } else { "Save changes" }}
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn tick(label: &'static str, value: RwSignal<bool>) -> AnyView {
    view! {
        <label class="check-label">
            <input
                type="checkbox"
                class="checkbox checkbox-sm"
                autocomplete="off"
                prop:checked=value
                on:change=move |event| value.set(event_target_checked(&event))
            />
            {label}
        </label>
    }
    .into_any()
}
