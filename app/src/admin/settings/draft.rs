//! What is typed into a section's form, and the inputs that forms are made of.

use std::marker::PhantomData;
use std::sync::Arc;

use leptos::prelude::*;
use types::FieldErrors;
use types::compliance::Rule;
use types::settings::{Section, Settings};

/// The state of the settings page. It outlives each loading of a section: inputs of a view that is
/// being replaced still listen.
#[derive(Clone, Copy)]
pub struct Typed {
    /// As it was loaded or saved last.
    pub saved: RwSignal<Option<Section>>,
    pub section: RwSignal<Option<Section>>,
    pub errors: RwSignal<FieldErrors>,
}

impl Typed {
    pub fn new() -> Self {
        Self { saved: RwSignal::new(None), section: RwSignal::new(None), errors: RwSignal::new(FieldErrors::default()) }
    }

    /// Takes over what was loaded; what was typed before is gone.
    pub fn load(self, section: &Section) {
        self.saved.set(Some(section.clone()));
        self.section.set(Some(section.clone()));
        self.errors.set(FieldErrors::default());
    }

    /// Whether something was typed that is not saved.
    pub fn is_changed(self) -> bool {
        self.section.with(|section| self.saved.with(|saved| section != saved))
    }

    /// Forgets what was typed.
    pub fn discard(self) {
        if let Some(saved) = self.saved.get_untracked() {
            self.load(&saved);
        }
    }

    fn error(self, field: &'static str) -> Option<String> {
        self.errors.with(|errors| errors.get(field).map(str::to_owned))
    }
}

/// The page's state as one section's form sees it.
pub struct Draft<S> {
    typed: Typed,
    section: PhantomData<fn() -> S>,
}

impl<S> Clone for Draft<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Draft<S> {}

/// What a field is called: on the wire and in `FieldErrors`, and on the screen.
#[derive(Clone, Copy)]
pub struct Words {
    pub name: &'static str,
    pub label: &'static str,
    /// `""`: none.
    pub hint: &'static str,
}

impl<S: Settings> Draft<S> {
    pub fn new(typed: Typed) -> Self {
        Self { typed, section: PhantomData }
    }

    /// Reads what is typed, tracked.
    pub fn read<T: Default>(self, read: impl Fn(&S) -> T) -> T {
        self.typed.section.with(|section| section.as_ref().and_then(S::of).map(read)).unwrap_or_default()
    }

    pub fn write(self, write: impl Fn(&mut S)) {
        self.typed.section.update(|section| {
            if let Some(value) = section.as_mut().and_then(S::of_mut) {
                write(value);
            }
        });
    }

    /// A whole number with its unit.
    pub fn number(self, words: Words, unit: &'static str, get: fn(&S) -> u32, set: fn(&mut S, u32)) -> AnyView {
        let Words { name, .. } = words;
        let typed = self.typed;
        let on_input = move |text: String| match text.trim().parse() {
            Ok(number) => {
                typed.errors.update(|errors| _ = errors.0.remove(name));
                self.write(|value| set(value, number));
            }
            Err(_) => typed.errors.update(|errors| errors.add(name, "A whole number, please.")),
        };
        number_input(typed, words, unit, Box::new(move || self.read(get)), Box::new(on_input))
    }

    /// A text; `lines`: of several lines.
    pub fn text(self, words: Words, lines: bool, get: fn(&S) -> String, set: fn(&mut S, String)) -> AnyView {
        let Words { name, .. } = words;
        let typed = self.typed;
        let on_input = move |text: String| {
            typed.errors.update(|errors| _ = errors.0.remove(name));
            self.write(|value| set(value, text.clone()));
        };
        text_input(typed, words, lines, Box::new(move || self.read(get)), Box::new(on_input))
    }

    /// A switch.
    pub fn toggle(self, words: Words, get: fn(&S) -> bool, set: fn(&mut S, bool)) -> AnyView {
        let on_change = move |on: bool| self.write(|value| set(value, on));
        toggle_input(words, Box::new(move || self.read(get)), Box::new(on_change))
    }

    /// One of a few: value, label and what it means.
    pub fn choice(
        self,
        words: Words,
        choices: &'static [(&'static str, &'static str, &'static str)],
        get: fn(&S) -> &'static str,
        set: fn(&mut S, &'static str),
    ) -> AnyView {
        let on_change = move |key: &'static str| self.write(|value| set(value, key));
        radio_group(words, choices, Arc::new(move || self.read(get)), Arc::new(on_change))
    }

    /// What a standard advises against (S8); read out when it appears.
    pub fn warning(self, text: impl Fn() -> Option<&'static str> + Send + Sync + 'static) -> AnyView {
        warning_text(Box::new(move || text().map(str::to_owned)))
    }

    /// The same in the words of the page **Compliance**.
    pub fn rule(self, rule: fn(&S) -> Rule) -> AnyView {
        warning_text(Box::new(move || self.read(|value| rule(value).warning())))
    }
}

fn warning_text(text: Box<dyn Fn() -> Option<String> + Send + Sync>) -> AnyView {
    view! {
        <div aria-live="polite">
            {move || text().map(|text| view! { <p class="setting-warning">{text}</p> })}
        </div>
    }
    .into_any()
}

