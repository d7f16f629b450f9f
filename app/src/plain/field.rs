//! A labelled input of a plain form: its value, hint and error come with the page.

use leptos::prelude::*;

/// An input with its label above; hint and error are tied to it for screen readers. A field of
/// kind `password` never has a value: secrets are not echoed.
#[component]
pub fn PlainField(
    /// The field's name on the wire and in `FieldErrors`; its id is `field-` and this.
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] value: String,
    /// The input's `type`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] hint: Option<&'static str>,
    /// What to do about this field.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// The id of an error that is shown elsewhere and concerns this field too.
    #[prop(optional_no_strip)]
    error_elsewhere: Option<&'static str>,
    #[prop(optional)] required: bool,
    /// Shown beside the label: everything else is required.
    #[prop(optional)]
    may_stay_empty: bool,
    #[prop(optional)] autofocus: bool,
    /// Switches capitals and spelling off: for addresses and usernames.
    #[prop(optional)]
    verbatim: bool,
    /// Shows the keyboard of digits on phones.
    #[prop(optional)]
    digits: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by: Vec<_> = [
        error_elsewhere.map(str::to_owned),
        error.is_some().then(|| error_id.clone()),
        hint.is_some().then(|| hint_id.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let is_wrong = error.is_some() || error_elsewhere.is_some();
    let value = (kind != "password").then_some(value);
    view! {
        <div class="plain-field">
            <label class="plain-label" for=id.clone()>
                {label}
                {may_stay_empty.then(|| view! { <span class="plain-optional">" (optional)"</span> })}
            </label>
            {hint.map(|hint| view! { <p class="plain-hint" id=hint_id>{hint}</p> })}
            {error.map(|error| view! { <p class="plain-error" id=error_id>{error}</p> })}
            <input
                id=id
                name=name
                type=kind
                value=value
                class="input plain-input"
                autocomplete=autocomplete
                inputmode=digits.then_some("numeric")
                autocapitalize=verbatim.then_some("none")
                spellcheck=verbatim.then_some("false")
                required=required
                autofocus=autofocus
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=(!described_by.is_empty()).then(|| described_by.join(" "))
            />
        </div>
    }
}

/// Something that is shown among the fields and cannot be changed here.
#[component]
pub fn FixedField(label: &'static str, #[prop(into)] value: Option<String>) -> impl IntoView {
    view! {
        <div class="fixed-field">
            <dt>{label}</dt>
            <dd>
                {match value {
                    Some(value) => view! { <bdi>{value}</bdi> }.into_any(),
                    None => view! { <span class="muted">"Not set"</span> }.into_any(),
                }}
            </dd>
        </div>
    }
}
