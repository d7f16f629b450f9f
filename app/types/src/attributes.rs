//! What a store knows about its people beyond the built-in fields (D1): how an attribute is
//! defined, and its values as typed and as stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fold::fold;
use crate::{AttributeId, EmailAddress, FieldErrors, StoreId, phone_number, text};

/// Attribute key → value as text; those of a multiple choice are lines. No value is never there.
pub type Values = BTreeMap<String, String>;

/// Characters of a value, and of one that nobody else may have.
pub const VALUE_MOST: usize = 500;
pub const UNIQUE_VALUE_MOST: usize = 200;
/// Attributes of a store.
pub const ATTRIBUTES_MOST: usize = 100;

const KEY_MOST: usize = 40;
const LABEL_MOST: usize = 80;
const SECTION_MOST: usize = 60;
const HINT_MOST: usize = 200;
const PATTERN_MOST: usize = 200;
const CHOICES_MOST: usize = 200;
const CHOICE_MOST: usize = 100;

/// Fields that every account has, and words that lists and files use for something else.
const RESERVED: &[&str] = &[
    "id",
    "email",
    "username",
    "first_name",
    "last_name",
    "name",
    "full_name",
    "phone",
    "password",
    "status",
    "state",
    "onboarding",
    "email_verified_at",
    "second_factor",
    "disabled_at",
    "disabled_reason",
    "store",
    "group",
    "groups",
    "role",
    "roles",
    "organization",
    "organizations",
    "created",
    "created_at",
    "updated_at",
    "last_sign_in",
    "last_sign_in_at",
    "version",
    "attributes",
    "row",
    "reason",
];

macro_rules! kinds {
    ($($name:ident = $key:literal, $label:literal;)+) => {
        /// What values an attribute takes.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum AttributeKind {
            #[default]
            $(#[serde(rename = $key)] $name,)+
        }

        impl AttributeKind {
            pub const ALL: &'static [AttributeKind] = &[$(AttributeKind::$name,)+];

            /// How the database and the wire spell it.
            pub fn key(self) -> &'static str {
                match self { $(AttributeKind::$name => $key,)+ }
            }

            pub fn label(self) -> &'static str {
                match self { $(AttributeKind::$name => $label,)+ }
            }

            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(AttributeKind::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    Text = "text", "Text";
    Number = "number", "Number";
    YesNo = "yes_no", "Yes/no";
    Date = "date", "Date";
    Choice = "choice", "Choice";
    MultipleChoice = "multiple_choice", "Multiple choice";
    Email = "email", "E-mail";
    Phone = "phone", "Phone";
    Url = "url", "URL";
}

impl AttributeKind {
    pub fn has_choices(self) -> bool {
        matches!(self, Self::Choice | Self::MultipleChoice)
    }

    /// Whether it makes sense that nobody else has the same value.
    pub fn can_be_unique(self) -> bool {
        matches!(self, Self::Text | Self::Number | Self::Email | Self::Phone | Self::Url)
    }

    /// Whether parts of a value are searched for, rather than the whole.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Number | Self::Email | Self::Phone | Self::Url)
    }
}

/// One attribute of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeDefinition {
    pub id: AttributeId,
    pub store: StoreId,
    /// What files, the log and the wire call it; unique in the store, never changed.
    pub key: String,
    pub label: String,
    pub kind: AttributeKind,
    /// Of a choice or multiple choice, in their order.
    pub choices: Vec<String>,
    /// Shown below the input; empty when there is none.
    pub hint: String,
    pub required: bool,
    pub unique: bool,
    /// A regular expression that the whole text must match; the server looks.
    pub pattern: Option<String>,
    pub console_visible: bool,
    pub console_editable: bool,
    pub holder_visible: bool,
    pub holder_editable: bool,
    pub searchable: bool,
    /// The heading that it stands under; may be empty.
    pub section: String,
    /// Rises with every change; a change names the one it began from.
    pub version: i64,
    /// Whether every account's value has been looked at since the last change: before, searching
    /// finds only some.
    pub ready: bool,
}

