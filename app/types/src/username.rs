//! The short name that somebody may sign in with instead of the e-mail address.

/// Two to 64 ASCII letters, digits, dots, hyphens or underscores, beginning with a letter or
/// digit; lower case is what is stored. `None` when the field is empty.
///
/// # Errors
/// A sentence for the field. `@` is refused so that a username is never another's address.
pub fn parse(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let fine = (2..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && text.as_bytes()[0].is_ascii_alphanumeric();
    if fine {
        Ok(Some(text.to_ascii_lowercase()))
    } else {
        Err("2 to 64 letters (a–z), digits, dots, hyphens or underscores, beginning with a letter or digit.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        assert_eq!(parse(" Ada.L "), Ok(Some("ada.l".into())));
        assert_eq!(parse(""), Ok(None));
        for bad in ["a", ".ab", "a b", "аdmin", "ada@example.com"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
