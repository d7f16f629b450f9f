//! Which accounts the list shows (U3–U6): filters that are combined with AND, in the URL by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::authenticators::FactorKind;
use crate::{GroupId, OrganizationId, RoleId, StoreId, Timestamp};

/// The longest text that is searched for, in characters.
pub const Q_MOST: usize = 200;
/// What the names of single attributes begin with in the URL.
const FIELD: &str = "field.";
/// Attributes that can be searched at once.
const FIELDS_MOST: usize = 20;
/// The most days ahead that the end of a password is looked for.
pub const EXPIRY_DAYS_MOST: u16 = 3_650;

/// Which accounts: the part of the state that a selection of "all that match" carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// `None`: the default store.
    pub store: Option<StoreId>,
    /// Any part of name, e-mail, username or phone; `""` is everybody.
    pub q: String,
    /// Any part of single attributes, by the attribute's key (U5).
    pub fields: BTreeMap<String, String>,
    pub status: Option<StatusFilter>,
    pub state: Option<StateFilter>,
    pub email_verified: Option<bool>,
    pub group: Option<GroupId>,
    pub role: Option<RoleId>,
    pub organization: Option<OrganizationId>,
    pub last_sign_in: Period,
    pub never_signed_in: bool,
    pub created: Period,
    pub second_factor: Option<SecondFactorFilter>,
    /// Whose password stops working in so many days, and has not yet.
    pub password_expires_within: Option<u16>,
    /// Whether somebody signs in by another identity provider. Nobody does so far.
    pub external_identity: Option<bool>,
}

/// Two moments, each at the beginning of a day, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Period {
    /// From this moment on.
    pub after: Option<Timestamp>,
    /// Earlier than this moment.
    pub before: Option<Timestamp>,
}

impl Period {
    pub fn is_any(self) -> bool {
        self == Self::default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusFilter {
    Enabled,
    Disabled,
    Locked,
    PasswordExpired,
}

impl StatusFilter {
    pub const ALL: [Self; 4] = [Self::Enabled, Self::Disabled, Self::Locked, Self::PasswordExpired];

    pub fn key(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Locked => "locked",
            Self::PasswordExpired => "password_expired",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Locked => "Locked",
            Self::PasswordExpired => "Password expired",
        }
    }
}

/// Which second factor somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorFilter {
    Any,
    None,
    Kind(FactorKind),
}

impl SecondFactorFilter {
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Any, Self::None].into_iter().chain(FactorKind::ALL.into_iter().map(Self::Kind))
    }

    pub fn key(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::None => "none",
            Self::Kind(kind) => kind.key(),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Any => "Has one",
            Self::None => "Has none",
            Self::Kind(kind) => kind.label(),
        }
    }
}

/// How far somebody is on the way to an account of their own (O2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    NotRegistered,
    PendingActivation,
    Onboarded,
}

impl StateFilter {
    pub const ALL: [Self; 3] = [Self::NotRegistered, Self::PendingActivation, Self::Onboarded];

    pub fn key(self) -> &'static str {
        match self {
            Self::NotRegistered => "not_registered",
            Self::PendingActivation => "pending_activation",
            Self::Onboarded => "onboarded",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::NotRegistered => "Not registered",
            Self::PendingActivation => "Pending activation",
            Self::Onboarded => "Onboarded",
        }
    }
}

/// The attributes that every store has and that can be searched one by one, in the panel's order.
pub const SEARCHABLE: [(&str, &str); 6] = [
    ("name", "Name"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("email", "Email"),
    ("username", "Username"),
    ("phone", "Phone"),
];

/// A field of the **Search** panel (U5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchField {
    pub key: String,
    pub label: String,
    /// Stands above the others for this reader.
    pub pinned: bool,
    /// Where it stands among the others.
    pub place: i64,
    /// What there is to choose from; empty for what is typed.
    pub choices: Vec<String>,
    /// Days are searched for whole.
    pub is_date: bool,
}

/// What is searched for as it is stored in the state: one line, not endless.
pub fn search_text(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(Q_MOST).collect()
}

