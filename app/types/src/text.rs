//! Rules for every line of text that a person types: trimmed, bounded, nothing invisible.

/// What begins a formula in a spreadsheet, the wide signs of Asian keyboards among them. Exports put an
/// apostrophe before it, imports take that away.
pub const FORMULA_SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A single line without control characters or invisible marks, trimmed.
///
/// # Errors
/// A sentence for the field when it is empty, longer than `most` characters, or has a character
/// that cannot be seen (these make two different names look the same).
pub fn line(text: &str, most: usize) -> Result<String, String> {
    let line = optional_line(text, most)?;
    line.ok_or_else(|| "Please fill in this field.".to_owned())
}

/// The same, where leaving the field empty is fine.
pub fn optional_line(text: &str, most: usize) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(format!("At most {most} characters, please."));
    }
    if text.chars().any(is_hidden) {
        return Err("This contains an invisible or control character. Please type it again.".to_owned());
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Control characters, direction overrides and zero-width marks; the joiners U+200C and U+200D
/// stay, since Persian, Hindi and emoji need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}'
                | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_scripts_and_emoji_and_refuses_what_cannot_be_seen() {
        assert_eq!(line("  O'Brien ", 20), Ok("O'Brien".to_owned()));
        assert_eq!(line("محمد رضا", 20), Ok("محمد رضا".to_owned()));
        assert!(line("👩‍💻 Ada", 20).is_ok());
        assert!(line("Ada\u{202E}", 20).is_err());
        assert!(line("Ad\u{0}a", 20).is_err());
        assert!(line("Ad\u{200B}a", 20).is_err());
        assert!(line("   ", 20).is_err());
        assert!(line("123456", 5).is_err());
        assert_eq!(optional_line("  ", 5), Ok(None));
    }
}
