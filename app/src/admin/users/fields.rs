//! The fields that **Add user** and **Attributes** share, built-in and custom: what they are called,
//! what is typed, what is wrong with it.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use types::FieldErrors;
use types::accounts::AccountForm;
use types::attributes::{AttributeDefinition, Values};
use web_sys::HtmlElement;

use super::attribute_inputs;
use crate::ui::TextField;

/// One field of [`AccountForm`].
#[derive(Clone, Copy)]
pub struct Field {
    /// As in `FieldErrors` and in events.
    pub name: &'static str,
    pub label: &'static str,
    kind: &'static str,
    hint: Option<&'static str>,
    required: bool,
    read: fn(&AccountForm) -> &String,
    write: fn(&mut AccountForm) -> &mut String,
}

impl Field {
    pub fn of(&self, form: &AccountForm) -> String {
        (self.read)(form).clone()
    }

    pub fn put(&self, form: &mut AccountForm, value: String) {
        *(self.write)(form) = value;
    }
}

pub const FIELD_COUNT: usize = 5;

/// In the order of the form.
pub static FIELDS: [Field; FIELD_COUNT] = [
    Field {
        name: "email",
        label: "Email",
        kind: "email",
        hint: None,
        required: true,
        read: |form| &form.email,
        write: |form| &mut form.email,
    },
    Field {
        name: "username",
        label: "Username",
        kind: "text",
        hint: Some("Another name to sign in with."),
        required: false,
        read: |form| &form.username,
        write: |form| &mut form.username,
    },
    Field {
        name: "first_name",
        label: "First name",
        kind: "text",
        hint: None,
        required: false,
        read: |form| &form.first_name,
        write: |form| &mut form.first_name,
    },
    Field {
        name: "last_name",
        label: "Last name",
        kind: "text",
        hint: None,
        required: false,
        read: |form| &form.last_name,
        write: |form| &mut form.last_name,
    },
    Field {
        name: "phone",
        label: "Phone",
        kind: "tel",
        hint: Some("With its country code, such as +41 44 668 18 00."),
        required: false,
        read: |form| &form.phone,
        write: |form| &mut form.phone,
    },
];

/// What is typed into a form, and the errors of its fields.
#[derive(Clone, Copy)]
pub struct TypedFields {
    values: [RwSignal<String>; FIELD_COUNT],
    /// Of the custom attributes, by key: every one that is shown, the empty ones too.
    pub attributes: RwSignal<Values>,
    /// The custom attributes that are shown.
    pub definitions: RwSignal<Vec<AttributeDefinition>>,
    pub errors: RwSignal<FieldErrors>,
    /// Each field's own error. They live as long as the values, not as the inputs: those of a view
    /// that is being replaced still listen.
    error_of: [Signal<Option<String>>; FIELD_COUNT],
}

impl TypedFields {
    pub fn new() -> Self {
        let errors = RwSignal::new(FieldErrors::default());
        let error_of =
            |at: usize| Signal::derive(move || errors.with(|errors| errors.get(FIELDS[at].name).map(str::to_owned)));
        Self {
            values: std::array::from_fn(|_| RwSignal::new(String::new())),
            attributes: RwSignal::new(Values::new()),
            definitions: RwSignal::new(Vec::new()),
            errors,
            error_of: std::array::from_fn(error_of),
        }
    }

    pub fn get(self) -> AccountForm {
        AccountForm { attributes: self.attributes.get(), ..self.form(|value| value.get()) }
    }

    pub fn get_untracked(self) -> AccountForm {
        AccountForm { attributes: self.attributes.get_untracked(), ..self.form(|value| value.get_untracked()) }
    }

    fn form(self, read: impl Fn(RwSignal<String>) -> String) -> AccountForm {
        let mut form = AccountForm::default();
        for (field, value) in FIELDS.iter().zip(self.values) {
            field.put(&mut form, read(value));
        }
        form
    }

    /// Shows these custom attributes. What is typed into those that stay stays.
    pub fn define(self, definitions: &[AttributeDefinition]) {
        if self.definitions.try_with_untracked(|known| known != definitions) == Some(true) {
            let _ = self.attributes.try_update(|values| *values = with_every(values, definitions));
            let _ = self.definitions.try_set(definitions.to_vec());
        }
    }

    /// Fills the form in; its errors are over. Does nothing when the page has gone.
    pub fn set(self, form: &AccountForm) {
        for (field, value) in FIELDS.iter().zip(self.values) {
            let _ = value.try_set(field.of(form));
        }
        if let Some(values) = self.definitions.try_with_untracked(|known| with_every(&form.attributes, known)) {
            let _ = self.attributes.try_set(values);
        }
        let _ = self.errors.try_set(FieldErrors::default());
    }

    /// Whether the form can be sent; otherwise its errors are at their fields.
    pub fn check(self, form: &'static str) -> bool {
        let typed = self.get_untracked();
        let mut errors = typed.parse().err().unwrap_or_default();
        self.definitions.with_untracked(|definitions| {
            for one in definitions.iter().filter(|one| one.console_editable) {
                match typed.attributes.get(&one.key).map_or(Ok(None), |text| one.parse(text)) {
                    Ok(None) if one.required => errors.add(&one.key, "Please fill in this field."),
                    Ok(_) => {}
                    Err(message) => errors.add(&one.key, message),
                }
            }
        });
        let fine = errors.is_empty();
        self.refuse(form, errors);
        fine
    }