impl AttributeDefinition {
    /// What would be stored of what was typed; `None`: no value. Does not know the pattern.
    ///
    /// # Errors
    /// A sentence for the field.
    pub fn parse(&self, typed: &str) -> Result<Option<String>, String> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        match self.kind {
            AttributeKind::Text => text::optional_line(typed, if self.unique { UNIQUE_VALUE_MOST } else { VALUE_MOST }),
            AttributeKind::Number => number(typed).map(Some),
            AttributeKind::YesNo => match fold(typed.trim()).as_str() {
                "true" | "yes" | "y" | "1" | "on" => Ok(Some("true".into())),
                "false" | "no" | "n" | "0" | "off" => Ok(Some("false".into())),
                _ => Err("Please choose Yes or No.".into()),
            },
            AttributeKind::Date => date(typed).map(Some),
            AttributeKind::Choice => self.choice(typed).map(Some),
            AttributeKind::MultipleChoice => {
                let parts = typed.split(['\n', ';']).filter(|part| !part.trim().is_empty());
                let chosen = parts.map(|part| self.choice(part)).collect::<Result<Vec<_>, _>>()?;
                let in_order = self.choices.iter().filter(|choice| chosen.contains(choice)).map(String::as_str);
                Ok(Some(in_order.collect::<Vec<_>>().join("\n")))
            }
            AttributeKind::Email => EmailAddress::parse(typed).map(|address| Some(address.as_str().to_owned())),
            AttributeKind::Phone => phone_number::parse(typed),
            AttributeKind::Url => address(typed).map(Some),
        }
    }

    fn choice(&self, typed: &str) -> Result<String, String> {
        let wanted = fold(typed.trim());
        let found = self.choices.iter().find(|choice| *choice == typed.trim());
        let found = found.or_else(|| self.choices.iter().find(|choice| fold(choice) == wanted));
        found.cloned().ok_or_else(|| format!("“{}” is not one of the choices.", shortened(typed.trim())))
    }

    /// A stored value as a person reads it.
    pub fn shown(&self, value: &str) -> String {
        match (self.kind, value) {
            (AttributeKind::YesNo, "true") => "Yes".into(),
            (AttributeKind::YesNo, "false") => "No".into(),
            (AttributeKind::MultipleChoice, value) => value.replace('\n', "; "),
            (_, value) => value.into(),
        }
    }

    /// What is compared when it is searched for or must be unique: one key for each part.
    pub fn value_keys(&self, value: &str) -> Vec<String> {
        value.split('\n').map(search_key).filter(|key| !key.is_empty()).collect()
    }

    /// Whether the database must know which accounts have which value.
    pub fn is_indexed(&self) -> bool {
        self.searchable || self.unique
    }
}

/// A value, or what is searched for, as the index has it.
pub fn search_key(value: &str) -> String {
    fold(value.trim()).chars().take(256).collect()
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 40 { text.chars().take(40).chain(['…']).collect() } else { text.to_owned() }
}

