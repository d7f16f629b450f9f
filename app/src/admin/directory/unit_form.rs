//! The dialog that creates and changes a group or organization. The second of two who change the
//! same one sees the difference and chooses.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::FieldErrors;
use types::directory::{Saved, Unit, UnitForm, UnitKind, UnitName, UnitView};
use types::stores::StoreRow;

use super::api::{create_unit, edit_unit, group_options};
use super::units::capital;
use crate::admin::stores::api::list_stores;
use crate::ui::{Choice, Dialog, SelectField, TextField, sign_in_again};

/// The dialog's state, for as long as the page is there.
#[derive(Clone, Copy)]
pub struct Editing {
    pub kind: UnitKind,
    open: RwSignal<bool>,
    /// What is changed, and the version that it began from; `None`: a new one.
    of: RwSignal<Option<(Unit, i64)>>,
    name: RwSignal<String>,
    description: RwSignal<String>,
    /// The id of the group around it; empty: none.
    parent: RwSignal<String>,
    options: RwSignal<Vec<UnitName>>,
    /// Whose people a new group is for: the id of an identity store; empty: the default one.
    store: RwSignal<String>,
    stores: RwSignal<Vec<StoreRow>>,
    theirs: RwSignal<Option<UnitForm>>,
    errors: RwSignal<FieldErrors>,
    error: RwSignal<Option<String>>,
    pending: RwSignal<bool>,
    on_created: Callback<Unit>,
    on_changed: Callback<()>,
}

impl Editing {
    pub fn new(kind: UnitKind, on_created: Callback<Unit>, on_changed: Callback<()>) -> Self {
        Self {
            kind,
            open: RwSignal::new(false),
            of: RwSignal::new(None),
            name: RwSignal::new(String::new()),
            description: RwSignal::new(String::new()),
            parent: RwSignal::new(String::new()),
            options: RwSignal::new(Vec::new()),
            store: RwSignal::new(String::new()),
            stores: RwSignal::new(Vec::new()),
            theirs: RwSignal::new(None),
            errors: RwSignal::new(FieldErrors::default()),
            error: RwSignal::new(None),
            pending: RwSignal::new(false),
            on_created,
            on_changed,
        }
    }

    pub fn create(self) {
        self.begin(None, &UnitForm::default());
    }

    pub fn change(self, view: &UnitView) {
        self.begin(Some((view.unit, view.version)), &view.form);
    }

    fn begin(self, of: Option<(Unit, i64)>, form: &UnitForm) {
        self.of.set(of);
        self.fill(form);
        self.theirs.set(None);
        self.errors.set(FieldErrors::default());
        self.error.set(None);
        self.store.set(String::new());
        self.open.set(true);
        if self.kind == UnitKind::Group {
            // Who may not see them makes groups in the default one.
            spawn_local(async move {
                if let Ok(stores) = list_stores().await {
                    let _ = self.stores.try_set(stores);
                }
            });
            spawn_local(async move {
                match group_options().await {
                    Ok(options) => {
                        let _ = self.options.try_set(options);
                    }
                    Err(error) if sign_in_again(&error) => {}
                    Err(error) => {
                        let _ = self.error.try_set(Some(error.to_string()));
                    }
                }
            });
        }
    }

    fn fill(self, form: &UnitForm) {
        self.name.set(form.name.clone());
        self.description.set(form.description.clone());
        self.parent.set(form.parent.map(|id| id.to_string()).unwrap_or_default());
    }

    fn form(self) -> UnitForm {
        UnitForm {
            name: self.name.get_untracked(),
            description: self.description.get_untracked(),
            parent: self.parent.get_untracked().parse().ok(),
            store: self.store.get_untracked().parse().ok(),
        }
    }

    fn save(self) {
        if self.pending.get_untracked() {
            return;
        }
        let form = self.form();
        self.errors.set(FieldErrors::default());
        self.error.set(None);
        if let Err(errors) = form.parse() {
            return self.errors.set(errors);
        }
        self.pending.set(true);
        let of = self.of.get_untracked();
        spawn_local(async move {
            let outcome = match of {
                None => create_unit(self.kind, form).await.map(Outcome::Created),
                Some((unit, version)) => edit_unit(unit, form, version).await.map(|saved| match saved {
                    Saved::Saved { .. } => Outcome::Changed,
                    Saved::Conflict { theirs, version } => Outcome::Conflict(unit, theirs, version),
                }),
            };
            if self.pending.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(Outcome::Created(unit)) => {
                    self.open.set(false);
                    self.on_created.run(unit);
                }
                Ok(Outcome::Changed) => {
                    self.open.set(false);
                    self.on_changed.run(());
                }
                Ok(Outcome::Conflict(unit, theirs, version)) => {
                    self.of.set(Some((unit, version)));
                    self.theirs.set(Some(theirs));
                }
                Err(error) if sign_in_again(&error) => {}
                Err(error) if !error.fields().is_empty() => self.errors.set(error.fields()),
                Err(error) => self.error.set(Some(error.to_string())),
            }
        });
    }

    fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.errors.with(|errors| errors.get(field).map(str::to_owned)))
    }
}

