//! The cookie of staff who look at an account in its holder's place (A11). It stands beside their own
//! session's, which is theirs again when it goes.

use domain::authority::ABSOLUTE_LIMIT_SECONDS;
use domain::impersonation::NewImpersonation;
use http::{HeaderMap, HeaderValue};

use super::session_cookie;

/// Its name and attributes, as the session's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImpersonationCookie {
    secure: bool,
}

impl ImpersonationCookie {
    /// `secure`: whether the base URL is https.
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    pub fn name(self) -> &'static str {
        if self.secure { "__Host-roster_impersonation" } else { "roster_impersonation" }
    }

    /// `Set-Cookie`. It outlives what it opens: nobody is back in their own account without having
    /// said so.
    ///
    /// # Errors
    /// Never for a token of ours, which is base64url.
    pub fn set(self, begun: &NewImpersonation) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
        session_cookie::header(self.name(), begun.token.expose(), ABSOLUTE_LIMIT_SECONDS, self.secure)
    }

    /// `Set-Cookie` that makes the browser forget it.
    pub fn clear(self) -> HeaderValue {
        session_cookie::header(self.name(), "", 0, self.secure).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The token that the browser sent.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        session_cookie::value(headers, self.name())
    }
}
