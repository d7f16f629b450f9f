//! Why something was not done. `Database` and `Internal` are for the log; the rest is for the person.

use sea_orm::DbErr;
use types::FieldErrors;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No session, or one that is over.
    #[error("not signed in")]
    SignIn,
    /// Known, but not theirs to do.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// Not there, or not visible: never told apart.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Some fields must be corrected.
    #[error("invalid input")]
    Invalid(FieldErrors),
    /// Somebody or something else was first.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The hashing pool's queue is full.
    #[error("busy")]
    Busy { retry_after_seconds: u32 },
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The database was made by a newer version of Roster.
    #[error(
        "the database has the migration {0}, which this version of Roster does not know: it was made by a newer version"
    )]
    NewerDatabase(String),
    /// The secret key file is not the one that this database was sealed with.
    #[error("the secrets in this database were sealed with another key")]
    OtherKey,
    /// The session has not proven lately who it is (S12): ask for the password, then again.
    #[error("a recent proof is needed")]
    ProofNeeded,
    #[error("{0}")]
    Internal(String),
}

impl Error {
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::NotAllowed(message.into())
    }

    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// Whether the database itself is away, as opposed to a statement that it refused.
    pub fn is_database_away(&self) -> bool {
        use sea_orm::RuntimeErr::SqlxError;
        use sea_orm::sqlx::Error as Sqlx;
        match self {
            Self::Database(DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => true,
            Self::Database(DbErr::Query(SqlxError(error)) | DbErr::Exec(SqlxError(error))) => match error.as_ref() {
                Sqlx::Io(_) | Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::WorkerCrashed | Sqlx::Protocol(_) => true,
                Sqlx::Database(refused) => {
                    // PostgreSQL's class 57 is "operator intervention": it is shutting down or starting.
                    // SQLite's 5, 10, 13 and 14: busy, I/O error, disk full, cannot open.
                    refused.code().is_some_and(|code| {
                        code.starts_with("57P")
                            || code.starts_with("53")
                            || matches!(&*code, "5" | "10" | "13" | "14" | "261" | "517")
                    })
                }
                _ => false,
            },
            _ => false,
        }
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}