impl Filter {
    /// Takes one pair of a query string. `None`: the name is not a filter's; else whether the value
    /// makes sense.
    pub(super) fn read_pair(&mut self, name: &str, value: &str) -> Option<bool> {
        let day = || Timestamp::parse_date(value);
        let yes_or_no = || [("yes", true), ("no", false)].into_iter().find(|it| it.0 == value).map(|it| it.1);
        match name {
            "q" => self.q = search_text(value),
            "store" => self.store = value.parse().ok(),
            "status" => self.status = StatusFilter::ALL.into_iter().find(|status| status.key() == value),
            "state" => self.state = StateFilter::ALL.into_iter().find(|state| state.key() == value),
            "verified" => self.email_verified = yes_or_no(),
            "group" => self.group = value.parse().ok(),
            "role" => self.role = value.parse().ok(),
            "organization" => self.organization = value.parse().ok(),
            "signed_in" => self.never_signed_in = value == "never",
            "signed_in_after" => self.last_sign_in.after = day(),
            "signed_in_before" => self.last_sign_in.before = day(),
            "created_after" => self.created.after = day(),
            "created_before" => self.created.before = day(),
            "second_factor" => self.second_factor = SecondFactorFilter::all().find(|it| it.key() == value),
            "password_expires_within" => {
                let days = value.parse().ok();
                self.password_expires_within = days.filter(|days| (1..=EXPIRY_DAYS_MOST).contains(days));
            }
            "external_identity" => self.external_identity = yes_or_no(),
            _ => {
                let key = name.strip_prefix(FIELD)?;
                return Some(self.read_field(key, value));
            }
        }
        Some(match name {
            "q" => true,
            "store" => self.store.is_some(),
            "status" => self.status.is_some(),
            "state" => self.state.is_some(),
            "verified" => self.email_verified.is_some(),
            "group" => self.group.is_some(),
            "role" => self.role.is_some(),
            "organization" => self.organization.is_some(),
            "signed_in" => self.never_signed_in,
            "second_factor" => self.second_factor.is_some(),
            "password_expires_within" => self.password_expires_within.is_some(),
            "external_identity" => self.external_identity.is_some(),
            _ => day().is_some(),
        })
    }

    fn read_field(&mut self, key: &str, value: &str) -> bool {
        let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        if key.is_empty() || key.len() > 100 || !plain || self.fields.len() >= FIELDS_MOST {
            return false;
        }
        let value = search_text(value);
        if !value.trim().is_empty() {
            self.fields.insert(key.to_owned(), value);
        }
        true
    }

    /// The pairs that [`Self::read_pair`] reads back; what does not filter is left out.
    pub fn to_pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                pairs.push((name.to_owned(), value));
            }
        };
        let day = |at: Option<Timestamp>| at.map(Timestamp::date);
        add("store", self.store.map(|id| id.to_string()));
        add("q", (!self.q.is_empty()).then(|| self.q.clone()));
        for (key, text) in &self.fields {
            add(&format!("{FIELD}{key}"), Some(text.clone()));
        }
        add("status", self.status.map(|status| status.key().to_owned()));
        add("state", self.state.map(|state| state.key().to_owned()));
        let yes_or_no = |is: Option<bool>| is.map(|is| if is { "yes" } else { "no" }.to_owned());
        add("verified", yes_or_no(self.email_verified));
        add("group", self.group.map(|id| id.to_string()));
        add("role", self.role.map(|id| id.to_string()));
        add("organization", self.organization.map(|id| id.to_string()));
        add("signed_in", self.never_signed_in.then(|| "never".to_owned()));
        add("signed_in_after", day(self.last_sign_in.after));
        add("signed_in_before", day(self.last_sign_in.before));
        add("created_after", day(self.created.after));
        add("created_before", day(self.created.before));
        add("second_factor", self.second_factor.map(|factor| factor.key().to_owned()));
        add("password_expires_within", self.password_expires_within.map(|days| days.to_string()));
        add("external_identity", yes_or_no(self.external_identity));
        pairs
    }

    /// What narrows the list, one by one, as chips and sentences show it; search and store aside.
    pub fn parts(&self, names: &FilterNames) -> Vec<FilterPart> {
        let mut parts = Vec::new();
        let mut add = |what: What, label: &str, value: Option<String>| {
            parts.push(FilterPart { what, label: label.to_owned(), value });
        };
        for (key, text) in &self.fields {
            let label = names.fields.get(key).map(String::as_str);
            let built_in = || SEARCHABLE.into_iter().find(|it| it.0 == key).map(|it| it.1);
            let known = label.or_else(built_in);
            add(What::Field(key.clone()), known.unwrap_or(key), known.map(|_| text.clone()));
        }
        if let Some(status) = self.status {
            add(What::Status, "Status", Some(status.label().into()));
        }
        if let Some(state) = self.state {
            add(What::State, "Onboarding", Some(state.label().into()));
        }
        let yes_or_no = |is| Some(if is { "Yes" } else { "No" }.to_owned());
        if let Some(verified) = self.email_verified {
            add(What::EmailVerified, "Email verified", yes_or_no(verified));
        }
        if self.group.is_some() {
            add(What::Group, "Group", names.group.clone());
        }
        if self.role.is_some() {
            add(What::Role, "Role", names.role.clone());
        }
        if self.organization.is_some() {
            add(What::Organization, "Organization", names.organization.clone());
        }
        if self.never_signed_in {
            add(What::NeverSignedIn, "Last sign-in", Some("Never".into()));
        }
        let days = [
            (What::SignedInAfter, "Last sign-in after", self.last_sign_in.after),
            (What::SignedInBefore, "Last sign-in before", self.last_sign_in.before),
            (What::CreatedAfter, "Created after", self.created.after),
            (What::CreatedBefore, "Created before", self.created.before),
        ];
        for (what, label, at) in days {
            if let Some(at) = at {
                add(what, label, Some(at.date()));
            }
        }
        if let Some(factor) = self.second_factor {
            add(What::SecondFactor, "Second factor", Some(factor.label().into()));
        }
        if let Some(days) = self.password_expires_within {
            let words = if days == 1 { "day" } else { "days" };
            add(What::PasswordExpiresWithin, "Password expires within", Some(format!("{days} {words}")));
        }
        if let Some(is) = self.external_identity {
            add(What::ExternalIdentity, "External identity", yes_or_no(is));
        }
        parts
    }

    /// Takes one part away.
    pub fn remove(&mut self, what: &What) {
        match what {
            What::Field(key) => {
                self.fields.remove(key);
            }
            What::Status => self.status = None,
            What::State => self.state = None,
            What::EmailVerified => self.email_verified = None,
            What::Group => self.group = None,
            What::Role => self.role = None,
            What::Organization => self.organization = None,
            What::NeverSignedIn => self.never_signed_in = false,
            What::SignedInAfter => self.last_sign_in.after = None,
            What::SignedInBefore => self.last_sign_in.before = None,
            What::CreatedAfter => self.created.after = None,
            What::CreatedBefore => self.created.before = None,
            What::SecondFactor => self.second_factor = None,
            What::PasswordExpiresWithin => self.password_expires_within = None,
            What::ExternalIdentity => self.external_identity = None,
        }
    }
}

