//! The columns of the list (U1, U9): which there are, and how a choice of them is written.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::attributes;

/// What the written names of a store's own attributes begin with.
const ATTRIBUTE: &str = "attribute.";

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListColumn {
    Name,
    Email,
    Username,
    Phone,
    Status,
    Groups,
    SecondFactor,
    LastSignIn,
    Created,
    /// An attribute of the store, by its key.
    Attribute(String),
}

impl ListColumn {
    /// Those of every store, in the dialog's order.
    pub const BUILT_IN: [Self; 9] = [
        Self::Name,
        Self::Email,
        Self::Username,
        Self::Phone,
        Self::Status,
        Self::Groups,
        Self::SecondFactor,
        Self::LastSignIn,
        Self::Created,
    ];

    /// Those shown to whoever has chosen none.
    pub const DEFAULT: [Self; 7] =
        [Self::Name, Self::Email, Self::Status, Self::Groups, Self::SecondFactor, Self::LastSignIn, Self::Created];

    pub fn key(&self) -> Cow<'static, str> {
        match self {
            Self::Name => "name".into(),
            Self::Email => "email".into(),
            Self::Username => "username".into(),
            Self::Phone => "phone".into(),
            Self::Status => "status".into(),
            Self::Groups => "groups".into(),
            Self::SecondFactor => "second_factor".into(),
            Self::LastSignIn => "last_sign_in".into(),
            Self::Created => "created".into(),
            Self::Attribute(key) => format!("{ATTRIBUTE}{key}").into(),
        }
    }

    /// The head of the column; of an attribute its key, until somebody knows its label.
    pub fn label(&self) -> &str {
        match self {
            Self::Name => "Name",
            Self::Email => "Email",
            Self::Username => "Username",
            Self::Phone => "Phone",
            Self::Status => "Status",
            Self::Groups => "Groups",
            Self::SecondFactor => "Second factor",
            Self::LastSignIn => "Last sign-in",
            Self::Created => "Created",
            Self::Attribute(key) => key,
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        match key.strip_prefix(ATTRIBUTE) {
            Some(attribute) => attributes::is_key(attribute).then(|| Self::Attribute(attribute.to_owned())),
            None => Self::BUILT_IN.into_iter().find(|column| column.key() == key),
        }
    }

    /// Columns as the URL and the database write them: `name,attribute.team`. The name leads to the
    /// profile, so a choice without it is none; one that this version does not know is left out.
    pub fn read(text: &str) -> Option<Vec<Self>> {
        let mut columns = Vec::new();
        for key in text.split(',').take(Self::BUILT_IN.len() + attributes::ATTRIBUTES_MOST) {
            columns.extend(Self::from_key(key).filter(|column| !columns.contains(column)));
        }
        columns.contains(&Self::Name).then_some(columns)
    }

    /// What [`Self::read`] reads back.
    pub fn write(columns: &[Self]) -> String {
        columns.iter().map(Self::key).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_back_in_their_order() {
        let columns = [ListColumn::Created, ListColumn::Attribute("team".into()), ListColumn::Name];
        assert_eq!(ListColumn::read(&ListColumn::write(&columns)).as_deref(), Some(&columns[..]));
        assert_eq!(ListColumn::read("name,shoe,email,name"), Some(vec![ListColumn::Name, ListColumn::Email]));
        assert_eq!(ListColumn::read("name,attribute.,attribute.A b"), Some(vec![ListColumn::Name]));
        assert_eq!(ListColumn::read("email"), None);
        assert_eq!(ListColumn::read(""), None);
    }
}
