//! What can go wrong with a request, as what its sender can do next. The cause stays in the log.

use serde::{Deserialize, Serialize};

use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use server_fn::{Bytes, Decodes};
use types::FieldErrors;

/// The one error of every server function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiError {
    /// No session, or one that has ended: sign in again. 401.
    SignIn,
    /// Signed in, but not proven lately: confirm who it is, then again. 403.
    ProofNeeded,
    /// Signed in, but this is not theirs to do. 403.
    NotAllowed { message: String },
    /// It is not there, or not visible to the caller; the two are never told apart. 404.
    NotFound { what: String },
    /// Some fields must be corrected. 422.
    Invalid { errors: FieldErrors },
    /// Somebody else changed it meanwhile: look at the difference and choose. 409.
    Conflict { message: String },
    /// Too much at once; try again after so many seconds. 503.
    Busy { retry_after_seconds: u32 },
    /// The database is away for a moment; nothing was changed. 503.
    Unavailable,
    /// The request could not be read: an outdated page, or not ours. 400.
    BadRequest { message: String },
    /// Our fault. The reference finds the cause in the log. 500.
    Internal { reference: String },
    /// The server was not reached: the browser is offline or it is restarting.
    Offline,
}

impl ApiError {
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::NotAllowed { message: message.into() }
    }

    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// The HTTP status that this error answers with.
    pub fn status(&self) -> u16 {
        match self {
            Self::SignIn => 401,
            Self::NotAllowed { .. } | Self::ProofNeeded => 403,
            Self::NotFound { .. } => 404,
            Self::Invalid { .. } => 422,
            Self::Conflict { .. } => 409,
            Self::Busy { .. } | Self::Unavailable | Self::Offline => 503,
            Self::BadRequest { .. } => 400,
            Self::Internal { .. } => 500,
        }
    }

    /// The errors by field, when that is what this is.
    pub fn fields(&self) -> FieldErrors {
        match self {
            Self::Invalid { errors } => errors.clone(),
            _ => FieldErrors::default(),
        }
    }
}

/// A sentence for the person in front of the screen.
impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignIn => f.write_str("Your session has ended. Sign in again."),
            Self::ProofNeeded => f.write_str("Nothing was changed: confirm first that it is you."),
            Self::NotAllowed { message } | Self::Conflict { message } | Self::BadRequest { message } => {
                f.write_str(message)
            }
            Self::NotFound { what } => write!(f, "There is no such {what}."),
            Self::Invalid { errors } => match errors.0.values().next() {
                Some(first) => f.write_str(first),
                None => f.write_str("Please correct the marked fields."),
            },
            Self::Busy { retry_after_seconds } => {
                write!(f, "The server is busy. Try again in {retry_after_seconds} seconds.")
            }
            Self::Unavailable => {
                f.write_str("The database cannot be reached right now. Nothing was changed; try again in a moment.")
            }
            Self::Internal { reference } => write!(
                f,
                "Something went wrong on the server. Nothing was changed. Reference for the log: {reference}."
            ),
            Self::Offline => f.write_str("The server cannot be reached. Check the connection and try again."),
        }
    }
}

impl std::error::Error for ApiError {}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Offline,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::BadRequest { message: "This request could not be read. Reload the page and try again.".into() }
            }
            _ => Self::Unavailable,
        }
    }

    fn de(data: Bytes) -> Self {
        match JsonEncoding::decode(data) {
            // Sent with the token that the session had until a moment ago.
            Ok(Self::SignIn) if crate::admin::proof::is_renewing() => Self::Unavailable,
            Ok(error) => error,
            Err(error) => Self::from_server_fn_error(ServerFnErrorErr::Deserialization(error.to_string())),
        }
    }
}
