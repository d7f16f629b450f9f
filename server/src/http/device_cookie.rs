//! The cookie that names a browser, so that it is known at the next sign-in (S10). It opens nothing.

use domain::devices::KEPT_SECONDS;
use domain::sessions::NewSession;
use http::{HeaderMap, HeaderValue};

use super::session_cookie;

/// Its name and attributes, as the session's; it outlives the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceCookie {
    secure: bool,
}

impl DeviceCookie {
    /// `secure`: whether the base URL is https.
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    pub fn name(self) -> &'static str {
        if self.secure { "__Host-roster_device" } else { "roster_device" }
    }

    /// `Set-Cookie` beside a session that has just begun.
    ///
    /// # Errors
    /// Never for a name of ours, which is base64url.
    pub fn set(self, session: &NewSession) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
        session_cookie::header(self.name(), &session.device_cookie, KEPT_SECONDS, self.secure)
    }

    /// What the browser sent.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        session_cookie::value(headers, self.name())
    }
}
