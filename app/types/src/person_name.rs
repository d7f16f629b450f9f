//! How a person is called, from whatever parts are known.

/// The most characters of a first or last name.
pub const MOST_CHARACTERS: usize = 100;

/// First and last name, or the username, or the e-mail address: never empty.
pub fn display_name(first: &str, last: &str, username: Option<&str>, email: &str) -> String {
    match (first.is_empty(), last.is_empty()) {
        (false, false) => format!("{first} {last}"),
        (false, true) => first.to_owned(),
        (true, false) => last.to_owned(),
        (true, true) => username.unwrap_or(email).to_owned(),
    }
}

/// One or two letters for the avatar.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    let letters: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    if letters.is_empty() { "?".into() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_initials() {
        assert_eq!(display_name("Ada", "Lovelace", None, "a@b.example"), "Ada Lovelace");
        assert_eq!(display_name("", "", None, "a@b.example"), "a@b.example");
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials("élise"), "É");
        assert_eq!(initials("'<script>'"), "S");
        assert_eq!(initials("🎉"), "?");
    }
}
