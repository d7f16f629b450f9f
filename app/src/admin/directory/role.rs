//! `/admin/roles/{id}` and `/admin/roles/new`: what a role allows, and who holds it (D4).

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use serde::{Deserialize, Serialize};
use types::directory::{HolderPage, RoleForm, RoleView, Saved};
use types::user_list::MatchCount;
use types::{FieldErrors, Permission, RoleId};

use super::address;
use super::api::{create_role, delete_role, edit_role, grantable_permissions, role_holders, view_role};
use super::role_grid::grid;
use crate::ApiError;
use crate::admin::proof::{Proof, use_proof};
use crate::admin::users::profile::question::Question;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{
    Badge, ConfirmDialog, EmptyState, Glyph, Icon, LeaveGuard, Moment, PageError, PageLinks, SkeletonLines, TextField,
    Tone, deferred, sign_in_again, use_toasts,
};

/// A role that is there, or one that is about to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shown {
    New(Vec<Permission>),
    Role(RoleView),
}

#[derive(Clone, Copy, PartialEq)]
enum Which {
    New,
    Role(RoleId),
    None,
}

/// What the page is of.
struct Data {
    which: Memo<Which>,
    role: Resource<Result<Shown, ApiError>>,
    holders: Resource<Result<Option<HolderPage>, ApiError>>,
}

impl Data {
    fn new() -> Self {
        let params = use_params_map();
        let which = Memo::new(move |_| match params.with(|params| params.get("id")).as_deref() {
            Some("new") => Which::New,
            Some(id) => id.parse().map_or(Which::None, Which::Role),
            None => Which::None,
        });
        let asked = address::use_asked();
        Self {
            which,
            role: resource(move || which.get(), load),
            holders: resource(
                move || (which.get(), asked.get()),
                |(which, (_, position))| async move {
                    match which {
                        Which::Role(id) => role_holders(id, position).await.map(Some),
                        _ => Ok(None),
                    }
                },
            ),
        }
    }
}

async fn load(which: Which) -> Result<Shown, ApiError> {
    match which {
        Which::New => Ok(Shown::New(grantable_permissions().await?)),
        Which::Role(id) => Ok(Shown::Role(view_role(id).await?)),
        Which::None => Err(ApiError::not_found("role")),
    }
}

/// The form's state; it outlives each loading.
#[derive(Clone, Copy)]
struct Editing {
    of: RwSignal<Option<RoleView>>,
    name: RwSignal<String>,
    description: RwSignal<String>,
    ticked: RwSignal<Vec<Permission>>,
    required: RwSignal<bool>,
    /// As it was loaded or saved last.
    saved: RwSignal<RoleForm>,
    version: RwSignal<i64>,
    conflict: RwSignal<bool>,
    errors: RwSignal<FieldErrors>,
    error: RwSignal<Option<String>>,
    pending: RwSignal<bool>,
    proof: Proof,
}

impl Editing {
    fn fill(self, form: &RoleForm, version: i64) {
        self.name.set(form.name.clone());
        self.description.set(form.description.clone());
        self.ticked.set(form.permissions.clone());
        self.required.set(form.requires_second_factor);
        self.saved.set(form.clone());
        self.version.set(version);
        self.conflict.set(false);
        self.errors.set(FieldErrors::default());
        self.error.set(None);
    }

    /// What is typed and ticked.
    fn form(self) -> RoleForm {
        RoleForm {
            name: self.name.get(),
            description: self.description.get(),
            permissions: self.ticked.get(),
            requires_second_factor: self.required.get(),
        }
    }

    /// Whether something is typed or ticked that is not saved; in which order it was ticked is nothing.
    fn is_changed(self) -> bool {
        let sorted = |mut form: RoleForm| {
            form.permissions.sort_unstable();
            form
        };
        sorted(self.form()) != sorted(self.saved.get())
    }

    fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.errors.with(|errors| errors.get(field).map(str::to_owned)))
    }

    fn save(self, id: Option<RoleId>, on_saved: Callback<RoleId>) {
        if self.pending.get_untracked() {
            return;
        }
        let form = untrack(|| self.form());
        self.errors.set(FieldErrors::default());
        self.error.set(None);
        if let Err(errors) = form.parse() {
            return self.errors.set(errors);
        }
        self.pending.set(true);
        let version = self.version.get_untracked();
        spawn_local(async move {
            let outcome = match id {
                None => create_role(form.clone()).await.map(|id| (id, None)),
                Some(id) => self.proof.around(|| edit_role(id, form.clone(), version)).await.map(|saved| match saved {
                    Saved::Saved { .. } => (id, None),
                    Saved::Conflict { theirs, version } => (id, Some((theirs, version))),
                }),
            };
            if self.pending.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok((id, None)) => {
                    self.saved.set(form);
                    on_saved.run(id);
                }
                Ok((_, Some((theirs, version)))) => {
                    self.fill(&theirs, version);
                    self.conflict.set(true);
                }
                Err(error) if sign_in_again(&error) => {}
                Err(error) if !error.fields().is_empty() => self.errors.set(error.fields()),
                Err(error) => self.error.set(Some(error.to_string())),
            }
        });
    }
}

