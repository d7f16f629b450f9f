//! **Edit** (A2): the account's fields, saved against the version that the edit began from.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::accounts::{AccountForm, EditOutcome, Profile};
use types::{AccountId, Permission};

use super::api::edit_user;
use super::edit_conflict::{Conflict, Found};
use super::fields::{AnyField, TypedFields, with_every};
use crate::ApiError;
use crate::admin::proof::{Proof, use_proof};
use crate::ui::{Toasts, sign_in_again, use_toasts};

/// The first part of the inputs' ids.
const FORM: &str = "edit";

/// What the edit began from.
#[derive(Clone, Debug, PartialEq)]
struct Base {
    id: AccountId,
    form: AccountForm,
    version: i64,
}

/// An edit under way. It belongs to the page, not to the tab: what is typed survives a look at
/// another tab.
#[derive(Clone, Copy)]
pub struct Edit {
    fields: TypedFields,
    base: RwSignal<Option<Base>>,
    /// Whether something is typed that is not saved.
    pub dirty: Memo<bool>,
    pub pending: RwSignal<bool>,
    /// What went wrong, when no field is to blame.
    pub problem: RwSignal<Option<String>>,
    pub conflict: Conflict,
    toasts: Toasts,
    proof: Proof,
    on_saved: Callback<()>,
}

impl Edit {
    /// Nothing to edit yet; `on_saved` is told when the profile has changed.
    pub fn new(on_saved: Callback<()>) -> Self {
        let fields = TypedFields::new();
        let base = RwSignal::new(None::<Base>);
        Self {
            fields,
            base,
            dirty: Memo::new(move |_| {
                let typed = fields.get();
                base.with(|base| base.as_ref().is_some_and(|base| base.form != typed))
            }),
            pending: RwSignal::new(false),
            problem: RwSignal::new(None),
            conflict: Conflict::new(),
            toasts: use_toasts(),
            proof: use_proof(),
            on_saved,
        }
    }

    /// Takes over what was loaded. What somebody is typing stays, and stays on what it began from
    /// when that has changed: saving then shows the difference.
    pub fn load(self, profile: &Profile) {
        self.fields.define(&profile.attributes);
        let loaded = Base { id: profile.id, form: self.whole(profile.form.clone()), version: profile.version };
        let typed = self.fields.get_untracked();
        match self.base.get_untracked() {
            Some(base) if base == loaded => {}
            // Disabled, unlocked or the like: only the version rose.
            Some(base) if base.id == loaded.id && base.form == loaded.form => self.base.set(Some(loaded)),
            Some(base) if base.id == loaded.id && base.form != typed => {}
            _ => self.start_from(loaded),
        }
    }

    /// With an empty value for each attribute that has none, as the inputs have it.
    fn whole(self, form: AccountForm) -> AccountForm {
        match self.fields.definitions.try_with_untracked(|known| with_every(&form.attributes, known)) {
            Some(attributes) => AccountForm { attributes, ..form },
            None => form,
        }
    }

    fn start_from(self, base: Base) {
        self.fields.set(&base.form);
        let _ = self.problem.try_set(None);
        let _ = self.base.try_set(Some(base));
    }

    /// Forgets what is typed.
    pub fn discard(self) {
        if let Some(base) = self.base.get_untracked() {
            self.start_from(base);
        }
    }

    fn save(self) {
        if let Some(base) = self.base.get_untracked()
            && self.dirty.get_untracked()
            && !self.pending.get_untracked()
            && self.fields.check(FORM)
        {
            self.send(base);
        }
    }

    /// Saves what is typed over `base`.
    fn send(self, mut base: Base) {
        let yours = self.fields.get_untracked();
        self.pending.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let outcome = loop {
                let save = || edit_user(base.id, yours.clone(), base.version);
                let outcome = match self.proof.around(save).await {
                    Ok(EditOutcome::Conflict { theirs, version }) => {
                        Ok(EditOutcome::Conflict { theirs: self.whole(theirs), version })
                    }
                    outcome => outcome,
                };
                match outcome {
                    // Disabled, unlocked or the like: nothing to choose between.
                    Ok(EditOutcome::Conflict { theirs, version }) if theirs == base.form => base.version = version,
                    outcome => break outcome,
                }
            };
            let _ = self.pending.try_set(false);
            match outcome {
                Ok(EditOutcome::Saved { version }) => {
                    self.conflict.close();
                    let _ = self.base.try_set(Some(Base { form: yours, version, ..base }));
                    self.toasts.success("Saved.");
                    self.on_saved.try_run(());
                }
                Ok(EditOutcome::Conflict { theirs, version }) => {
                    let fields = self.fields.definitions.try_with_untracked(|known| AnyField::all(known));
                    let fields = fields.unwrap_or_default();
                    self.conflict.show(Found { fields, base: base.form, theirs, yours, version });
                }
                Err(error) if sign_in_again(&error) => {}
                Err(ApiError::Invalid { errors }) => {
                    self.conflict.close();
                    let _ = self.problem.try_set(self.fields.refuse(FORM, errors));
                }
                Err(error) => {
                    let _ = self.problem.try_set(Some(error.to_string()));
                }
            }
        });
    }

    /// Goes on from what somebody else saved, with `chosen` typed over it.
    pub fn resolve(self, found: &Found, chosen: &AccountForm) {
        let Some(base) = self.base.get_untracked() else { return };
        let theirs = Base { id: base.id, form: found.theirs.clone(), version: found.version };
        self.fields.set(chosen);
        self.base.set(Some(theirs.clone()));
        if *chosen == theirs.form {
            self.keep_theirs();
        } else {
            self.send(theirs);
        }
    }

    /// Shows what somebody else saved.
    pub fn keep_theirs(self) {
        if let Some(found) = self.conflict.found() {
            let base = self.base.get_untracked();
            self.base.set(base.map(|base| Base { form: found.theirs.clone(), version: found.version, ..base }));
            self.discard();
        }
        self.conflict.close();
        self.on_saved.run(());
    }

    /// The form, or the fields as text for whoever may not edit.
    pub fn view(self, profile: &Profile) -> AnyView {
        if !profile.may(Permission::EditUsers) {
            return read_only(profile);
        }
        let idle = move || !self.dirty.get() || self.pending.get();
        view! {
            <form
                class="form profile-form"
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    self.save();
                }
            >
                {self.fields.inputs(FORM, false)}
                {move || {
                    (!self.conflict.open.get())
                        .then(|| self.problem.get())
                        .flatten()
                        .map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })
                }}
                <div class="profile-form-actions">
                    <button
                        type="submit"
                        class="btn btn-sm btn-primary"
                        disabled=idle
                        aria-busy=move || self.pending.get().then_some("true")
                    >
                        "Save"
                    </button>
                    <button type="button" class="btn btn-sm" disabled=idle on:click=move |_| self.discard()>
                        "Discard changes"
                    </button>
                </div>
            </form>
        }
        .into_any()
    }
}

fn read_only(profile: &Profile) -> AnyView {
    let fields = AnyField::all(&profile.attributes)
        .into_iter()
        .map(|field| {
            let value = field.shown(&field.of(&profile.form));
            let value = if value.is_empty() { "–".to_owned() } else { value };
            view! {
                <dt>{field.label().to_owned()}</dt>
                <dd>{value}</dd>
            }
        })
        .collect_view();
    view! { <dl class="details-list">{fields}</dl> }.into_any()
}
