//! The fields that **Add user** and **Attributes** share: what they are called, what is typed, what
//! is wrong with it.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use types::FieldErrors;
use types::accounts::AccountForm;
use types::attributes::Values;
use web_sys::HtmlElement;

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
    /// Of the custom attributes, by key.
    attributes: RwSignal<Values>,
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

    /// Fills the form in; its errors are over. Does nothing when the page has gone.
    pub fn set(self, form: &AccountForm) {
        for (field, value) in FIELDS.iter().zip(self.values) {
            let _ = value.try_set(field.of(form));
        }
        let _ = self.attributes.try_set(form.attributes.clone());
        let _ = self.errors.try_set(FieldErrors::default());
    }

    /// Whether the form can be sent; otherwise its errors are at their fields.
    pub fn check(self, form: &'static str) -> bool {
        match self.get_untracked().parse() {
            Ok(_) => {
                self.errors.set(FieldErrors::default());
                true
            }
            Err(errors) => {
                self.refuse(form, errors);
                false
            }
        }
    }

    /// Shows the errors and leads to the first; what is typed stays.
    pub fn refuse(self, form: &'static str, errors: FieldErrors) {
        let first = FIELDS.iter().find(|field| errors.get(field.name).is_some()).map(|field| field.name);
        let _ = self.errors.try_set(errors);
        if let Some(name) = first {
            focus(form, name);
        }
    }

    /// The inputs; `form` is the first part of their ids.
    pub fn inputs(self, form: &'static str, autofocus: bool) -> AnyView {
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
