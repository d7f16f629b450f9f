//! Typed inputs for the custom attributes of a store, under the headings of their sections (P4).

use leptos::prelude::*;
use types::attributes::{AttributeDefinition, AttributeKind};
use types::countries;

use super::fields::TypedFields;

/// All of them; those that cannot be changed here are shown.
pub fn view(fields: TypedFields, form: &'static str) -> AnyView {
    let sections = move || {
        fields.definitions.with(|definitions| {
            sections(definitions)
                .into_iter()
                .map(|(heading, definitions)| {
                    let inputs = definitions.into_iter().map(|one| input(fields, form, one)).collect_view();
                    let (class, heading) = match heading.as_str() {
                        "" => ("sr-only", "More".to_owned()),
                        _ => ("field-section-title", heading),
                    };
                    view! {
                        <fieldset class="field-section">
                            <legend class=class>{heading}</legend>
                            <div class="form-grid">{inputs}</div>
                        </fieldset>
                    }
                })
                .collect_view()
        })
    };
    sections.into_any()
}

/// The attributes by section, each where its first one stands.
pub fn sections(definitions: &[AttributeDefinition]) -> Vec<(String, Vec<AttributeDefinition>)> {
    let mut sections: Vec<(String, Vec<AttributeDefinition>)> = Vec::new();
    for one in definitions {
        match sections.iter_mut().find(|(heading, _)| *heading == one.section) {
            Some((_, ones)) => ones.push(one.clone()),
            None => sections.push((one.section.clone(), vec![one.clone()])),
        }
    }
    sections
}

/// Reads and writes one value of the form, and its error.
#[derive(Clone)]
struct Bound {
    fields: TypedFields,
    id: String,
    key: String,
    hint: String,
}

impl Bound {
    fn value(&self) -> String {
        self.fields.attributes.with(|values| values.get(&self.key).cloned().unwrap_or_default())
    }

    fn set(&self, value: String) {
        self.fields.attributes.update(|values| {
            values.insert(self.key.clone(), value);
        });
    }

    fn error(&self) -> Option<String> {
        self.fields.errors.with(|errors| errors.get(&self.key).map(str::to_owned))
    }

    fn is_wrong(&self) -> Option<&'static str> {
        self.error().map(|_| "true")
    }

    fn described_by(&self) -> Option<String> {
        let error = self.error().map(|_| format!("{}-error", self.id));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let ids: Vec<_> = error.into_iter().chain(hint).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

fn input(fields: TypedFields, form: &'static str, definition: AttributeDefinition) -> AnyView {
    let hint = definition.hint.clone();
    let bound = Bound { fields, id: format!("{form}-{}", definition.key), key: definition.key.clone(), hint };
    if !definition.console_editable {
        return fixed(bound, definition);
    }
    let control = match definition.kind {
        AttributeKind::MultipleChoice => return several(bound, definition),
        AttributeKind::YesNo => {
            select(&bound, vec![("true".into(), "Yes".into()), ("false".into(), "No".into())], definition.required)
        }
        AttributeKind::Choice => {
            let options = definition.choices.iter().map(|choice| (choice.clone(), choice.clone())).collect();
            select(&bound, options, definition.required)
        }
        AttributeKind::Phone => {
            let (reads, writes) = (bound.clone(), bound.clone());
            let label = format!("{}: country", definition.label);
            let country = country_select(label, move || reads.value(), move |value| writes.set(value));
            view! { <div class="phone-input">{country} {plain(&bound, &definition)}</div> }.into_any()
        }
        _ => plain(&bound, &definition),
    };
    view! {
        <div class="field">
            <label class="field-label" for=bound.id.clone()>
                {definition.label.clone()}
            </label>
            {control}
            {below(&bound)}
        </div>
    }
    .into_any()
}

/// Error and hint.
fn below(bound: &Bound) -> AnyView {
    let (reads, id) = (bound.clone(), format!("{}-error", bound.id));
    let error = move || {
        let id = id.clone();
        reads.error().map(|error| view! { <p class="field-error" id=id>{error}</p> })
    };
    let hint = (!bound.hint.is_empty()).then(|| {
        view! {
            <p class="field-hint" id=format!("{}-hint", bound.id)>
                {bound.hint.clone()}
            </p>
        }
    });
    view! {
        {error}
        {hint}
    }
    .into_any()
}

fn plain(bound: &Bound, definition: &AttributeDefinition) -> AnyView {
    let (kind, mode) = match definition.kind {
        AttributeKind::Date => ("date", None),
        AttributeKind::Number => ("text", Some("decimal")),
        AttributeKind::Email => ("email", None),
        AttributeKind::Phone => ("tel", None),
        AttributeKind::Url => ("url", None),
        _ => ("text", None),
    };
    let [value, wrong, described, writes] = [(); 4].map(|()| bound.clone());
    view! {
        <input
            id=bound.id.clone()
            name=bound.key.clone()
            type=kind
            inputmode=mode
            class="input input-sm field-input"
            autocomplete="off"
            required=definition.required
            aria-invalid=move || wrong.is_wrong()
            aria-describedby=move || described.described_by()
            // The attribute is for the time before the page is taken over.
            value=untrack(|| bound.value())
            prop:value=move || value.value()
            on:input=move |event| writes.set(event_target_value(&event))
        />
    }
    .into_any()
}

fn select(bound: &Bound, options: Vec<(String, String)>, required: bool) -> AnyView {
    let [value, wrong, described, writes] = [(); 4].map(|()| bound.clone());
    let chosen = untrack(|| bound.value());
    // A value that is no choice any more is still what is stored.
    let gone = (!chosen.is_empty() && options.iter().all(|(value, _)| *value != chosen))
        .then(|| (chosen.clone(), chosen.clone()));
    let options = [(String::new(), "–".to_owned())]
        .into_iter()
        .chain(options)
        .chain(gone)
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <select
            id=bound.id.clone()
            name=bound.key.clone()
            class="select select-sm field-input"
            required=required
            aria-invalid=move || wrong.is_wrong()
            aria-describedby=move || described.described_by()
            prop:value=move || value.value()
            on:change=move |event| writes.set(event_target_value(&event))
        >
            {options}
        </select>
    }
    .into_any()
}