/// One part of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Field(String),
    Status,
    State,
    EmailVerified,
    Group,
    Role,
    Organization,
    NeverSignedIn,
    SignedInAfter,
    SignedInBefore,
    CreatedAfter,
    CreatedBefore,
    SecondFactor,
    PasswordExpiresWithin,
    ExternalIdentity,
}

/// A chip: `Group: Staff`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterPart {
    pub what: What,
    pub label: String,
    /// `None`: it names something that is not there any more, or not the reader's to see.
    pub value: Option<String>,
}

impl FilterPart {
    /// `the status Locked`; a group whose name is not at hand is `a group`.
    pub fn in_words(&self) -> String {
        let label = self.label.to_lowercase();
        match &self.value {
            Some(value) => format!("the {label} {value}"),
            None => format!("a certain {label}"),
        }
    }
}

/// The names behind a filter's ids, within what the reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterNames {
    pub group: Option<String>,
    pub role: Option<String>,
    pub organization: Option<String>,
    /// Labels of the searched attributes that are the store's own.
    pub fields: BTreeMap<String, String>,
}

/// What the **Filter** dialog offers, within what the reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterChoices {
    pub groups: Vec<(GroupId, String)>,
    pub roles: Vec<(RoleId, String)>,
    pub organizations: Vec<(OrganizationId, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Filter {
        let id = |text: &str| text.parse().unwrap();
        let at = Timestamp::parse_date("2026-02-28");
        Filter {
            store: Some("00000000-0000-0000-0000-000000000001".parse().unwrap()),
            q: "o'br & 100%".into(),
            fields: BTreeMap::from([("email".into(), "@acme".into()), ("cost-centre".into(), "4".into())]),
            status: Some(StatusFilter::Locked),
            state: Some(StateFilter::PendingActivation),
            email_verified: Some(false),
            group: Some(GroupId(id("00000000-0000-0000-0000-000000000002"))),
            role: Some(RoleId(id("00000000-0000-0000-0000-000000000003"))),
            organization: Some(OrganizationId(id("00000000-0000-0000-0000-000000000004"))),
            last_sign_in: Period { after: at, before: at },
            never_signed_in: true,
            created: Period { after: at, before: at },
            second_factor: Some(SecondFactorFilter::Kind(FactorKind::AuthenticatorApp)),
            password_expires_within: Some(14),
            external_identity: Some(false),
        }
    }

    #[test]
    fn every_filter_survives_the_url() {
        let mut back = Filter::default();
        for (name, value) in full().to_pairs() {
            assert_eq!(back.read_pair(&name, &value), Some(true), "{name}");
        }
        assert_eq!(back, full());
        assert!(Filter::default().to_pairs().is_empty());
    }

    #[test]
    fn nonsense_is_told_and_changes_nothing() {
        let mut filter = Filter::default();
        let pairs = [
            ("state", "asleep"),
            ("verified", "perhaps"),
            ("group", "staff"),
            ("signed_in", "often"),
            ("created_after", "2026-02-30"),
            ("signed_in_before", "yesterday"),
            ("field.", "x"),
            ("field.a b", "x"),
            ("second_factor", "shoe"),
            ("password_expires_within", "0"),
            ("password_expires_within", "-1"),
            ("external_identity", "maybe"),
        ];
        for (name, value) in pairs {
            assert_eq!(filter.read_pair(name, value), Some(false), "{name}");
        }
        assert_eq!(filter.read_pair("utm", "x"), None);
        assert_eq!(filter, Filter::default());
    }

    #[test]
    fn each_part_is_a_chip_that_can_be_removed() {
        let mut filter = full();
        let parts = filter.parts(&FilterNames::default());
        assert_eq!(parts.len(), 16);
        let broken: Vec<_> = parts.iter().filter(|part| part.value.is_none()).map(|part| part.label.as_str()).collect();
        assert_eq!(broken, ["cost-centre", "Group", "Role", "Organization"]);
        for part in parts {
            filter.remove(&part.what);
        }
        assert_eq!(filter, Filter { store: filter.store, q: filter.q.clone(), ..Filter::default() });
    }
}
