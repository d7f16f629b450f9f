//! Import from CSV: what was uploaded, which column is what, what is wrong with a row (U14).

use serde::{Deserialize, Serialize};

use crate::{GroupId, ImportId, OrganizationId, RoleId, StoreId};

/// The largest file, in bytes.
pub const MOST_BYTES: u64 = 200 * 1024 * 1024;
/// The most columns of a file.
pub const MOST_COLUMNS: usize = 500;
/// The longest row, in bytes.
pub const MOST_ROW_BYTES: usize = 1024 * 1024;
/// Problems that a dry run keeps and shows.
pub const PROBLEMS_KEPT: i64 = 100;

/// What a report counts of those who were created: only one of the two accounts signs in by the address.
pub const SHARED_ADDRESS: &str = "with an e-mail address that somebody of another identity store has too";

/// What a column can become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub key: String,
    pub label: String,
}

/// An uploaded file, and what its header seems to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFile {
    pub id: ImportId,
    pub file_name: String,
    pub size: i64,
    /// Without the header.
    pub rows: i64,
    pub encoding: Encoding,
    pub delimiter: Delimiter,
    pub columns: Vec<ImportColumn>,
    /// The store whose attributes are among the targets.
    pub store: StoreId,
    /// Every store, to choose from.
    pub stores: Vec<(StoreId, String)>,
    pub targets: Vec<Target>,
}

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumn {
    pub header: String,
    /// The first values.
    pub samples: Vec<String>,
    /// The key of a target.
    pub guess: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Utf8,
    Windows1252,
}

impl Encoding {
    pub fn key(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    Comma,
    Semicolon,
    Tab,
}

impl Delimiter {
    pub const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }
}

/// What happens to a row whose account is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// It is rejected.
    #[default]
    Reject,
    /// The account with its e-mail is updated.
    UpdateByEmail,
    /// The account with its username is updated.
    UpdateByUsername,
}

/// How a file is to be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlan {
    pub import: ImportId,
    /// Where the accounts are; `None`: in the default store.
    #[serde(default)]
    pub store: Option<StoreId>,
    /// For each column the key of its target; `None`: it is left out.
    pub columns: Vec<Option<String>>,
    pub existing: Existing,
    /// Everybody of the file is put into it.
    pub group: Option<GroupId>,
    /// Everybody of the file gets it.
    pub role: Option<RoleId>,
    /// Where the role holds; `None`: everywhere.
    pub organization: Option<OrganizationId>,
    /// Who is new is mailed a link to choose a password.
    #[serde(default)]
    pub activation_mail: bool,
}

/// Why a row was rejected, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// As a spreadsheet counts: the header is row 1.
    pub row: i64,
    /// The header of the column; `None`: the whole row.
    pub column: Option<String>,
    pub message: String,
}

/// What the template has in any store: its columns, and a row to write over.
pub const TEMPLATE: [[&str; 5]; 2] = [
    ["email", "username", "first_name", "last_name", "phone"],
    ["ada.lovelace@example.com", "ada", "Ada", "Lovelace", "+44 20 7946 0000"],
];
