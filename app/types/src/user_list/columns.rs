//! The columns of the list (U1, U9): which there are, and how a choice of them is written.

use serde::{Deserialize, Serialize};

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListColumn {
    Name,
    Email,
    Username,
    Phone,
    Status,
    Groups,
    LastSignIn,
    Created,
}

impl ListColumn {
    /// All there are, in the dialog's order.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Email,
        Self::Username,
        Self::Phone,
        Self::Status,
        Self::Groups,
        Self::LastSignIn,
        Self::Created,
    ];

    /// Those shown to whoever has chosen none.
    pub const DEFAULT: [Self; 6] =
        [Self::Name, Self::Email, Self::Status, Self::Groups, Self::LastSignIn, Self::Created];

    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Username => "username",
            Self::Phone => "phone",
            Self::Status => "status",
            Self::Groups => "groups",
            Self::LastSignIn => "last_sign_in",
            Self::Created => "created",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Email => "Email",
            Self::Username => "Username",
            Self::Phone => "Phone",
            Self::Status => "Status",
            Self::Groups => "Groups",
            Self::LastSignIn => "Last sign-in",
            Self::Created => "Created",
        }
    }

    /// Columns as the URL and the database write them: `name,email`. The name leads to the profile,
    /// so a choice without it is none; one that this version does not know is left out.
    pub fn read(text: &str) -> Option<Vec<Self>> {
        let mut columns = Vec::new();
        for key in text.split(',') {
            let column = Self::ALL.into_iter().find(|column| column.key() == key);
            columns.extend(column.filter(|column| !columns.contains(column)));
        }
        columns.contains(&Self::Name).then_some(columns)
    }

    /// What [`Self::read`] reads back.
    pub fn write(columns: &[Self]) -> String {
        columns.iter().map(|column| column.key()).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_back_in_their_order() {
        let columns = [ListColumn::Created, ListColumn::Name];
        assert_eq!(ListColumn::read(&ListColumn::write(&columns)).as_deref(), Some(&columns[..]));
        assert_eq!(ListColumn::read("name,shoe,email,name"), Some(vec![ListColumn::Name, ListColumn::Email]));
        assert_eq!(ListColumn::read("email"), None);
        assert_eq!(ListColumn::read(""), None);
    }
}