/// `-12.5`: at most 15 digits before the point and 6 behind it, without needless zeros.
fn number(typed: &str) -> Result<String, String> {
    let wrong = || "Please give a number, such as 12 or -3.5.".to_owned();
    let typed = typed.trim();
    let (sign, digits) = match typed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", typed.strip_prefix('+').unwrap_or(typed)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let only_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !only_digits(whole) || !only_digits(part) || digits.ends_with('.') {
        return Err(wrong());
    }
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    if whole.len() > 15 || part.len() > 6 {
        return Err("At most 15 digits before the point and 6 behind it, please.".into());
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && part.is_empty() { "" } else { sign };
    Ok(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

/// `2026-11-22`.
fn date(typed: &str) -> Result<String, String> {
    let wrong = || "Please give a date as year-month-day, such as 2026-11-22.".to_owned();
    let typed = typed.trim();
    let parts: Vec<_> = typed.split('-').collect();
    let [year, month, day] = parts[..] else { return Err(wrong()) };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 || !typed.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Err(wrong());
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse::<i32>(), month.parse::<u8>(), day.parse::<u8>()) else {
        return Err(wrong());
    };
    let known =
        time::Month::try_from(month).ok().and_then(|month| time::Date::from_calendar_date(year, month, day).ok());
    match known {
        Some(_) if year > 0 => Ok(format!("{year:04}-{month:02}-{day:02}")),
        _ => Err("There is no such day.".into()),
    }
}

/// An address of the web; nothing else, so that a link made of it never runs a script.
fn address(typed: &str) -> Result<String, String> {
    let wrong = || "Please give a web address that begins with https:// or http://.".to_owned();
    let typed = text::line(typed, VALUE_MOST)?;
    let lower = typed.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let fine = !host.is_empty()
        && !host.contains('@')
        && !typed.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\' | '`' | '{' | '}'));
    if fine { Ok(typed) } else { Err(wrong()) }
}

/// An attribute as its dialog has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttributeForm {
    /// Only for a new one.
    pub key: String,
    pub label: String,
    pub kind: AttributeKind,
    /// One a line.
    pub choices: String,
    pub hint: String,
    pub required: bool,
    pub unique: bool,
    pub pattern: String,
    pub console_visible: bool,
    pub console_editable: bool,
    pub holder_visible: bool,
    pub holder_editable: bool,
    pub searchable: bool,
    pub section: String,
}

impl Default for AttributeForm {
    fn default() -> Self {
        Self {
            key: String::new(),
            label: String::new(),
            kind: AttributeKind::Text,
            choices: String::new(),
            hint: String::new(),
            required: false,
            unique: false,
            pattern: String::new(),
            console_visible: true,
            console_editable: true,
            holder_visible: false,
            holder_editable: false,
            searchable: false,
            section: String::new(),
        }
    }
}

/// The same, each field known to be storable; a pattern is the server's to compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeFields {
    pub key: String,
    pub label: String,
    pub kind: AttributeKind,
    pub choices: Vec<String>,
    pub hint: String,
    pub required: bool,
    pub unique: bool,
    pub pattern: Option<String>,
    pub console_visible: bool,
    pub console_editable: bool,
    pub holder_visible: bool,
    pub holder_editable: bool,
    pub searchable: bool,
    pub section: String,
}

impl AttributeForm {
    /// The form of an attribute that is there.
    pub fn of(definition: &AttributeDefinition) -> Self {
        Self {
            key: definition.key.clone(),
            label: definition.label.clone(),
            kind: definition.kind,
            choices: definition.choices.join("\n"),
            hint: definition.hint.clone(),
            required: definition.required,
            unique: definition.unique,
            pattern: definition.pattern.clone().unwrap_or_default(),
            console_visible: definition.console_visible,
            console_editable: definition.console_editable,
            holder_visible: definition.holder_visible,
            holder_editable: definition.holder_editable,
            searchable: definition.searchable,
            section: definition.section.clone(),
        }
    }

    /// # Errors
    /// Every field that cannot be stored, with what to do about it.
    pub fn parse(&self) -> Result<AttributeFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let optional = |text: &str, most| text::optional_line(text, most).map(Option::unwrap_or_default);
        let key = errors.keep("key", parse_key(&self.key));
        let label = errors.keep("label", text::line(&self.label, LABEL_MOST));
        let section = errors.keep("section", optional(&self.section, SECTION_MOST));
        let hint = errors.keep("hint", optional(&self.hint, HINT_MOST));
        let choices =
            errors.keep("choices", if self.kind.has_choices() { choices(&self.choices) } else { Ok(Vec::new()) });
        let may_have_pattern = self.kind == AttributeKind::Text;
        let pattern = if may_have_pattern { text::optional_line(&self.pattern, PATTERN_MOST) } else { Ok(None) };
        let pattern = errors.keep("pattern", pattern);
        let (console_editable, holder_editable) =
            (self.console_visible && self.console_editable, self.holder_visible && self.holder_editable);
        if self.required && !console_editable && !holder_editable {
            errors.add("required", "Somebody must be able to fill it in: in the console or as the holder.");
        }
        let unique = self.unique && self.kind.can_be_unique();
        match (key, label, section, hint, choices, pattern) {
            (Some(key), Some(label), Some(section), Some(hint), Some(choices), Some(pattern)) if errors.is_empty() => {
                Ok(AttributeFields {
                    key,
                    label,
                    kind: self.kind,
                    choices,
                    hint,
                    required: self.required,
                    unique,
                    pattern,
                    console_visible: self.console_visible,
                    console_editable,
                    holder_visible: self.holder_visible,
                    holder_editable,
                    searchable: self.searchable,
                    section,
                })
            }
            _ => Err(errors),
        }
    }
}

/// Whether an attribute can be called so: small letters, digits and underscores, a letter first.
pub fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= KEY_MOST
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A key as [`is_key`] knows it; not a word that accounts use already.
fn parse_key(typed: &str) -> Result<String, String> {
    let key = typed.trim();
    if !is_key(key) {
        return Err(format!(
            "Small letters, digits and underscores, beginning with a letter, at most {KEY_MOST}; such as hire_date."
        ));
    }
    if RESERVED.contains(&key) {
        return Err("Every account has a field of this name already. Please choose another.".into());
    }
    Ok(key.to_owned())
}

/// A key made of a label: `Hire date` gives `hire_date`.
pub fn suggested_key(label: &str) -> String {
    let mut key = String::new();
    for c in fold(label).chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    let key = key.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let key: String = key.chars().take(KEY_MOST).collect();
    key.trim_end_matches('_').to_owned()
}

fn choices(typed: &str) -> Result<Vec<String>, String> {
    let mut found: Vec<String> = Vec::new();
    let mut keys = std::collections::BTreeSet::new();
    for line in typed.lines().filter(|line| !line.trim().is_empty()) {
        let choice = text::line(line, CHOICE_MOST)?;
        if choice.contains(';') {
            return Err("A choice cannot contain a semicolon: files put it between several.".into());
        }
        if !keys.insert(fold(&choice)) {
            return Err(format!("“{}” is there twice.", shortened(&choice)));
        }
        found.push(choice);
    }
    match found.len() {
        0 => Err("Please give the choices, one a line.".into()),
        many if many > CHOICES_MOST => Err(format!("At most {CHOICES_MOST} choices, please.")),
        _ => Ok(found),
    }
}

/// What a change of an attribute, or its removal, would do to what accounts have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeLoss {
    /// Accounts whose value would be lost; counted up to [`LOSS_COUNTED`].
    pub lost: i64,
    /// Accounts that have a value, counted the same way.
    pub having: i64,
    /// Some of the values that would be lost.
    pub samples: Vec<String>,
}

/// More than so many are "10,000+".
pub const LOSS_COUNTED: i64 = 10_000;

/// What came of saving an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeOutcome {
    Saved,
    /// Values would be lost; nothing is saved until that is agreed to.
    WouldLose(AttributeLoss),
    /// Somebody else saved first: what they made of it.
    Conflict(AttributeDefinition),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: AttributeKind) -> AttributeDefinition {
        AttributeDefinition {
            id: AttributeId(uuid::Uuid::nil()),
            store: StoreId(uuid::Uuid::nil()),
            key: "x".into(),
            label: "X".into(),
            kind,
            choices: vec!["Red".into(), "Blue".into(), "Light green".into()],
            hint: String::new(),
            required: false,
            unique: false,
            pattern: None,
            console_visible: true,
            console_editable: true,
            holder_visible: false,
            holder_editable: false,
            searchable: false,
            section: String::new(),
            version: 1,
            ready: true,
        }
    }

    fn kept(kind: AttributeKind, typed: &str) -> Option<String> {
        of(kind).parse(typed).unwrap()
    }

    #[test]
    fn each_kind_takes_its_values() {
        use AttributeKind::*;
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(kept(Text, "  a b "), some("a b"));
        assert_eq!(kept(Number, " +007.50 "), some("7.5"));
        assert_eq!(kept(Number, "-0.0"), some("0"));
        assert_eq!(kept(YesNo, "YES"), some("true"));
        assert_eq!(kept(YesNo, "0"), some("false"));
        assert_eq!(kept(Date, "2024-2-29"), some("2024-02-29"));
        assert_eq!(kept(Choice, " light GREEN"), some("Light green"));
        assert_eq!(kept(MultipleChoice, "blue; red\nblue"), some("Red\nBlue"));
        assert_eq!(kept(Email, "a@b.example"), some("a@b.example"));
        assert_eq!(kept(Phone, "+41 44 668 18 00"), some("+41446681800"));
        assert_eq!(kept(Url, "HTTPS://Example.com/a?b#c"), some("HTTPS://Example.com/a?b#c"));
        for kind in AttributeKind::ALL {
            assert_eq!(kept(*kind, "  "), None);
            assert_eq!(AttributeKind::from_key(kind.key()), Some(*kind));
        }
    }

    #[test]
    fn and_refuses_the_rest() {
        use AttributeKind::*;
        let wrong = [
            (Text, "a\u{202E}b"),
            (Number, "1e5"),
            (Number, "."),
            (Number, "1."),
            (Number, "1234567890123456"),
            (Number, "0.1234567"),
            (YesNo, "maybe"),
            (Date, "2023-02-29"),
            (Date, "0000-01-01"),
            (Date, "22.11.2026"),
            (Date, "2026-11-22T00:00"),
            (Date, "+026-11-22"),
            (Choice, "Purple"),
            (MultipleChoice, "Red;Purple"),
            (Email, "a"),
            (Phone, "044"),
            (Url, "javascript:alert(1)"),
            (Url, "https://"),
            (Url, "https://a@b/"),
            (Url, "https://exa mple.com"),
        ];
        for (kind, typed) in wrong {
            assert!(of(kind).parse(typed).is_err(), "{kind:?} {typed}");
        }
    }

    #[test]
    fn a_definition_says_all_that_is_wrong_with_it() {
        let form = AttributeForm {
            key: "Email".into(),
            kind: AttributeKind::Choice,
            required: true,
            console_visible: false,
            ..AttributeForm::default()
        };
        let errors = form.parse().unwrap_err();
        assert_eq!(errors.0.keys().map(String::as_str).collect::<Vec<_>>(), ["choices", "key", "label", "required"]);
        for bad in ["email", "1a", "_a", "a-b", "ä", ""] {
            assert!(parse_key(bad).is_err(), "{bad}");
        }
        assert_eq!(suggested_key(" 1. Hire-Date (Ä)! "), "hire_date_a");
        assert_eq!(choices("a\n\n b \n"), Ok(vec!["a".into(), "b".into()]));
        assert!(choices("a\nA").is_err() && choices("a;b").is_err() && choices(" \n").is_err());
    }

    #[test]
    fn what_is_not_visible_is_not_editable() {
        let form = AttributeForm {
            key: "a".into(),
            label: "A".into(),
            console_visible: false,
            holder_editable: true,
            ..AttributeForm::default()
        };
        let fields = form.parse().unwrap();
        assert!(!fields.console_editable && !fields.holder_editable);
    }
}
