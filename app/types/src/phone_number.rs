//! A telephone number in international form.

/// `+` and 7 to 15 digits (ITU-T E.164); spaces, dots, hyphens and brackets are dropped.
/// `None` when the field is empty.
///
/// # Errors
/// A sentence for the field.
pub fn parse(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')' | '/')).collect();
    let fine = plain.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    });
    if fine {
        Ok(Some(plain))
    } else {
        Err("Please give the number with its country code, such as +41 44 668 18 00.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        assert_eq!(parse("+41 (44) 668-18.00"), Ok(Some("+41446681800".into())));
        assert_eq!(parse(" "), Ok(None));
        for bad in ["044 668 18 00", "+0123456789", "+12", "+41446681800123456", "+41x4668"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
