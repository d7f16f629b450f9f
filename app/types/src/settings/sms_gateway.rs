//! The HTTP gateway that text messages leave by (N2).
//!
//! Its headers hold secrets: they are typed once, kept sealed elsewhere, and only their names are shown.

use serde::{Deserialize, Serialize};

use super::all_or;
use crate::FieldErrors;

/// What stands in the body for the number and for the text.
pub const TO: &str = "{to}";
pub const TEXT: &str = "{text}";

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
    /// Empty: the operator's, if there is one.
    pub url: String,
    pub format: SmsFormat,
    /// With [`TO`] and [`TEXT`]; the format decides how they are escaped.
    pub body: String,
    /// The headers that are kept.
    pub header_names: Vec<String>,
    /// `Name: value`, a line each: takes the place of all that are kept. Never stored here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_headers: Option<String>,
}

impl Default for SmsGateway {
    fn default() -> Self {
        Self {
            url: String::new(),
            format: SmsFormat::Json,
            body: r#"{"to": "{to}", "text": "{text}"}"#.into(),
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
            && let Err(why) = origin(&self.url)
        {
            errors.add("url", why);
        }
        if self.body.len() > MOST_CHARACTERS {
            errors.add("body", format!("At most {MOST_CHARACTERS} characters, please."));
        }
        if !self.body.contains(TO) || !self.body.contains(TEXT) {
            errors.add("body", "It needs {to} for the number and {text} for the message.");
        }
        errors.keep("new_headers", self.typed_headers());
        all_or(errors)
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

    /// What is kept of it in the place of `before`: names of headers, never their values. Headers do
    /// not follow to another server: they were a secret of the one before.
    #[must_use]
    pub fn as_saved(mut self, before: &Self) -> Self {
        let typed = self.typed_headers().ok().flatten();
        self.header_names = match typed {
            Some(typed) => typed.into_iter().map(|(name, _)| name).collect(),
            None if origin(&self.url).ok() == origin(&before.url).ok() => before.header_names.clone(),
            None => Vec::new(),
        };
        self.new_headers = None;
        self
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
        for body in ["", "{to}", "{text}", "{ to } {text}"] {
            assert!(SmsGateway { body: body.into(), ..SmsGateway::default() }.check().is_err(), "{body}");
        }
    }

    #[test]
    fn headers_do_not_follow_to_another_server() {
        let typed = SmsGateway { new_headers: Some("X-Key: secret".into()), ..with_url("https://a.example/1") };
        let saved = typed.as_saved(&SmsGateway::default());
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
