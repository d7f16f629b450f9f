//! An e-mail address that may be stored: parsed once, then believed.

use serde::{Deserialize, Serialize};

/// A mailbox of RFC 5321 in ASCII: `local@domain`, at most 254 characters, spelled as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// # Errors
    /// A sentence for the field. Letters outside ASCII are refused since they can look like
    /// others (`аdmin@…` with a Cyrillic а); international domains are given as `xn--…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("Please give an e-mail address.".into());
        }
        if text.len() > 254 {
            return Err("An e-mail address has at most 254 characters.".into());
        }
        if !text.is_ascii() {
            return Err("Only plain letters, digits and signs; write an international domain as xn--….".into());
        }
        let wrong = || "That is not an e-mail address. It looks like name@example.com.".to_owned();
        let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
        let local_is_fine = (1..=64).contains(&local.len())
            && local.split('.').all(|atom| {
                !atom.is_empty()
                    && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
            });
        let domain_is_fine = domain.contains('.') || domain.eq_ignore_ascii_case("localhost");
        let labels_are_fine = domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        if local_is_fine && domain_is_fine && labels_are_fine { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two addresses the same here: the whole, without case.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_real_addresses() {
        for good in ["a@b.example", "O'Brien+tag@Sub.Example.com", "root@localhost", "x@xn--bcher-kva.example"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        assert_eq!(EmailAddress::parse(" Ada@Example.COM ").unwrap().key(), "ada@example.com");
    }

    #[test]
    fn refuses_the_rest() {
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@b",
            "a b@c.example",
            "a@b..example",
            ".a@b.example",
            "a@-b.example",
            "а@b.example",
            "a@b.example\r\nBcc: c@d.example",
            "a\u{0}@b.example",
            long.as_str(),
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }
}
