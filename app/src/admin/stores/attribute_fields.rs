//! The inputs of the attribute dialog: each reads and writes one field of the form.

use leptos::prelude::*;
use types::attributes::{AttributeForm, AttributeKind, suggested_key};

use super::attribute_dialog::AttributeEditor;

/// The first part of the inputs' ids.
pub const FORM: &str = "attribute";

/// One text field of [`AttributeForm`].
#[derive(Clone, Copy)]
struct Line {
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    read: fn(&AttributeForm) -> &String,
    write: fn(&mut AttributeForm) -> &mut String,
    required: bool,
    code: bool,
}

const LABEL: Line = Line {
    name: "label",
    label: "Label",
    hint: Some("What people read in forms and lists."),
    read: |form| &form.label,
    write: |form| &mut form.label,
    required: true,
    code: false,
};
const KEY: Line = Line {
    name: "key",
    label: "Key",
    hint: Some("What files and interfaces call it. It stays as it is."),
    read: |form| &form.key,
    write: |form| &mut form.key,
    required: true,
    code: true,
};
const SECTION: Line = Line {
    name: "section",
    label: "Section",
    hint: Some("The heading that it stands under."),
    read: |form| &form.section,
    write: |form| &mut form.section,
    required: false,
    code: false,
};
const HINT: Line = Line {
    name: "hint",
    label: "Hint",
    hint: Some("Shown below the input, and when the pattern does not match."),
    read: |form| &form.hint,
    write: |form| &mut form.hint,
    required: false,
    code: false,
};
const PATTERN: Line = Line {
    name: "pattern",
    label: "Validation pattern",
    hint: Some("A regular expression for the whole text, such as E[0-9]{6}."),
    read: |form| &form.pattern,
    write: |form| &mut form.pattern,
    required: false,
    code: true,
};

/// One yes or no of [`AttributeForm`].
#[derive(Clone, Copy)]
struct Tick {
    name: &'static str,
    label: &'static str,
    read: fn(&AttributeForm) -> bool,
    write: fn(&mut AttributeForm, bool),
    /// Whether it can be chosen.
    possible: fn(&AttributeForm) -> bool,
}

const RULES: [Tick; 3] = [
    Tick {
        name: "required",
        label: "Required",
        read: |form| form.required,
        write: |form, yes| form.required = yes,
        possible: |_| true,
    },
    Tick {
        name: "unique",
        label: "Unique: nobody else has the same value",
        read: |form| form.unique && form.kind.can_be_unique(),
        write: |form, yes| form.unique = yes,
        possible: |form| form.kind.can_be_unique(),
    },
    Tick {
        name: "searchable",
        label: "Searchable",
        read: |form| form.searchable,
        write: |form, yes| form.searchable = yes,
        possible: |_| true,
    },
];

const CONSOLE: [Tick; 2] = [
    Tick {
        name: "console_visible",
        label: "Visible in console",
        read: |form| form.console_visible,
        write: |form, yes| form.console_visible = yes,
        possible: |_| true,
    },
    Tick {
        name: "console_editable",
        label: "Editable in console",
        read: |form| form.console_editable && form.console_visible,
        write: |form, yes| form.console_editable = yes,
        possible: |form| form.console_visible,
    },
];

const HOLDER: [Tick; 2] = [
    Tick {
        name: "holder_visible",
        label: "Visible to the holder",
        read: |form| form.holder_visible,
        write: |form, yes| form.holder_visible = yes,
        possible: |_| true,
    },
    Tick {
        name: "holder_editable",
        label: "Editable by the holder",
        read: |form| form.holder_editable && form.holder_visible,
        write: |form, yes| form.holder_editable = yes,
        possible: |form| form.holder_visible,
    },
];

/// The names of the fields in their order, for the first error.
pub const NAMES: [&str; 8] = ["label", "key", "kind", "choices", "section", "hint", "pattern", "required"];

/// All inputs; `is_new`: the key can be chosen.
pub fn view(editor: AttributeEditor, is_new: bool) -> AnyView {
    let has_choices = Memo::new(move |_| editor.form.with(|form| form.kind.has_choices()));
    let is_text = Memo::new(move |_| editor.form.with(|form| form.kind == AttributeKind::Text));
    view! {
        <div class="form-grid">
            {line(editor, LABEL, true)} {if is_new { line(editor, KEY, false) } else { fixed_key(editor) }}
            {kind(editor)} {line(editor, SECTION, false)}
        </div>
        {move || has_choices.get().then(|| choices(editor))}
        <div class="form-grid">
            {line(editor, HINT, false)} {move || is_text.get().then(|| line(editor, PATTERN, false))}
        </div>
        {ticks(editor, "Rules", &RULES)}
        <div class="form-grid">
            {ticks(editor, "Staff in the console", &CONSOLE)} {ticks(editor, "The account's holder", &HOLDER)}
        </div>
    }
    .into_any()
}

