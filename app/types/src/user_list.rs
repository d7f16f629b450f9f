//! The state of the user list: filter, sort, page. It lives in the URL (U7, U8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::accounts::StatusLabel;
use crate::attributes::Values;
use crate::authenticators::FactorKind;
use crate::{AccountId, Timestamp};

mod columns;
mod filter;

pub use columns::ListColumn;
pub use filter::{
    EXPIRY_DAYS_MOST, Filter, FilterChoices, FilterNames, FilterPart, Period, Q_MOST, SEARCHABLE, SearchField,
    SecondFactorFilter, StateFilter, StatusFilter, What, search_text,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    #[default]
    Name,
    Email,
    Created,
    LastSignIn,
}

impl SortKey {
    pub const ALL: [Self; 4] = [Self::Name, Self::Email, Self::Created, Self::LastSignIn];

    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Created => "created",
            Self::LastSignIn => "last_sign_in",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Ascending,
    Descending,
}

impl Direction {
    pub fn key(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }

    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// Rows on a page: 25, 50, 100 or 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PageSize(u32);

impl PageSize {
    pub const ALL: [Self; 4] = [Self(25), Self(50), Self(100), Self(200)];

    pub fn rows(self) -> u32 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u32> for PageSize {
    type Error = String;
    fn try_from(rows: u32) -> Result<Self, String> {
        Self::ALL.into_iter().find(|size| size.0 == rows).ok_or_else(|| format!("{rows} is not a page size"))
    }
}

impl From<PageSize> for u32 {
    fn from(size: PageSize) -> u32 {
        size.0
    }
}

/// From where the page goes on. The cursors are the server's; nobody else looks into them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    #[default]
    First,
    After(String),
    Before(String),
    Last,
}

/// All that the list shows follows from this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ListState {
    pub filter: Filter,
    pub sort: SortKey,
    pub dir: Direction,
    /// `None`: the size this person chose last.
    pub size: Option<PageSize>,
    /// `None`: the columns that this person has chosen.
    pub columns: Option<Vec<ListColumn>>,
    pub position: Position,
}

impl ListState {
    /// Reads a query string's pairs. What makes no sense is left out and named in the notices.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Self, Vec<String>) {
        let mut state = Self::default();
        let mut notices = Vec::new();
        for (name, value) in pairs {
            if value.is_empty() {
                continue;
            }
            if let Some(understood) = state.filter.read_pair(name, value) {
                if !understood {
                    notices.push(ignored(name));
                }
                continue;
            }
            let understood = match name {
                "sort" => match SortKey::ALL.into_iter().find(|sort| sort.key() == value) {
                    Some(sort) => {
                        state.sort = sort;
                        true
                    }
                    None => false,
                },
                "dir" => match value {
                    "asc" => true,
                    "desc" => {
                        state.dir = Direction::Descending;
                        true
                    }
                    _ => false,
                },
                "size" => {
                    state.size = value.parse::<u32>().ok().and_then(|rows| rows.try_into().ok());
                    state.size.is_some()
                }
                "columns" => {
                    state.columns = ListColumn::read(value);
                    state.columns.is_some()
                }
                "after" if value == "last" => {
                    state.position = Position::Last;
                    true
                }
                "after" => {
                    state.position = Position::After(value.to_owned());
                    true
                }
                "before" => {
                    state.position = Position::Before(value.to_owned());
                    true
                }
                // Another page's or a newer version's parameter is not this list's business.
                _ => true,
            };
            if !understood {
                notices.push(ignored(name));
            }
        }
        (state, notices)
    }

    /// The pairs that [`Self::from_pairs`] reads back; defaults are left out.
    pub fn to_pairs(&self) -> Vec<(String, String)> {
        let mut pairs = self.filter.to_pairs();
        let mut add = |name: &str, value: String| pairs.push((name.to_owned(), value));
        if self.sort != SortKey::default() {
            add("sort", self.sort.key().to_owned());
        }
        if self.dir != Direction::default() {
            add("dir", self.dir.key().to_owned());
        }
        if let Some(size) = self.size {
            add("size", size.rows().to_string());
        }
        if let Some(columns) = &self.columns {
            add("columns", ListColumn::write(columns));
        }
        match &self.position {
            Position::First => {}
            Position::After(cursor) => add("after", cursor.clone()),
            Position::Before(cursor) => add("before", cursor.clone()),
            Position::Last => add("after", "last".to_owned()),
        }
        pairs
    }
}

fn ignored(name: &str) -> String {
    format!("The part “{name}” of the address makes no sense and was ignored.")
}

/// One row of the list (U1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub username: Option<String>,
    pub phone: Option<String>,
    pub labels: Vec<StatusLabel>,
    /// At most three; the rest is counted.
    pub groups: Vec<String>,
    pub more_groups: i64,
    /// The kind that is asked for first; `None`: there is no second factor.
    pub second_factor: Option<FactorKind>,
    pub created_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
    /// Of the store's own attributes those that are shown, by key and as a person reads them.
    pub attributes: Values,
}

impl UserRow {
    pub fn is_disabled(&self) -> bool {
        self.labels.contains(&StatusLabel::Disabled)
    }
}

/// How many match: exact up to 10,000 and wherever a counter knows, else "more than".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchCount {
    Exactly(i64),
    MoreThan(i64),
}

impl std::fmt::Display for MatchCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(count) => f.write_str(&grouped(*count)),
            Self::MoreThan(count) => write!(f, "{}+", grouped(*count)),
        }
    }
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    pub rows: Vec<UserRow>,
    /// When it is known without counting.
    pub count: Option<MatchCount>,
    pub size: PageSize,
    pub before: Option<String>,
    pub after: Option<String>,
    /// The columns to show, in order.
    pub columns: Vec<ListColumn>,
    /// What the store's own attributes among them are called, by key.
    pub labels: BTreeMap<String, String>,
    /// What the filter's ids are called.
    pub names: FilterNames,
    /// What was ignored, and why.
    pub notices: Vec<String>,
}

/// The cards above the list (U3), within what the reader may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCounts {
    pub all: i64,
    pub onboarded: i64,
    /// Onboarded ones with a second factor; no card, but the dashboard's (D7).
    pub with_second_factor: i64,
    pub not_registered: i64,
    pub pending_activation: i64,
    pub disabled: i64,
    pub locked: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_survives_the_url() {
        let state = ListState {
            filter: Filter {
                q: "o'br & 100%".into(),
                status: Some(StatusFilter::Disabled),
                state: Some(StateFilter::Onboarded),
                ..Filter::default()
            },
            sort: SortKey::LastSignIn,
            dir: Direction::Descending,
            size: Some(PageSize(200)),
            columns: Some(vec![ListColumn::Name, ListColumn::Phone]),
            position: Position::Before("abc".into()),
        };
        let pairs = state.to_pairs();
        let (back, notices) = ListState::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        assert_eq!(back, state);
        assert!(notices.is_empty());
        assert!(ListState::default().to_pairs().is_empty());
    }

    #[test]
    fn nonsense_is_ignored_with_a_notice() {
        let (state, notices) = ListState::from_pairs([
            ("status", "purple"),
            ("sort", "shoe"),
            ("dir", "up"),
            ("size", "51"),
            ("columns", "shoes"),
            ("state", "asleep"),
            ("utm", "x"),
        ]);
        assert_eq!(state, ListState::default());
        assert_eq!(notices.len(), 6);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(-1_234_567), "-1,234,567");
        assert_eq!(MatchCount::MoreThan(10_000).to_string(), "10,000+");
    }
}
