//! The cookie that carries a session's token.

use domain::recent_proof::Renewed;
use domain::sessions::NewSession;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// Its name and attributes, which follow from whether people reach Roster by https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCookie {
    secure: bool,
}

impl SessionCookie {
    /// `secure`: whether the base URL is https.
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// With https the prefix makes browsers refuse a cookie that a neighbouring host or plain http set
    /// (RFC 6265bis §4.1.3.2).
    pub fn name(self) -> &'static str {
        if self.secure { "__Host-roster_session" } else { "roster_session" }
    }

    /// `Set-Cookie` for a session that has just begun.
    ///
    /// # Errors
    /// Never for a token of ours, which is base64url.
    pub fn set(self, session: &NewSession) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
        self.header(session.token.expose(), session.lives_seconds)
    }

    /// `Set-Cookie` for a session that goes on under another token.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn renew(self, renewed: &Renewed) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
        self.header(renewed.token.expose(), renewed.lives_seconds)
    }

    /// `Set-Cookie` that makes the browser forget it.
    pub fn clear(self) -> HeaderValue {
        self.header("", 0).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The token that the browser sent.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        value(headers, self.name())
    }

    fn header(self, value: &str, seconds: i64) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
        header(self.name(), value, seconds, self.secure)
    }
}

/// The value of the first cookie of that name; an empty one is none.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name && !value.is_empty()).then_some(value))
}

pub(super) fn header(
    name: &str,
    value: &str,
    seconds: i64,
    secure: bool,
) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let mut header =
        HeaderValue::try_from(format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"))?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (COOKIE, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn is_found_among_others() {
        let cookie = SessionCookie::new(false);
        assert_eq!(cookie.read(&cookies(&["theme=dark; roster_session=abc; x=y"])), Some("abc"));
        assert_eq!(cookie.read(&cookies(&["theme=dark", "roster_session=abc"])), Some("abc"));
        assert_eq!(cookie.read(&cookies(&["xroster_session=abc; roster_session="])), None);
        assert_eq!(cookie.read(&HeaderMap::new()), None);
    }

    #[test]
    fn with_https_only_the_protected_name_counts() {
        let cookie = SessionCookie::new(true);
        assert_eq!(cookie.read(&cookies(&["roster_session=abc"])), None);
        assert_eq!(cookie.read(&cookies(&["__Host-roster_session=abc"])), Some("abc"));
        assert_eq!(cookie.clear(), "__Host-roster_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
    }
}