/// What is wrong with a field now.
fn error_of(editor: AttributeEditor, name: &'static str) -> impl Fn() -> Option<String> + Copy + Send + Sync + 'static {
    move || editor.errors.with(|errors| errors.get(name).map(str::to_owned))
}

fn line(editor: AttributeEditor, line: Line, autofocus: bool) -> AnyView {
    let id = format!("{FORM}-{}", line.name);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let error = error_of(editor, line.name);
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || if error().is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() }
    };
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>
                {line.label}
            </label>
            <input
                id=id
                name=line.name
                class=if line.code { "input input-sm field-input code-input" } else { "input input-sm field-input" }
                autocomplete="off"
                spellcheck=line.code.then_some("false")
                required=line.required
                autofocus=autofocus
                aria-invalid=move || error().map(|_| "true")
                aria-describedby=described_by
                prop:value=move || editor.form.with(|form| (line.read)(form).clone())
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    editor.form.update(|form| *(line.write)(form) = typed.clone());
                    match line.name {
                        "key" => editor.key_touched.set(true),
                        "label" if !editor.key_touched.get_untracked() => {
                            editor.form.update(|form| form.key = suggested_key(&typed));
                        }
                        _ => {}
                    }
                }
            />
            {error_view(error, error_id)}
            {line.hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
        </div>
    }
    .into_any()
}

fn error_view(error: impl Fn() -> Option<String> + Send + Sync + 'static, id: String) -> impl IntoView {
    move || {
        let id = id.clone();
        error().map(|error| view! { <p class="field-error" id=id>{error}</p> })
    }
}

fn fixed_key(editor: AttributeEditor) -> AnyView {
    view! {
        <div class="field">
            <span class="field-label">"Key"</span>
            <code class="field-fixed">{move || editor.form.with(|form| form.key.clone())}</code>
        </div>
    }
    .into_any()
}

fn kind(editor: AttributeEditor) -> AnyView {
    let chosen = editor.form.with_untracked(|form| form.kind);
    let options = AttributeKind::ALL
        .iter()
        .map(|kind| view! { <option value=kind.key() selected=*kind == chosen>{kind.label()}</option> })
        .collect_view();
    view! {
        <div class="field">
            <label class="field-label" for="attribute-kind">
                "Type"
            </label>
            <select
                id="attribute-kind"
                name="kind"
                class="select select-sm"
                prop:value=move || editor.form.with(|form| form.kind.key())
                on:change=move |event| {
                    if let Some(kind) = AttributeKind::from_key(&event_target_value(&event)) {
                        editor.form.update(|form| form.kind = kind);
                    }
                }
            >
                {options}
            </select>
        </div>
    }
    .into_any()
}

fn choices(editor: AttributeEditor) -> AnyView {
    let error = error_of(editor, "choices");
    view! {
        <div class="field">
            <label class="field-label" for="attribute-choices">
                "Choices"
            </label>
            <textarea
                id="attribute-choices"
                name="choices"
                class="textarea textarea-sm field-input"
                rows="5"
                required
                aria-invalid=move || error().map(|_| "true")
                aria-describedby="attribute-choices-error attribute-choices-hint"
                prop:value=move || editor.form.with(|form| form.choices.clone())
                on:input=move |event| editor.form.update(|form| form.choices = event_target_value(&event))
            ></textarea>
            {error_view(error, "attribute-choices-error".to_owned())}
            <p class="field-hint" id="attribute-choices-hint">
                "One a line, in the order in which they are offered."
            </p>
        </div>
    }
    .into_any()
}

fn ticks(editor: AttributeEditor, legend: &'static str, ticks: &'static [Tick]) -> AnyView {
    let boxes = ticks
        .iter()
        .map(|tick| {
            let Tick { name, label, read, write, possible } = *tick;
            let error = error_of(editor, name);
            let error_id = format!("{FORM}-{name}-error");
            let described_by = error_id.clone();
            view! {
                <label class="check-label">
                    <input
                        id=format!("{FORM}-{name}")
                        type="checkbox"
                        class="checkbox checkbox-sm"
                        autocomplete="off"
                        disabled=move || !editor.form.with(possible)
                        aria-describedby=move || error().map(|_| described_by.clone())
                        prop:checked=move || editor.form.with(read)
                        on:change=move |event| {
                            let yes = event_target_checked(&event);
                            editor.form.update(|form| write(form, yes));
                        }
                    />
                    {label}
                </label>
                {error_view(error, error_id)}
            }
        })
        .collect_view();
    view! {
        <fieldset class="tick-set">
            <legend class="field-label">{legend}</legend>
            {boxes}
        </fieldset>
    }
    .into_any()
}