/// `/admin/roles/{id}`.
pub fn page() -> AnyView {
    let page = Data::new();
    let Data { which, role, holders } = page;
    mark_ready();
    let toasts = use_toasts();
    let editing = Editing {
        of: RwSignal::new(None),
        name: RwSignal::new(String::new()),
        description: RwSignal::new(String::new()),
        ticked: RwSignal::new(Vec::new()),
        required: RwSignal::new(false),
        saved: RwSignal::new(RoleForm::default()),
        version: RwSignal::new(0),
        conflict: RwSignal::new(false),
        errors: RwSignal::new(FieldErrors::default()),
        error: RwSignal::new(None),
        pending: RwSignal::new(false),
        proof: use_proof(),
    };
    let deleting = Question::new();
    let to_list = use_navigate();
    let retry = Callback::new(move |()| {
        role.refetch();
        holders.refetch();
    });
    let on_saved = Callback::new(move |id: RoleId| {
        if which.get_untracked() == Which::Role(id) {
            toasts.success("Saved.");
            role.refetch();
        } else {
            // Another role's page begins anew, with nothing of this form left in it.
            let _ = window().location().set_href(&format!("/admin/roles/{id}"));
        }
    });
    let content = move || async move {
        match role.await {
            Err(error) => view! { <PageError error retry whole_page=true /> }.into_any(),
            Ok(Shown::New(grantable)) => {
                editing.of.set(None);
                editing.fill(&RoleForm::default(), 0);
                view! {
                    <PageTitle text="Create role – Roster" />
                    <div class="page-head">
                        <h1 class="page-title">"Create role"</h1>
                    </div>
                    {form(editing, None, Grantable::These(grantable), on_saved)}
                }
                .into_any()
            }
            Ok(Shown::Role(view)) => {
                editing.fill(&view.form, view.version);
                editing.of.set(Some(view.clone()));
                existing(editing, view, deleting, on_saved)
            }
        }
    };
    let held = move || async move {
        match (role.await, holders.await) {
            (Ok(Shown::Role(role)), Ok(Some(page))) => holders_section(&role, page),
            (Ok(_), Err(error)) => view! { <PageError error retry /> }.into_any(),
            _ => ().into_any(),
        }
    };
    let gone = Callback::new(move |()| to_list("/admin/roles", NavigateOptions::default()));
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a class="crumb" href="/admin/roles">
                <Icon glyph=Glyph::ChevronLeft />
                "Roles"
            </a>
        </nav>
        {deferred(|| view! { <SkeletonLines lines=8 /> }.into_any(), content)}
        {deferred(|| ().into_any(), held)}
        <LeaveGuard
            unsaved=Signal::derive(move || editing.is_changed())
            keeps=Signal::derive(move || match which.get() {
                Which::Role(id) => format!("/admin/roles/{id}"),
                _ => String::new(),
            })
            message="What you have changed about this role is not saved yet."
            discard=Callback::new(move |()| {
                let saved = editing.saved.get_untracked();
                editing.fill(&saved, editing.version.get_untracked());
            })
        />
        {delete_dialog(editing, deleting, Callback::new(move |()| {
            toasts.success("Role deleted.");
            gone.run(());
        }))}
    }
    .into_any()
}

fn existing(editing: Editing, role: RoleView, deleting: Question, on_saved: Callback<RoleId>) -> AnyView {
    let name = role.form.name.clone();
    let built_in = role.built_in.then(|| view! { <Badge tone=Tone::Neutral glyph=Glyph::Lock text="Built-in" /> });
    let delete = role.may_edit.then(|| {
        view! {
            <div class="tab-actions page-action">
                <button type="button" class="btn btn-sm overview-danger" on:click=move |_| deleting.ask()>
                    <Icon glyph=Glyph::Trash />
                    "Delete"
                </button>
            </div>
        }
    });
    let grantable = if role.may_edit { Grantable::These(role.grantable) } else { Grantable::Nothing };
    let body = if role.may_require {
        form(editing, Some(role.id), grantable, on_saved)
    } else {
        view! {
            {grid(editing.ticked, &[], true)}
            {required(editing.required, true)}
        }
        .into_any()
    };
    let description = (!role.may_edit).then(|| view! { <p class="muted role-description">{role.form.description}</p> });
    view! {
        <PageTitle text=format!("{name} – Roster") />
        <div class="page-head">
            <h1 class="page-title unit-name">{name.clone()}</h1>
            {built_in}
            {delete}
        </div>
        {description}
        {body}
    }
    .into_any()
}

/// **Requires a second factor** (S4).
fn required(required: RwSignal<bool>, read_only: bool) -> AnyView {
    view! {
        <fieldset class="permission-section">
            <legend class="field-label">"Signing in"</legend>
            <label class="check">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    autocomplete="off"
                    disabled=read_only
                    checked=required.get_untracked()
                    prop:checked=required
                    on:change=move |event| required.set(event_target_checked(&event))
                />
                "Requires a second factor"
            </label>
            <p class="field-hint">
                "Whoever holds the role and has none sets one up at the next sign-in, whatever the settings of the \
                 identity store say."
            </p>
        </fieldset>
    }
    .into_any()
}

