//! The HTTP gateway that text messages leave by (N2).
//!
//! Secrets are in its headers, and often in its address or its body: they are typed once, kept sealed elsewhere,
//! and not shown again but for the server and the names of headers.

use serde::{Deserialize, Serialize};

use super::all_or;
use crate::FieldErrors;

/// What stands in the body for the number and for the text.
pub const TO: &str = "{to}";
pub const TEXT: &str = "{text}";

/// Stands for what is kept of an address beyond its server, and not shown.
const HIDDEN: &str = "/…";

const MOST_CHARACTERS: usize = 4_000;
const MOST_HEADERS: usize = 10;
/// What the request says of itself: a header must not contradict it.
const RESERVED: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmsGateway {
    /// Empty: the operator's, if there is one. Kept, it ends with [`HIDDEN`] where more than the server is.
    pub url: String,
    pub format: SmsFormat,
    /// With [`TO`] and [`TEXT`]; the format decides how they are escaped. Empty: the one that is kept.
    pub body: String,
    /// The headers that are kept.
    pub header_names: Vec<String>,
    /// `Name: value`, a line each: takes the place of all that are kept. Never stored here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_headers: Option<String>,
}

/// Nobody's secret, and so shown.
const FIRST_BODY: &str = r#"{"to": "{to}", "text": "{text}"}"#;

impl Default for SmsGateway {
    fn default() -> Self {
        Self {
            url: String::new(),
            format: SmsFormat::Json,
            body: FIRST_BODY.into(),
            header_names: Vec::new(),
            new_headers: None,
        }
    }
}

/// How the body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsFormat {
    #[default]
    Json,
    Form,
}

impl SmsFormat {
    pub const ALL: [Self; 2] = [Self::Json, Self::Form];

    pub fn key(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

impl SmsGateway {
    pub(super) fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if !self.url.is_empty()
            && let Err(why) = origin(self.url.strip_suffix(HIDDEN).unwrap_or(&self.url))
        {
            errors.add("url", why);
        }
        if self.body.len() > MOST_CHARACTERS {
            errors.add("body", format!("At most {MOST_CHARACTERS} characters, please."));
        }
        if !self.body.is_empty() && (!self.body.contains(TO) || !self.body.contains(TEXT)) {
            errors.add("body", "It needs {to} for the number and {text} for the message.");
        }
        errors.keep("new_headers", self.typed_headers());
        all_or(errors)
    }

    /// Whether something of it is kept sealed and not in here.
    pub fn is_partly_hidden(&self) -> bool {
        self.url.ends_with(HIDDEN) || self.body.is_empty()
    }

    fn server(&self) -> Option<String> {
        origin(self.url.strip_suffix(HIDDEN).unwrap_or(&self.url)).ok()
    }

    /// What can be wrong in the place of `before` only: what is not shown cannot be typed in part, and does not
    /// follow to another server.
    ///
    /// # Errors
    /// Every wrong field.
    pub fn check_after(&self, before: &Self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.url.ends_with(HIDDEN) && self.url != before.url {
            errors.add("url", "Please type the whole address: the rest of the one that is kept is not shown.");
        }
        if self.body.is_empty() && !self.url.is_empty() {
            if !before.body.is_empty() {
                errors.add("body", "It needs {to} for the number and {text} for the message.");
            } else if self.server() != before.server() {
                errors.add("body", "Please type it anew: the one that is kept was for another server.");
            }
        }
        all_or(errors)
    }

    /// As it is shown and kept in the settings: the server of the address, and a body that holds no secret.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        if let Some(server) = self.server()
            && self.url.len() > server.len()
        {
            self.url = format!("{server}{HIDDEN}");
        }
        if self.body != FIRST_BODY {
            self.body = String::new();
        }
        self
    }

    /// With what is hidden of it taken from `kept`.
    #[must_use]
    pub fn with_hidden_of(mut self, kept: &Self) -> Self {
        if self.url.ends_with(HIDDEN) {
            self.url.clone_from(&kept.url);
        }
        if self.body.is_empty() {
            self.body = if self.url.is_empty() { FIRST_BODY.to_owned() } else { kept.body.clone() };
        }
        self
    }

    /// The headers that were typed; `None`: those that are kept stay.
    ///
    /// # Errors
    /// A sentence for the field; it does not repeat what was typed.
    pub fn typed_headers(&self) -> Result<Option<Vec<(String, String)>>, String> {
        let Some(text) = self.new_headers.as_deref().filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        if text.len() > MOST_CHARACTERS {
            return Err(format!("At most {MOST_CHARACTERS} characters, please."));
        }
        let headers = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let (name, value) =
                    line.split_once(':').ok_or("Write each header as Name: value, on a line of its own.")?;
                let (name, value) = (name.trim(), value.trim());
                let is_name =
                    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
                if !is_name || RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                    return Err("One of these is no header that may be set here.");
                }
                if value.is_empty() || !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                    return Err("The value of a header has plain letters, digits and signs only.");
                }
                Ok((name.to_owned(), value.to_owned()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if headers.len() > MOST_HEADERS {
            return Err(format!("At most {MOST_HEADERS} headers, please."));
        }
        Ok(Some(headers))
    }

    /// What is kept of it in the place of `before`: names of headers, never their values, and nothing else that
    /// may be secret. Headers do not follow to another server: they were a secret of the one before.
    #[must_use]
    pub fn as_saved(mut self, before: &Self) -> Self {
        let typed = self.typed_headers().ok().flatten();
        self.header_names = match typed {
            Some(typed) => typed.into_iter().map(|(name, _)| name).collect(),
            None if self.server() == before.server() => before.header_names.clone(),
            None => Vec::new(),
        };
        self.new_headers = None;
        if self.url.is_empty() && self.body.is_empty() {
            self.body = FIRST_BODY.to_owned();
        }
        self.without_secrets()
    }
}