    /// Shows the errors and leads to the first; what is typed stays. Gives what is said of fields
    /// that are not on the screen: of attributes that have gone meanwhile.
    pub fn refuse(self, form: &'static str, errors: FieldErrors) -> Option<String> {
        let known = self.definitions.try_with_untracked(|known| names(known))?;
        let first = known.iter().find(|name| errors.get(name).is_some());
        let lost = errors.0.iter().find(|(name, _)| !known.contains(name));
        let lost = lost.map(|(name, message)| format!("{name}: {message}"));
        if let Some(name) = first {
            focus(form, name);
        }
        let _ = self.errors.try_set(errors);
        lost
    }

    /// The inputs; `form` is the first part of their ids.
    pub fn inputs(self, form: &'static str, autofocus: bool) -> AnyView {
        let built_in = self.built_in(form, autofocus);
        view! {
            <div class="form-grid">{built_in}</div>
            {attribute_inputs::view(self, form)}
        }
        .into_any()
    }

    fn built_in(self, form: &'static str, autofocus: bool) -> AnyView {
        FIELDS
            .iter()
            .zip(self.values)
            .enumerate()
            .map(|(at, (field, value))| {
                let name = field.name;
                let error = self.error_of[at];
                let autofocus = autofocus && at == 0;
                let required = field.required;
                let (label, kind, autocomplete) = (field.label, field.kind, "off");
                if name == "phone" {
                    return self.phone(form, value, error);
                }
                match field.hint {
                    Some(hint) => {
                        view! { <TextField form name label value kind hint error required autofocus autocomplete /> }
                            .into_any()
                    }
                    None => view! { <TextField form name label value kind error required autofocus autocomplete /> }
                        .into_any(),
                }
            })
            .collect_view()
            .into_any()
    }
}

impl TypedFields {
    /// The country beside the number, under one label.
    fn phone(self, form: &'static str, value: RwSignal<String>, error: Signal<Option<String>>) -> AnyView {
        let label = "Country of the phone".to_owned();
        let country = attribute_inputs::country_select(label, move || value.get(), move |number| value.set(number));
        view! {
            <div class="phone-field">
                {country}
                <TextField
                    form
                    name="phone"
                    label="Phone"
                    value
                    kind="tel"
                    hint="With its country code, such as +41 44 668 18 00."
                    error
                    autocomplete="off"
                />
            </div>
        }
        .into_any()
    }
}

/// Every shown attribute, with an empty value where there is none: so that emptying one is sent, and
/// two forms can be compared.
pub fn with_every(values: &Values, definitions: &[AttributeDefinition]) -> Values {
    let value = |key: &String| values.get(key).cloned().unwrap_or_default();
    definitions.iter().map(|one| (one.key.clone(), value(&one.key))).collect()
}

fn names(definitions: &[AttributeDefinition]) -> Vec<String> {
    let custom = definitions.iter().map(|one| one.key.clone());
    FIELDS.iter().map(|field| field.name.to_owned()).chain(custom).collect()
}

/// A field of either kind, for what goes through all of them.
#[derive(Clone, Debug)]
pub enum AnyField {
    BuiltIn(usize),
    Custom(AttributeDefinition),
}

impl AnyField {
    pub fn all(definitions: &[AttributeDefinition]) -> Vec<Self> {
        (0..FIELD_COUNT).map(Self::BuiltIn).chain(definitions.iter().cloned().map(Self::Custom)).collect()
    }

    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(at) => FIELDS[*at].name,
            Self::Custom(definition) => &definition.key,
        }
    }

    pub fn label(&self) -> &str {
        match self {
            Self::BuiltIn(at) => FIELDS[*at].label,
            Self::Custom(definition) => &definition.label,
        }
    }

    pub fn of(&self, form: &AccountForm) -> String {
        match self {
            Self::BuiltIn(at) => FIELDS[*at].of(form),
            Self::Custom(definition) => form.attributes.get(&definition.key).cloned().unwrap_or_default(),
        }
    }

    pub fn put(&self, form: &mut AccountForm, value: String) {
        match self {
            Self::BuiltIn(at) => FIELDS[*at].put(form, value),
            Self::Custom(definition) => {
                form.attributes.insert(definition.key.clone(), value);
            }
        }
    }

    /// A value as a person reads it.
    pub fn shown(&self, value: &str) -> String {
        match self {
            Self::BuiltIn(_) => value.to_owned(),
            Self::Custom(definition) => definition.shown(value),
        }
    }
}

/// Puts the focus into a field.
pub fn focus(form: &str, name: &str) {
    focus_id(&format!("{form}-{name}"));
}

/// Puts the focus on an element, after dialogs that close right now have given theirs back.
pub fn focus_id(id: &str) {
    let id = id.to_owned();
    request_animation_frame(move || {
        let element = document().get_element_by_id(&id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(element) = element {
            let _ = element.focus();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reads_what_it_writes() {
        let mut form = AccountForm::default();
        for field in &FIELDS {
            field.put(&mut form, field.name.to_owned());
        }
        for field in &FIELDS {
            assert_eq!(field.of(&form), field.name);
        }
        let errors = form.parse().unwrap_err();
        assert!(errors.0.keys().all(|name| FIELDS.iter().any(|field| field.name == name)));
    }
}