enum Outcome {
    Created(Unit),
    Changed,
    Conflict(Unit, UnitForm, i64),
}

pub fn dialog(editing: Editing) -> AnyView {
    let title = Signal::derive(move || match editing.of.get() {
        None => format!("Create {}", editing.kind.word()),
        Some(_) => format!("Edit {}", editing.kind.word()),
    });
    view! {
        <Dialog open=editing.open id="unit-form" title keeps_input=true>
            {form(editing)}
        </Dialog>
    }
    .into_any()
}

fn form(editing: Editing) -> AnyView {
    let parent = (editing.kind == UnitKind::Group).then(|| {
        let choices = Signal::derive(move || {
            let itself = editing.of.get().map(|(unit, _)| unit);
            let mut choices = vec![Choice::new("", "No other group")];
            choices.extend(editing.options.with(|options| {
                options
                    .iter()
                    .filter(|group| Some(group.unit) != itself)
                    .map(|group| Choice::new(group.unit.to_string(), group.name.clone()))
                    .collect::<Vec<_>>()
            }));
            choices
        });
        view! {
            <SelectField
                form="unit"
                name="parent"
                label="Inside"
                value=editing.parent
                choices
                on_change=Callback::new(move |value| editing.parent.set(value))
                error=editing.error_of("parent")
            />
        }
    });
    view! {
        <form
            class="form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                editing.save();
            }
        >
            {move || editing.theirs.get().map(|theirs| conflict(editing, theirs))}
            <TextField
                form="unit"
                name="name"
                label="Name"
                value=editing.name
                error=editing.error_of("name")
                autocomplete="off"
                required=true
                autofocus=true
            />
            <TextField
                form="unit"
                name="description"
                label="Description"
                value=editing.description
                error=editing.error_of("description")
                autocomplete="off"
            />
            {parent}
            {store_choice(editing)}
            {move || editing.error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| editing.open.set(false)>
                    "Cancel"
                </button>
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=editing.pending
                    aria-busy=move || editing.pending.get().then_some("true")
                >
                    {move || match (editing.of.get(), editing.theirs.with(Option::is_some)) {
                        (None, _) => "Create",
                        (Some(_), true) => "Save mine over theirs",
                        (Some(_), false) => "Save",
                    }}
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// Of a new group, where there are several stores; a group inside another one is in its store.
fn store_choice(editing: Editing) -> AnyView {
    let several = Memo::new(move |_| {
        let is_new = editing.kind == UnitKind::Group && editing.of.with(Option::is_none);
        is_new && editing.parent.with(String::is_empty) && editing.stores.with(|stores| stores.len() > 1)
    });
    let choices = Signal::derive(move || {
        let choice = |store: &StoreRow| {
            // The default one is what comes of choosing none.
            let value = if store.is_default { String::new() } else { store.id.to_string() };
            Choice::new(value, store.name.clone())
        };
        editing.stores.with(|stores| stores.iter().map(choice).collect::<Vec<_>>())
    });
    let choice = move || {
        several.get().then(|| {
            view! {
                <SelectField
                    form="unit"
                    name="store"
                    label="Identity store"
                    value=editing.store
                    choices
                    on_change=Callback::new(move |value| editing.store.set(value))
                />
            }
        })
    };
    choice.into_any()
}

/// What somebody else has saved meanwhile, field by field.
fn conflict(editing: Editing, theirs: UnitForm) -> AnyView {
    let kind = capital(editing.kind).to_lowercase();
    let mut lines = vec![("Name", theirs.name.clone()), ("Description", theirs.description.clone())];
    if editing.kind == UnitKind::Group {
        let parent = theirs.parent.and_then(|id| {
            let named = |options: &Vec<UnitName>| {
                options.iter().find(|group| group.unit == Unit::Group(id)).map(|group| group.name.clone())
            };
            editing.options.with_untracked(named)
        });
        lines.push(("Inside", parent.unwrap_or_else(|| "No other group".to_owned())));
    }
    let lines = lines
        .into_iter()
        .map(|(label, value)| {
            let value = if value.is_empty() { "(empty)".to_owned() } else { value };
            view! {
                <dt>{label}</dt>
                <dd>{value}</dd>
            }
        })
        .collect_view();
    view! {
        <div class="conflict-note" role="alert">
            <p>
                <strong>{format!("Somebody else changed this {kind} meanwhile.")}</strong>
                " Theirs is:"
            </p>
            <dl class="details-list">{lines}</dl>
            <button
                type="button"
                class="btn btn-sm"
                on:click=move |_| {
                    editing.fill(&theirs);
                    editing.theirs.set(None);
                }
            >
                "Take theirs"
            </button>
        </div>
    }
    .into_any()
}