/// Scheme, host and port of the gateway's address.
///
/// # Errors
/// A sentence for the field.
pub fn origin(url: &str) -> Result<String, String> {
    const WRONG: &str = "That is not a web address. It looks like https://sms.example.com/send.";
    let (scheme, rest) = url.split_once("://").ok_or(WRONG)?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err("Only addresses with http:// or https:// can be used.".into());
    }
    if !url.bytes().all(|b| b.is_ascii_graphic()) || url.len() > 2_000 || url.contains(['{', '}', '\\', '#']) {
        return Err(WRONG.into());
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("Passwords do not belong into an address: put them into a header.".into());
    }
    if authority.is_empty() || authority.starts_with(':') {
        return Err(WRONG.into());
    }
    Ok(format!("{scheme}://{}", authority.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_url(url: &str) -> SmsGateway {
        SmsGateway { url: url.into(), ..SmsGateway::default() }
    }

    fn with_headers(headers: &str) -> SmsGateway {
        SmsGateway { new_headers: Some(headers.into()), ..SmsGateway::default() }
    }

    #[test]
    fn only_web_addresses_without_secrets() {
        for good in ["", "https://sms.example.com/send?x=1", "http://127.0.0.1:8080", "http://[::1]:9/a"] {
            assert_eq!(with_url(good).check(), Ok(()), "{good}");
        }
        for bad in [
            "sms.example.com",
            "file:///etc/passwd",
            "ftp://a.example",
            "gopher://a.example",
            "https://",
            "https://user:secret@a.example",
            "https://a.example/{to}",
            "https://a.example/ b",
            "https://a.example\r\nX: y",
            "https:\\\\a.example",
        ] {
            assert!(with_url(bad).check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn headers_are_a_name_and_a_value_and_nothing_more() {
        let typed = with_headers("Authorization: Bearer a:b\r\n\nX-Key:1").typed_headers().unwrap().unwrap();
        assert_eq!(typed, [("Authorization".into(), "Bearer a:b".into()), ("X-Key".into(), "1".into())]);
        assert_eq!(with_headers(" \n ").typed_headers(), Ok(None));
        for bad in
            ["Authorization", "A b: c", ": x", "X:", "X: é", "X: a\rEvil: b", "Host: a", "content-length: 1", "X: \0"]
        {
            let wrong = with_headers(bad).typed_headers().unwrap_err();
            assert!(!wrong.contains(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_body_needs_both_places() {
        for body in ["{to}", "{text}", "{ to } {text}"] {
            assert!(SmsGateway { body: body.into(), ..SmsGateway::default() }.check().is_err(), "{body}");
        }
    }

    #[test]
    fn what_is_kept_shows_the_server_and_is_replaced_as_a_whole() {
        let body = "to={to}&text={text}&key=hunter2";
        let typed = SmsGateway { body: body.into(), ..with_url("https://A.example/send?key=hunter2") };
        let kept = typed.clone().as_saved(&SmsGateway::default());
        assert_eq!((kept.url.as_str(), kept.body.as_str()), ("https://a.example/…", ""));
        assert_eq!(kept.check().and(kept.check_after(&kept)), Ok(()));
        assert_eq!(kept.clone().as_saved(&kept), kept);
        let whole = kept.clone().with_hidden_of(&typed);
        assert_eq!((whole.url.as_str(), whole.body.as_str()), ("https://A.example/send?key=hunter2", body));
        // Neither goes along to a server that somebody else names.
        for url in ["https://evil.example/", "https://evil.example", "https://evil.example/…"] {
            let moved = SmsGateway { url: url.into(), ..kept.clone() };
            assert!(moved.check_after(&kept).is_err(), "{url}");
        }
        let halved = SmsGateway { url: "https://a.example/v2/…".into(), ..kept.clone() };
        assert!(halved.check().is_err() || halved.check_after(&kept).is_err());
        assert!(SmsGateway { body: String::new(), ..with_url("") }.as_saved(&kept).body == FIRST_BODY);
        let emptied = SmsGateway { body: String::new(), ..with_url("https://a.example") };
        assert!(emptied.check_after(&with_url("https://a.example")).is_err(), "there is none to keep");
        // An address that is a server and nothing more is shown as it is.
        assert_eq!(with_url("http://127.0.0.1:8080").without_secrets().url, "http://127.0.0.1:8080");
        assert_eq!(with_url("").without_secrets().url, "");
    }

    #[test]
    fn headers_do_not_follow_to_another_server() {
        let typed = SmsGateway { new_headers: Some("X-Key: secret".into()), ..with_url("https://a.example/1") };
        let saved = typed.as_saved(&SmsGateway::default());
        assert_eq!(saved.url, "https://a.example/…");
        assert_eq!((saved.header_names.clone(), saved.new_headers.clone()), (vec!["X-Key".to_owned()], None));
        let moved = SmsGateway { url: "https://A.example/2".into(), ..saved.clone() }.as_saved(&saved);
        assert_eq!(moved.header_names, ["X-Key"]);
        for other in ["https://b.example/1", "http://a.example/1", "https://a.example:8443/1", ""] {
            let moved = SmsGateway { url: other.into(), ..saved.clone() }.as_saved(&saved);
            assert!(moved.header_names.is_empty(), "{other}");
        }
        // Nor do names that a page makes up.
        let forged = SmsGateway { header_names: vec!["X-Other".into()], ..saved.clone() }.as_saved(&saved);
        assert_eq!(forged.header_names, ["X-Key"]);
    }
}
