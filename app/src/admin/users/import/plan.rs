//! Which column is what, and what else is to happen with the rows.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::accounts::{AssignableRoles, GroupRow};
use types::import::{Existing, ImportColumn, ImportFile, ImportPlan};
use types::sessions::Viewer;
use types::user_list::grouped;
use types::{ImportId, Permission, StoreId};

use super::super::api::assignable_roles;
use super::super::group_picker::{GroupPicker, Offer};
use super::api::dry_run_import;
use super::page::Steps;
use crate::ui::{Choice, SelectField, sign_in_again};

/// What was chosen; it outlives a look at the dry run.
#[derive(Clone, Copy)]
pub struct Form {
    /// The file that `columns` are of, and the store that it goes into.
    of: RwSignal<Option<(ImportId, StoreId)>>,
    /// The key of each column's target; `""`: left out.
    columns: RwSignal<Vec<String>>,
    existing: RwSignal<String>,
    groups: RwSignal<Vec<GroupRow>>,
    role: RwSignal<String>,
    place: RwSignal<String>,
    activation_mail: RwSignal<bool>,
    offer: RwSignal<Option<AssignableRoles>>,
    pending: RwSignal<bool>,
    error: RwSignal<Option<String>>,
}

const REJECT: &str = "reject";
const BY_EMAIL: &str = "email";
const BY_USERNAME: &str = "username";
const EVERYWHERE: &str = "everywhere";

impl Form {
    pub fn new() -> Self {
        Self {
            of: RwSignal::new(None),
            columns: RwSignal::new(Vec::new()),
            existing: RwSignal::new(REJECT.into()),
            groups: RwSignal::new(Vec::new()),
            role: RwSignal::new(String::new()),
            place: RwSignal::new(EVERYWHERE.into()),
            activation_mail: RwSignal::new(false),
            offer: RwSignal::new(None),
            pending: RwSignal::new(false),
            error: RwSignal::new(None),
        }
    }

    fn plan(self, import: ImportId, store: StoreId) -> ImportPlan {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let role = self.role.get_untracked().parse().ok();
        ImportPlan {
            import,
            store: Some(store),
            columns: self.columns.get_untracked().into_iter().map(some).collect(),
            existing: match self.existing.get_untracked().as_str() {
                BY_EMAIL => Existing::UpdateByEmail,
                BY_USERNAME => Existing::UpdateByUsername,
                _ => Existing::Reject,
            },
            group: self.groups.with_untracked(|groups| groups.first().map(|group| group.id)),
            role,
            organization: role.and_then(|_| self.place.get_untracked().parse().ok()),
            activation_mail: self.activation_mail.get_untracked(),
        }
    }

    fn check(self, steps: Steps, import: ImportId, store: StoreId) {
        self.pending.set(true);
        self.error.set(None);
        let plan = self.plan(import, store);
        spawn_local(async move {
            let started = dry_run_import(plan).await;
            let _ = self.pending.try_set(false);
            match started {
                Ok(report) => steps.job(Some(import), Some(store), report.job),
                Err(error) if sign_in_again(&error) => {}
                Err(error) => {
                    let _ = self.error.try_set(Some(error.to_string()));
                }
            }
        });
    }
}

