//! The store's attributes in a plain form (E1): those the holder may change as inputs, the others as
//! they are.

use leptos::prelude::*;
use types::attributes::{AttributeDefinition, AttributeKind, Values};

use crate::plain::Problem;

/// By section, each where its first attribute stands.
pub fn attribute_fields(definitions: &[AttributeDefinition], values: &Values, problem: &Problem) -> AnyView {
    let mut sections: Vec<(&str, Vec<&AttributeDefinition>)> = Vec::new();
    for one in definitions {
        match sections.iter_mut().find(|(heading, _)| *heading == one.section) {
            Some((_, ones)) => ones.push(one),
            None => sections.push((&one.section, vec![one])),
        }
    }
    sections
        .into_iter()
        .map(|(heading, ones)| {
            let fields = ones.into_iter().map(|one| field(one, values, problem)).collect_view();
            let legend = if heading.is_empty() { "More" } else { heading }.to_owned();
            view! {
                <fieldset class="plain-section">
                    <legend class=if heading.is_empty() { "sr-only" } else { "plain-legend" }>{legend}</legend>
                    {fields}
                </fieldset>
            }
        })
        .collect_view()
        .into_any()
}

fn field(definition: &AttributeDefinition, values: &Values, problem: &Problem) -> AnyView {
    let value = values.get(&definition.key).cloned().unwrap_or_default();
    let label = definition.label.clone();
    if !definition.holder_editable {
        let shown = definition.shown(&value);
        return view! {
            <div class="plain-field">
                <span class="plain-label">{label}</span>
                {if shown.is_empty() {
                    view! { <span class="muted">"Not set"</span> }.into_any()
                } else {
                    view! { <bdi class="plain-fixed">{shown}</bdi> }.into_any()
                }}
            </div>
        }
        .into_any();
    }
    let id = format!("field-{}", definition.key);
    let error = problem.at(&definition.key);
    let hint = Some(hint(definition)).filter(|hint| !hint.is_empty());
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by: Vec<_> =
        error.iter().map(|_| error_id.clone()).chain(hint.iter().map(|_| hint_id.clone())).collect();
    let described_by = (!described_by.is_empty()).then(|| described_by.join(" "));
    let wrong = error.is_some().then_some("true");
    let above = view! {
        {hint.map(|hint| view! { <p class="plain-hint" id=hint_id>{hint}</p> })}
        {error.map(|error| view! { <p class="plain-error" id=error_id>{error}</p> })}
    };
    let optional = (!definition.required).then(|| view! { <span class="plain-optional">" (optional)"</span> });
    if definition.kind == AttributeKind::MultipleChoice {
        return view! {
            <fieldset class="plain-field" aria-describedby=described_by>
                <legend class="plain-label">{label} {optional}</legend>
                {above}
                {several(definition, &id, &value)}
            </fieldset>
        }
        .into_any();
    }
    let name = definition.key.clone();
    let required = definition.required;
    let control = match definition.kind {
        AttributeKind::Choice | AttributeKind::YesNo => {
            let options = options(definition, &value);
            view! {
                <select
                    id=id.clone()
                    name=name
                    class="select plain-input"
                    required=required
                    aria-invalid=wrong
                    aria-describedby=described_by
                >
                    {options}
                </select>
            }
            .into_any()
        }
        kind => view! {
            <input
                id=id.clone()
                name=name
                type=input_type(kind)
                inputmode=(kind == AttributeKind::Number).then_some("decimal")
                value=value
                class="input plain-input"
                required=required
                aria-invalid=wrong
                aria-describedby=described_by
            />
        }
        .into_any(),
    };
    view! {
        <div class="plain-field">
            <label class="plain-label" for=id>
                {label}
                {optional}
            </label>
            {above}
            {control}
        </div>
    }
    .into_any()
}

fn hint(definition: &AttributeDefinition) -> String {
    match (definition.hint.as_str(), definition.kind) {
        ("", AttributeKind::Phone) => "With its country code, such as +41 44 668 18 00.".into(),
        (hint, _) => hint.into(),
    }
}

fn input_type(kind: AttributeKind) -> &'static str {
    match kind {
        AttributeKind::Date => "date",
        AttributeKind::Email => "email",
        AttributeKind::Phone => "tel",
        AttributeKind::Url => "url",
        _ => "text",
    }
}

fn options(definition: &AttributeDefinition, value: &str) -> AnyView {
    let known: Vec<(String, String)> = match definition.kind {
        AttributeKind::YesNo => vec![("true".into(), "Yes".into()), ("false".into(), "No".into())],
        _ => definition.choices.iter().map(|choice| (choice.clone(), choice.clone())).collect(),
    };
    // A value that is no choice any more is still what is stored.
    let gone = (!value.is_empty() && known.iter().all(|(one, _)| one != value)).then(|| (value.into(), value.into()));
    [(String::new(), "–".to_owned())]
        .into_iter()
        .chain(known)
        .chain(gone)
        .map(|(one, label)| {
            let selected = one == value;
            view! {
                <option value=one selected=selected>
                    {label}
                </option>
            }
        })
        .collect_view()
        .into_any()
}

/// The empty value says that the field was on the form, when nothing is ticked.
fn several(definition: &AttributeDefinition, id: &str, value: &str) -> AnyView {
    let boxes = definition
        .choices
        .iter()
        .enumerate()
        .map(|(at, choice)| {
            let id = if at == 0 { id.to_owned() } else { format!("{id}-{at}") };
            let checked = value.lines().any(|line| line == choice);
            view! {
                <label class="plain-check">
                    <input
                        id=id
                        type="checkbox"
                        class="checkbox"
                        name=definition.key.clone()
                        value=choice.clone()
                        checked=checked
                    />
                    {choice.clone()}
                </label>
            }
        })
        .collect_view();
    view! {
        <input type="hidden" name=definition.key.clone() value="" />
        {boxes}
    }
    .into_any()
}
