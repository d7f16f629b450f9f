//! A choice from a few, with its label.

use leptos::prelude::*;

/// One option of a select: what it is on the wire, and what a person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A labelled native select.
#[component]
pub fn SelectField(
    #[prop(default = "form")] form: &'static str,
    name: &'static str,
    label: &'static str,
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// Told of the person's choice; the caller changes `value`.
    on_change: Callback<String>,
    /// The label is for screen readers only.
    #[prop(optional)]
    bare: bool,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let id = format!("{form}-{name}");
    let error_id = format!("{id}-error");
    let described_by = error_id.clone();
    view! {
        <div class=if bare { "field-bare" } else { "field" }>
            <label class=if bare { "sr-only" } else { "field-label" } for=id.clone()>{label}</label>
            <select
                id=id
                name=name
                class="select select-sm"
                disabled=disabled
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || error.with(Option::is_some).then(|| described_by.clone())
                prop:value=value
                on:change=move |event| on_change.run(event_target_value(&event))
            >
                {move || {
                    let chosen = value.get();
                    choices
                        .get()
                        .into_iter()
                        .map(|choice| {
                            let selected = choice.value == chosen;
                            view! { <option value=choice.value selected=selected>{choice.label}</option> }
                        })
                        .collect_view()
                }}
            </select>
            {move || {
                let id = error_id.clone();
                error.get().map(|error| view! { <p class="field-error" id=id>{error}</p> })
            }}
        </div>
    }
    .into_any()
}
