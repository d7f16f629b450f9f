//! The cookie of a sign-in that is not finished. Its token is worth nothing as a session.

use domain::sign_in::NewPreSession;
use http::{HeaderMap, HeaderValue};

use super::session_cookie;

/// Its name and attributes, as the session's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInCookie {
    secure: bool,
}

impl SignInCookie {
    /// `secure`: whether the base URL is https.
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    pub fn name(self) -> &'static str {
        if self.secure { "__Host-roster_sign_in" } else { "roster_sign_in" }
    }

    /// `Set-Cookie` for a sign-in that has just begun.
    ///
    /// # Errors
    /// Never for a token of ours, which is base64url.
    pub fn set(self, begun: &NewPreSession) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
        session_cookie::header(self.name(), begun.token.expose(), begun.lives_seconds, self.secure)
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