/// What may be changed beside the second factor.
enum Grantable {
    /// Of a built-in role.
    Nothing,
    These(Vec<Permission>),
}

fn form(editing: Editing, id: Option<RoleId>, grantable: Grantable, on_saved: Callback<RoleId>) -> AnyView {
    let (names, boxes) = match grantable {
        Grantable::Nothing => (None, grid(editing.ticked, &[], true)),
        Grantable::These(grantable) => (Some(names(editing)), grid(editing.ticked, &grantable, false)),
    };
    view! {
        <form
            class="form role-form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                editing.save(id, on_saved);
            }
        >
            {move || {
                editing
                    .conflict
                    .get()
                    .then(|| {
                        view! {
                            <div class="conflict-note" role="alert">
                                <p>
                                    <strong>"Somebody else changed this role meanwhile."</strong>
                                    " What you see now is theirs; nothing of yours was saved. Change it again, then save."
                                </p>
                            </div>
                        }
                    })
            }}
            {names}
            {boxes}
            {required(editing.required, false)}
            {move || {
                editing.error_of("permissions").get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })
            }}
            {move || editing.error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
            <div class="profile-form-actions">
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=editing.pending
                    aria-busy=move || editing.pending.get().then_some("true")
                >
                    {if id.is_some() { "Save" } else { "Create role" }}
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn names(editing: Editing) -> AnyView {
    view! {
        <div class="form-grid">
            <TextField
                form="role"
                name="name"
                label="Name"
                value=editing.name
                error=editing.error_of("name")
                autocomplete="off"
                required=true
            />
            <TextField
                form="role"
                name="description"
                label="Description"
                value=editing.description
                error=editing.error_of("description")
                autocomplete="off"
            />
        </div>
    }
    .into_any()
}

fn holders_section(role: &RoleView, page: HolderPage) -> AnyView {
    let body = if page.rows.is_empty() {
        view! { <EmptyState glyph=Glyph::Users title="Nobody holds it" text="Roles are assigned on a user's page." /> }
            .into_any()
    } else {
        let path = format!("/admin/roles/{}", role.id);
        let links = address::links(&path, "", page.before.as_ref(), page.after.as_ref());
        let paged = page.before.is_some() || page.after.is_some();
        let text = format!("{} of {}", page.rows.len(), role.holders);
        let rows = page
            .rows
            .into_iter()
            .map(|row| {
                view! {
                    <tr>
                        <td class="cell-text">
                            <a class="row-link" href=format!("/admin/users/{}/roles", row.account)>
                                {row.name}
                            </a>
                            <span class="row-below narrow-only">{row.email.clone()}</span>
                        </td>
                        <td class="cell-text wide-only">{row.email}</td>
                        <td class="cell-text">{row.organization.unwrap_or_else(|| "Everywhere".to_owned())}</td>
                        <td class="wide-only">
                            <Moment at=row.assigned_at />
                        </td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <div class="table-frame">
                <table class="table">
                    <caption class="sr-only">"Who holds this role"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col" class="wide-only">
                                "Email"
                            </th>
                            <th scope="col">"Where"</th>
                            <th scope="col" class="wide-only">
                                "Assigned"
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {paged.then(|| view! { <PageLinks links text /> })}
        }
        .into_any()
    };
    view! {
        <section class="tab members" aria-labelledby="holders-title">
            <div class="tab-head">
                <h2 id="holders-title" class="panel-title">
                    "Who holds it"
                </h2>
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn delete_dialog(editing: Editing, question: Question, gone: Callback<()>) -> AnyView {
    let name = move || editing.of.with(|role| role.as_ref().map(|role| role.form.name.clone()).unwrap_or_default());
    let message = Signal::derive(move || {
        let holders = editing.of.with(|role| role.as_ref().map(|role| role.holders));
        match holders {
            None | Some(MatchCount::Exactly(0)) => "Nobody holds it.".to_owned(),
            Some(MatchCount::Exactly(1)) => {
                "1 assignment is listed below: that person loses what the role allows, and is signed out.".to_owned()
            }
            Some(count) => {
                format!("{count} assignments are listed below: those people lose what it allows, and are signed out.")
            }
        }
    });
    let on_confirm = Callback::new(move |()| {
        let Some(role) = editing.of.get_untracked() else { return };
        question.answer(delete_role(role.id), move |()| gone.run(()));
    });
    view! {
        <ConfirmDialog
            open=question.open
            id="delete-role"
            title=Signal::derive(move || format!("Delete {}?", name()))
            message
            confirm="Delete"
            danger=true
            type_to_confirm=Signal::derive(move || Some(name()))
            pending=question.pending
            error=question.error
            on_confirm
        />
    }
    .into_any()
}