/// The second step.
pub fn step(form: Form, steps: Steps, viewer: &Viewer, file: ImportFile) -> AnyView {
    let (import, store) = (file.id, file.store);
    if form.of.get_untracked() != Some((import, store)) {
        form.of.set(Some((import, store)));
        form.groups.set(Vec::new());
        form.columns.set(file.columns.iter().map(|column| column.guess.clone().unwrap_or_default()).collect());
    }
    if viewer.may_everywhere(Permission::AssignRoles) && form.offer.with_untracked(Option::is_none) {
        // In the browser only: the page is whole without it.
        Effect::new(move || {
            spawn_local(async move {
                if let Ok(offer) = assignable_roles().await {
                    let _ = form.offer.try_set(Some(offer));
                }
            });
        });
    }
    let may_update = viewer.may_everywhere(Permission::EditUsers);
    let may_mail = viewer.may_everywhere(Permission::SendMails);
    let may_group = viewer.may_everywhere(Permission::ManageMemberships);
    let about = format!(
        "{}: {} rows, {} columns, {}, separated by {}.",
        file.file_name,
        grouped(file.rows),
        file.columns.len(),
        file.encoding.label(),
        file.delimiter.label()
    );
    view! {
        <p class="import-about">
            {about} " "
            <a class="link" href="/admin/users/import">
                "Choose another file"
            </a>
        </p>
        <form
            class="form import-form"
            on:submit=move |event| {
                event.prevent_default();
                if !form.pending.get_untracked() {
                    form.check(steps, import, store);
                }
            }
        >
            {stores(steps, &file)} {columns(form, &file)}
            <div class="import-options">
                {may_update.then(|| existing(form))} {may_mail.then(|| activation_mail(form))}
                {may_group
                    .then(|| {
                        view! {
                            <details class="import-option">
                                <summary>"Add everybody to a group (optional)"</summary>
                                <GroupPicker
                                    id="import-group"
                                    offer=Offer::One(Some(store))
                                    chosen=form.groups
                                />
                            </details>
                        }
                    })}
                {move || form.offer.get().filter(|offer| !offer.roles.is_empty()).map(|offer| role(form, offer))}
            </div>
            {move || form.error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
            <div class="dialog-actions">
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=form.pending
                    aria-busy=move || form.pending.get().then_some("true")
                >
                    "Dry run"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// Into which store, where there are several: each has attributes of its own.
fn stores(steps: Steps, file: &ImportFile) -> Option<AnyView> {
    let (import, store) = (file.id, file.store);
    let choices: Vec<_> = file.stores.iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    let on_change = Callback::new(move |chosen: String| steps.columns(import, chosen.parse().ok()));
    (choices.len() > 1).then(|| {
        view! {
            <SelectField
                form="import"
                name="store"
                label="Identity store"
                value=store.to_string()
                choices
                on_change
            />
        }
        .into_any()
    })
}

fn activation_mail(form: Form) -> AnyView {
    view! {
        <label class="check-label">
            <input
                type="checkbox"
                class="checkbox checkbox-sm"
                autocomplete="off"
                prop:checked=form.activation_mail
                on:change=move |event| form.activation_mail.set(event_target_checked(&event))
            />
            "Send activation mail to everybody who is new"
        </label>
    }
    .into_any()
}

fn columns(form: Form, file: &ImportFile) -> AnyView {
    let mut choices = vec![Choice::new("", "Leave out")];
    choices.extend(file.targets.iter().map(|target| Choice::new(target.key.clone(), target.label.clone())));
    let rows =
        file.columns.iter().enumerate().map(|(at, column)| row(form, at, column, choices.clone())).collect_view();
    view! {
        <div class="table-frame">
            <table class="table import-columns">
                <caption class="sr-only">"The columns of the file, and what they become"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Column"</th>
                        <th scope="col">"First values"</th>
                        <th scope="col">"Becomes"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(form: Form, at: usize, column: &ImportColumn, choices: Vec<Choice>) -> AnyView {
    let name = if column.header.is_empty() { format!("Column {}", at + 1) } else { column.header.clone() };
    let label = format!("“{name}” becomes");
    let value = move || form.columns.with(|columns| columns.get(at).cloned().unwrap_or_default());
    let options = choices
        .into_iter()
        .map(|choice| {
            let key = choice.value.clone();
            view! {
                <option value=choice.value selected=move || value() == key>
                    {choice.label}
                </option>
            }
        })
        .collect_view();
    view! {
        <tr>
            <th scope="row" class="import-header">
                {name}
            </th>
            <td class="muted import-samples">{column.samples.join(" · ")}</td>
            <td>
                <select
                    class="select select-sm"
                    aria-label=label
                    prop:value=value
                    on:change=move |event| {
                        let key = event_target_value(&event);
                        form.columns
                            .update(|columns| {
                                if let Some(column) = columns.get_mut(at) {
                                    *column = key;
                                }
                            });
                    }
                >
                    {options}
                </select>
            </td>
        </tr>
    }
    .into_any()
}

fn existing(form: Form) -> AnyView {
    let choices = vec![
        Choice::new(REJECT, "Reject the row"),
        Choice::new(BY_EMAIL, "Update the account with the same e-mail"),
        Choice::new(BY_USERNAME, "Update the account with the same username"),
    ];
    view! {
        <SelectField
            form="import"
            name="existing"
            label="When somebody is there already"
            value=form.existing
            choices
            on_change=Callback::new(move |value| form.existing.set(value))
        />
        <p class="field-hint">"An empty cell changes nothing in an account that is updated."</p>
    }
    .into_any()
}

fn role(form: Form, offer: AssignableRoles) -> AnyView {
    let mut roles = vec![Choice::new("", "No role")];
    roles.extend(offer.roles.into_iter().map(|role| Choice::new(role.id.to_string(), role.name)));
    let mut places = Vec::new();
    if offer.everywhere {
        places.push(Choice::new(EVERYWHERE, "Everywhere"));
    }
    places.extend(offer.organizations.into_iter().map(|place| Choice::new(place.id.to_string(), place.name)));
    view! {
        <SelectField
            form="import"
            name="role"
            label="Assign everybody a role"
            value=form.role
            choices=roles
            on_change=Callback::new(move |value| form.role.set(value))
        />
        {move || {
            let places = places.clone();
            (!form.role.with(String::is_empty))
                .then(|| {
                    view! {
                        <SelectField
                            form="import"
                            name="where"
                            label="Where the role holds"
                            value=form.place
                            choices=places
                            on_change=Callback::new(move |value| form.place.set(value))
                        />
                    }
                })
        }}
    }
    .into_any()
}