fn several(bound: Bound, definition: AttributeDefinition) -> AnyView {
    let boxes = definition
        .choices
        .iter()
        .enumerate()
        .map(|(at, choice)| {
            let [reads, writes] = [(); 2].map(|()| bound.clone());
            let (of_value, of_change) = (choice.clone(), choice.clone());
            let in_order = definition.choices.clone();
            // The first takes the focus when the field is wrong.
            let id = if at == 0 { bound.id.clone() } else { format!("{}-{at}", bound.id) };
            view! {
                <label class="check-label">
                    <input
                        id=id
                        type="checkbox"
                        class="checkbox checkbox-sm"
                        autocomplete="off"
                        prop:checked=move || reads.value().lines().any(|line| line == of_value)
                        on:change=move |event| {
                            let wanted = event_target_checked(&event);
                            let value = untrack(|| writes.value());
                            let chosen: Vec<_> = in_order
                                .iter()
                                .filter(|one| {
                                    if **one == of_change { wanted } else { value.lines().any(|line| line == **one) }
                                })
                                .map(String::as_str)
                                .collect();
                            writes.set(chosen.join("\n"));
                        }
                    />
                    {choice.clone()}
                </label>
            }
        })
        .collect_view();
    let described = bound.clone();
    view! {
        <fieldset class="field tick-set" aria-describedby=move || described.described_by()>
            <legend class="field-label">{definition.label.clone()}</legend>
            <div class="tick-list">{boxes}</div>
            {below(&bound)}
        </fieldset>
    }
    .into_any()
}

fn fixed(bound: Bound, definition: AttributeDefinition) -> AnyView {
    let label = definition.label.clone();
    let shown = move || {
        let value = bound.value();
        if value.is_empty() { "–".to_owned() } else { definition.shown(&value) }
    };
    view! {
        <div class="field">
            <span class="field-label">{label}</span>
            <p class="field-fixed">{shown}</p>
        </div>
    }
    .into_any()
}

/// Chooses the country of a telephone number: changes what the number begins with, and follows it.
///
/// No signal of its own: the view may be replaced while what listens to it still lives.
pub fn country_select(
    label: String,
    value: impl Fn() -> String + Clone + Send + Sync + 'static,
    on_change: impl Fn(String) + 'static,
) -> AnyView {
    // One piece of text: hundreds of options are not worth being known one by one.
    let options = countries::options(countries::of_number(&untrack(&value)));
    let chosen = value.clone();
    view! {
        <select
            class="select select-sm country-select"
            aria-label=label
            title="Country code"
            autocomplete="off"
            prop:value=move || countries::of_number(&chosen()).unwrap_or_default()
            on:change=move |event| on_change(countries::with_country(&untrack(&value), &event_target_value(&event)))
            inner_html=options
        ></select>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use types::{AttributeId, StoreId};

    use super::*;

    #[test]
    fn sections_stand_where_their_first_attribute_does() {
        let of = |key: &str, section: &str| AttributeDefinition {
            id: AttributeId(Default::default()),
            store: StoreId(Default::default()),
            key: key.into(),
            label: key.into(),
            kind: AttributeKind::Text,
            choices: Vec::new(),
            hint: String::new(),
            required: false,
            unique: false,
            pattern: None,
            console_visible: true,
            console_editable: true,
            holder_visible: false,
            holder_editable: false,
            searchable: false,
            section: section.into(),
            version: 1,
            ready: true,
        };
        let found = sections(&[of("a", "Work"), of("b", ""), of("c", "Work")]);
        let keys: Vec<_> = found
            .iter()
            .map(|(heading, ones)| (heading.as_str(), ones.iter().map(|one| one.key.as_str()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(keys, [("Work", vec!["a", "c"]), ("", vec!["b"])]);
    }
}