fn radio_group(
    words: Words,
    choices: &'static [(&'static str, &'static str, &'static str)],
    value: Arc<dyn Fn() -> &'static str + Send + Sync>,
    on_change: Arc<dyn Fn(&'static str) + Send + Sync>,
) -> AnyView {
    let Words { name, label, hint } = words;
    let first = untrack(|| value());
    let options = choices
        .iter()
        .map(|(key, label, means)| {
            let id = format!("settings-{name}-{key}");
            let hint_id = format!("{id}-hint");
            // Owned by each radio: it is asked once more after its view is gone.
            let (value, on_change) = (Arc::clone(&value), Arc::clone(&on_change));
            view! {
                <div class="setting setting-toggle">
                    <input
                        id=id.clone()
                        name=name
                        type="radio"
                        class="radio radio-sm"
                        autocomplete="off"
                        value=*key
                        aria-describedby=hint_id.clone()
                        checked=first == *key
                        prop:checked=move || value() == *key
                        on:change=move |_| on_change(key)
                    />
                    <div>
                        <label class="field-label" for=id>
                            {*label}
                        </label>
                        <p class="field-hint" id=hint_id>
                            {*means}
                        </p>
                    </div>
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset class="setting-choices">
            <legend class="field-label">{label}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="field-hint">{hint}</p> })}
            {options}
        </fieldset>
    }
    .into_any()
}

/// The parts that do not depend on the section, compiled once.
fn number_input(
    typed: Typed,
    words: Words,
    unit: &'static str,
    value: Box<dyn Fn() -> u32 + Send + Sync>,
    on_input: Box<dyn Fn(String) + Send + Sync>,
) -> AnyView {
    let Words { name, label, hint } = words;
    let id = format!("settings-{name}");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match typed.error(name) {
            Some(_) => format!("{error_id} {hint_id}"),
            None => hint_id.clone(),
        }
    };
    let first = untrack(&value).to_string();
    view! {
        <div class="field setting">
            <label class="field-label" for=id.clone()>
                {label}
            </label>
            <div class="setting-number">
                <input
                    id=id
                    name=name
                    type="text"
                    inputmode="numeric"
                    class="input input-sm"
                    autocomplete="off"
                    aria-invalid=move || typed.error(name).map(|_| "true")
                    aria-describedby=described_by
                    value=first
                    prop:value=move || value().to_string()
                    on:input=move |event| on_input(event_target_value(&event))
                />
                <span>{unit}</span>
            </div>
            {move || {
                let id = error_id.clone();
                typed.error(name).map(|error| view! { <p class="field-error" id=id>{error}</p> })
            }}
            <p class="field-hint" id=hint_id>
                {hint}
            </p>
        </div>
    }
    .into_any()
}

fn text_input(
    typed: Typed,
    words: Words,
    lines: bool,
    value: Box<dyn Fn() -> String + Send + Sync>,
    on_input: Box<dyn Fn(String) + Send + Sync>,
) -> AnyView {
    let Words { name, label, hint } = words;
    let id = format!("settings-{name}");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match typed.error(name) {
            Some(_) => format!("{error_id} {hint_id}"),
            None => hint_id.clone(),
        }
    };
    let invalid = move || typed.error(name).map(|_| "true");
    let first = untrack(&value);
    let input = if lines {
        view! {
            <textarea
                id=id.clone()
                name=name
                class="textarea textarea-sm setting-lines"
                rows="4"
                spellcheck="false"
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby=described_by
                prop:value=value
                on:input=move |event| on_input(event_target_value(&event))
            >
                {first}
            </textarea>
        }
        .into_any()
    } else {
        view! {
            <input
                id=id.clone()
                name=name
                type="text"
                class="input input-sm setting-line"
                spellcheck="false"
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby=described_by
                value=first
                prop:value=value
                on:input=move |event| on_input(event_target_value(&event))
            />
        }
        .into_any()
    };
    view! {
        <div class="field setting">
            <label class="field-label" for=id>
                {label}
            </label>
            {input}
            {move || {
                let id = error_id.clone();
                typed.error(name).map(|error| view! { <p class="field-error" id=id>{error}</p> })
            }}
            <p class="field-hint" id=hint_id>
                {hint}
            </p>
        </div>
    }
    .into_any()
}

fn toggle_input(
    words: Words,
    value: Box<dyn Fn() -> bool + Send + Sync>,
    on_change: Box<dyn Fn(bool) + Send + Sync>,
) -> AnyView {
    let Words { name, label, hint } = words;
    let id = format!("settings-{name}");
    let hint_id = format!("{id}-hint");
    let first = untrack(&value);
    view! {
        <div class="setting setting-toggle">
            <input
                id=id.clone()
                name=name
                type="checkbox"
                role="switch"
                class="toggle toggle-sm"
                autocomplete="off"
                aria-describedby=hint_id.clone()
                checked=first
                prop:checked=value
                on:change=move |event| on_change(event_target_checked(&event))
            />
            <div>
                <label class="field-label" for=id>
                    {label}
                </label>
                <p class="field-hint" id=hint_id>
                    {hint}
                </p>
            </div>
        </div>
    }
    .into_any()
}
