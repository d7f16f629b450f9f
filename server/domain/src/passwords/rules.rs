//! What a password must be: NIST SP 800-63B-4 §3.1.1.2. Length and a blocklist, no composition rules.

use types::fold::fold;

/// Without a second factor a password has at least this many characters.
pub const FEWEST_CHARACTERS: usize = 15;
/// Far above the 64 that the standard asks to allow; bounded so that hashing stays bounded.
pub const MOST_CHARACTERS: usize = 256;

/// `context`: the person's names and addresses, which a password must not be made of.
///
/// # Errors
/// A sentence for the field.
pub fn check(password: &str, context: &[&str]) -> Result<(), String> {
    let characters = password.chars().count();
    if characters < FEWEST_CHARACTERS {
        return Err(format!(
            "At least {FEWEST_CHARACTERS} characters, please. A few words together are easy to remember."
        ));
    }
    if characters > MOST_CHARACTERS {
        return Err(format!("At most {MOST_CHARACTERS} characters, please."));
    }
    let folded = fold(password);
    if is_repetition(&folded) {
        return Err("This repeats itself and is easily guessed. Please choose another.".into());
    }
    let rest = context
        .iter()
        .flat_map(|words| std::iter::once(*words).chain(words.split(|c: char| !c.is_alphanumeric())))
        .map(fold)
        .filter(|word| word.chars().count() >= 4)
        .fold(folded.clone(), |rest, word| rest.replace(&word, ""));
    if rest.chars().count() * 2 < folded.chars().count() {
        return Err("This is made of your own name or address. Please choose another.".into());
    }
    Ok(())
}

/// One short piece over and over, or a plain run such as `1234567890123456`.
fn is_repetition(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let repeats = (1..=characters.len() / 3)
        .any(|period| characters.iter().zip(characters.iter().skip(period)).all(|(left, right)| left == right));
    let steps = characters.windows(2).filter(|pair| (pair[1] as i64 - pair[0] as i64).abs() == 1).count();
    repeats || steps * 4 >= characters.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_of_any_kind_are_fine() {
        for good in
            ["correct horse battery", "пароль из многих слов", "               x7#kq mzw", &"word salad ".repeat(2)]
        {
            assert_eq!(check(good, &["ada@example.com"]), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn short_repeated_and_personal_ones_are_not() {
        for bad in [
            "short",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "1234567890123456",
            "lovelace.lovelace.1",
            "ada@example.com",
            "Ada@Example.com1",
            &"x".repeat(257),
        ] {
            assert!(check(bad, &["Ada Lovelace", "ada@example.com"]).is_err(), "{bad:?}");
        }
    }
}
