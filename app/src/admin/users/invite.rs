//! **Invite user** (A1): name, e-mail, role, organization; the invitation goes out at once.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::StoreId;
use types::accounts::{AccountForm, AssignableRoles, InviteForm};

use super::api::{assignable_roles, attribute_definitions, invite_user};
use super::attribute_inputs;
use super::fields::TypedFields;
use crate::ApiError;
use crate::admin::proof::{Proof, use_proof};
use crate::ui::{Choice, Dialog, SelectField, TextField, Toasts, sign_in_again, use_toasts};

/// The first part of the inputs' ids.
const FORM: &str = "invite-user";

/// What is typed; it outlives the dialog's content.
#[derive(Clone, Copy)]
struct Typed {
    first_name: RwSignal<String>,
    last_name: RwSignal<String>,
    email: RwSignal<String>,
    role: RwSignal<String>,
    organization: RwSignal<String>,
    /// The attributes that the store requires, and everybody's errors.
    fields: TypedFields,
    problem: RwSignal<Option<String>>,
    pending: RwSignal<bool>,
    /// What the store requires has come: without it there is nothing to send.
    ready: RwSignal<bool>,
    /// What may be given; empty until it has come, and for those who may give none.
    offer: RwSignal<Option<AssignableRoles>>,
    toasts: Toasts,
    proof: Proof,
    /// Where the account is added; `None`: the default store.
    store: Signal<Option<StoreId>>,
}

impl Typed {
    fn form(self) -> InviteForm {
        InviteForm {
            first_name: self.first_name.get_untracked(),
            last_name: self.last_name.get_untracked(),
            email: self.email.get_untracked(),
            role: self.role.with_untracked(|role| role.parse().ok()),
            organization: self.organization.with_untracked(|organization| organization.parse().ok()),
            store: self.store.get_untracked(),
            attributes: self.fields.attributes.get_untracked(),
        }
    }

    /// Nothing is typed yet.
    fn clear(self) {
        for field in [self.first_name, self.last_name, self.email, self.role, self.organization] {
            let _ = field.try_set(String::new());
        }
        self.fields.set(&AccountForm::default());
    }

    /// Esc closes the dialog, and loses nothing: what was typed is there when it opens again.
    fn begin(self) {
        self.problem.set(None);
        self.ready.set(false);
    }

    /// The rest can be filled in later, by whoever comes.
    async fn ask_what_is_required(self) {
        match attribute_definitions(self.store.get_untracked()).await {
            Ok(mut found) => {
                found.retain(|one| one.required && one.console_editable);
                if self.ready.try_set(true).is_none() {
                    self.fields.define(&found);
                }
            }
            Err(error) if sign_in_again(&error) => {}
            Err(error) => _ = self.problem.try_set(Some(format!("{error} Close this and open it again."))),
        }
    }
}

/// The dialog; the account is added to `store`, `on_invited` lets a list show it.
#[component]
pub fn InviteUserDialog(
    open: RwSignal<bool>,
    store: Signal<Option<StoreId>>,
    on_invited: Callback<()>,
) -> impl IntoView {
    let text = || RwSignal::new(String::new());
    let typed = Typed {
        first_name: text(),
        last_name: text(),
        email: text(),
        role: text(),
        organization: text(),
        fields: TypedFields::new(),
        problem: RwSignal::new(None),
        pending: RwSignal::new(false),
        ready: RwSignal::new(false),
        offer: RwSignal::new(None),
        toasts: use_toasts(),
        proof: use_proof(),
        store,
    };
    Effect::new(move || {
        if open.get() {
            typed.begin();
            spawn_local(typed.ask_what_is_required());
        }
    });
    // Who may give no roles invites without one.
    spawn_local(async move {
        if let Ok(offer) = assignable_roles().await {
            let _ = typed.offer.try_set(Some(offer));
        }
    });
    let errors = typed.fields.errors;
    let error = |name: &'static str| Signal::derive(move || errors.with(|errors| errors.get(name).map(str::to_owned)));
    let (first_error, last_error, email_error) = (error("first_name"), error("last_name"), error("email"));
    let roles = Signal::derive(move || {
        choices(typed, "No role", |offer| {
            offer.roles.iter().map(|role| Choice::new(role.id.to_string(), role.name.clone())).collect()
        })
    });
    let organizations = Signal::derive(move || {
        choices(typed, "No organization", |offer| {
            offer.organizations.iter().map(|place| Choice::new(place.id.to_string(), place.name.clone())).collect()
        })
    });
    view! {
        <Dialog open id="invite-user-dialog" title="Invite user" keeps_input=true>
            <form
                class="form"
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    invite(typed, open, on_invited);
                }
            >
                <div class="form-grid">
                    <TextField
                        form=FORM
                        name="first_name"
                        label="First name"
                        value=typed.first_name
                        error=first_error
                        autocomplete="off"
                        autofocus=true
                    />
                    <TextField
                        form=FORM
                        name="last_name"
                        label="Last name"
                        value=typed.last_name
                        error=last_error
                        autocomplete="off"
                    />
                </div>
                <TextField
                    form=FORM
                    name="email"
                    label="Email"
                    kind="email"
                    hint="The invitation goes there, with a link to choose a password."
                    value=typed.email
                    error=email_error
                    autocomplete="off"
                    required=true
                />
                {attribute_inputs::view(typed.fields, FORM)}
                <SelectField
                    form=FORM
                    name="role"
                    label="Role"
                    value=typed.role
                    choices=roles
                    on_change=Callback::new(move |value| typed.role.set(value))
                />
                <SelectField
                    form=FORM
                    name="organization"
                    label="Organization"
                    value=typed.organization
                    choices=organizations
                    on_change=Callback::new(move |value| typed.organization.set(value))
                />
                <p class="field-hint">
                    "They become a member of the organization, and the role holds there; without one it holds everywhere."
                </p>
                {move || typed.problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
                <div class="dialog-actions">
                    <button
                        type="button"
                        class="btn btn-sm"
                        on:click=move |_| {
                            typed.clear();
                            open.set(false);
                        }
                    >
                        "Cancel"
                    </button>
                    <button
                        type="submit"
                        class="btn btn-sm btn-primary"
                        disabled=move || typed.pending.get() || !typed.ready.get()
                        aria-busy=move || typed.pending.get().then_some("true")
                    >
                        "Send invitation"
                    </button>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}

fn choices(typed: Typed, none: &'static str, offered: fn(&AssignableRoles) -> Vec<Choice>) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", none)];
    choices.extend(typed.offer.with(|offer| offer.as_ref().map(offered)).unwrap_or_default());
    choices
}

fn invite(typed: Typed, open: RwSignal<bool>, on_invited: Callback<()>) {
    if typed.pending.get_untracked() || !typed.ready.get_untracked() {
        return;
    }
    let form = typed.form();
    typed.pending.set(true);
    typed.problem.set(None);
    spawn_local(async move {
        let email = form.email.trim().to_owned();
        let invited = typed.proof.around(|| invite_user(form.clone())).await;
        let _ = typed.pending.try_set(false);
        match invited {
            Ok(id) => {
                let href = format!("/admin/users/{id}/attributes");
                typed.toasts.with_link(format!("{email} was invited."), "Open profile", href);
                typed.clear();
                let _ = open.try_set(false);
                on_invited.try_run(());
            }
            Err(error) if sign_in_again(&error) => {}
            Err(ApiError::Invalid { errors }) => _ = typed.problem.try_set(typed.fields.refuse(FORM, errors)),
            Err(error) => _ = typed.problem.try_set(Some(error.to_string())),
        }
    });
}
