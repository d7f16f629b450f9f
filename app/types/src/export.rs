//! **Export** (U10): what is asked for, and how far it is.

use serde::{Deserialize, Serialize};

use crate::StoreId;
use crate::bulk::Selection;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    #[default]
    Csv,
    JsonLines,
    Xlsx,
}

impl ExportFormat {
    pub const ALL: [Self; 3] = [Self::Csv, Self::JsonLines, Self::Xlsx];

    pub fn key(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "json_lines",
            Self::Xlsx => "xlsx",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::JsonLines => "JSON",
            Self::Xlsx => "XLSX",
        }
    }

    /// What is to be known about it; `""`: nothing.
    pub fn hint(self) -> &'static str {
        match self {
            Self::JsonLines => "One JSON object a line (JSON lines), so that a program can read it piece by piece.",
            Self::Csv | Self::Xlsx => "",
        }
    }

    /// What the file's name ends with.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }
}

macro_rules! export_columns {
    ($($name:ident = $key:literal, $label:literal;)+) => {
        /// What of an account a file can hold.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ExportColumn {
            $($name,)+
            /// An attribute of the store, by its key.
            Attribute(String),
        }

        impl ExportColumn {
            /// Those of every store, in the dialog's order.
            pub const BUILT_IN: &'static [Self] = &[$(Self::$name,)+];

            /// The name in JSON.
            pub fn key(&self) -> &str {
                match self { $(Self::$name => $key,)+ Self::Attribute(key) => key }
            }

            /// The head of the column; of an attribute its key, until somebody knows its label.
            pub fn label(&self) -> &str {
                match self { $(Self::$name => $label,)+ Self::Attribute(key) => key }
            }
        }
    };
}

export_columns! {
    Id = "id", "Id";
    Name = "name", "Name";
    FirstName = "first_name", "First name";
    LastName = "last_name", "Last name";
    Email = "email", "Email";
    EmailVerifiedAt = "email_verified_at", "Email verified";
    Username = "username", "Username";
    Phone = "phone", "Phone";
    Status = "status", "Status";
    Onboarding = "onboarding", "Onboarding";
    Groups = "groups", "Groups";
    Organizations = "organizations", "Organizations";
    SecondFactor = "second_factor", "Second factor";
    LastSignInAt = "last_sign_in_at", "Last sign-in";
    CreatedAt = "created_at", "Created";
    DisabledAt = "disabled_at", "Disabled";
    DisabledReason = "disabled_reason", "Reason";
}

impl ExportColumn {
    /// Those ticked at first.
    pub const DEFAULT: [Self; 10] = [
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Username,
        Self::Phone,
        Self::Status,
        Self::Onboarding,
        Self::Groups,
        Self::LastSignInAt,
        Self::CreatedAt,
    ];
}

/// Whom, what of them, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRequest {
    pub format: ExportFormat,
    /// Whose attributes the columns name; `None`: the default store's.
    pub store: Option<StoreId>,
    /// In the file's order.
    pub columns: Vec<ExportColumn>,
    pub selection: Selection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// The file has not been asked for yet.
    Waiting,
    Running,
    Done,
    /// The download was broken off, or the database went away.
    Failed,
}

impl ExportState {
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Waiting, Self::Running, Self::Done, Self::Failed].into_iter().find(|state| state.key() == key)
    }
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportProgress {
    pub state: ExportState,
    pub done: i64,
    pub total: i64,
}
