//! What a password must be: NIST SP 800-63B-4 §3.1.1.2. Length, a blocklist of common passwords and of
//! the person's own words, an estimate of guesses; no composition rules.

use types::fold::fold;
use zxcvbn::{Score, zxcvbn};

use super::blocklist::is_common;

/// Without a second factor a password has at least this many characters.
pub const FEWEST_CHARACTERS: usize = 15;
/// With a second factor beside it.
pub const FEWEST_WITH_SECOND_FACTOR: usize = 8;
/// Far above the 64 that the standard asks to allow; bounded so that hashing stays bounded.
pub const MOST_CHARACTERS: usize = 256;
/// The estimate looks at so many characters: it is slow on long texts, and those are strong.
const ESTIMATED_CHARACTERS: usize = 64;
/// The service's own name is a word that people try, too.
const SERVICE: &str = "Roster";

/// For a password that proves somebody alone. `context`: the person's names and addresses and the
/// store's name, which a password must not be made of.
///
/// # Errors
/// A sentence for the field.
pub fn check(password: &str, context: &[&str]) -> Result<(), String> {
    check_length(password, context, FEWEST_CHARACTERS)
}

/// The same for somebody who also has a second factor, or not.
///
/// # Errors
/// A sentence for the field.
pub fn check_beside(password: &str, context: &[&str], has_second_factor: bool) -> Result<(), String> {
    let fewest = if has_second_factor { FEWEST_WITH_SECOND_FACTOR } else { FEWEST_CHARACTERS };
    check_length(password, context, fewest)
}

/// Whether it may stand beside a second factor only.
pub fn is_short(password: &str) -> bool {
    password.chars().count() < FEWEST_CHARACTERS
}

/// From 0, guessed at once, to 4: an estimate to show.
pub fn strength(password: &str) -> usize {
    let beginning: String = password.chars().take(ESTIMATED_CHARACTERS).collect();
    let score = if is_common(&fold(password)) { Score::Zero } else { zxcvbn(&beginning, &[SERVICE]).score() };
    [Score::One, Score::Two, Score::Three, Score::Four].into_iter().filter(|step| score >= *step).count()
}

fn check_length(password: &str, context: &[&str], fewest: usize) -> Result<(), String> {
    let characters = password.chars().count();
    if characters < fewest {
        return Err(format!("At least {fewest} characters, please. A few words together are easy to remember."));
    }
    if characters > MOST_CHARACTERS {
        return Err(format!("At most {MOST_CHARACTERS} characters, please."));
    }
    let folded = fold(password);
    if is_repetition(&folded) {
        return Err("This repeats itself and is easily guessed. Please choose another.".into());
    }
    if is_common(&folded) || is_common(folded.trim()) {
        return Err("Many people use this password, so it is guessed first. Please choose another.".into());
    }
    let words = || {
        let whole = context.iter().copied().chain([SERVICE]);
        whole.flat_map(|words| std::iter::once(words).chain(words.split(|c: char| !c.is_alphanumeric())))
    };
    let rest = words()
        .map(fold)
        .filter(|word| word.chars().count() >= 4)
        .fold(folded.clone(), |rest, word| rest.replace(&word, ""));
    if rest.chars().count() * 2 < folded.chars().count() {
        return Err("This is made of your own name or address. Please choose another.".into());
    }
    let beginning: String = password.chars().take(ESTIMATED_CHARACTERS).collect();
    let own: Vec<&str> = words().filter(|word| !word.is_empty()).collect();
    if zxcvbn(&beginning, &own).score() < Score::Two {
        return Err("This is easily guessed. Add a word or two that nobody would expect.".into());
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

    const ADA: &[&str] = &["Ada Lovelace", "ada@example.com"];

    #[test]
    fn long_ones_of_any_kind_are_fine() {
        for good in [
            "correct horse battery",
            "correct horse battery staple",
            "пароль из многих слов",
            "               x7#kq mzw",
            &"word salad ".repeat(2),
            &format!("{}.", "seven purple elephants ".repeat(8)),
        ] {
            assert_eq!(check(good, &["ada@example.com"]), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn short_repeated_common_and_personal_ones_are_not() {
        for bad in [
            "short",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "1234567890123456",
            "lovelace.lovelace.1",
            "ada@example.com",
            "Ada@Example.com1",
            "passwordpassword",
            "PasswordPassword",
            " 1q2w3e4r5t6y7u8i ",
            &"x".repeat(257),
        ] {
            assert!(check(bad, ADA).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn beside_a_second_factor_eight_characters_do_but_not_common_ones() {
        assert_eq!(check_beside("k9#mVq2x", ADA, true), Ok(()));
        assert!(check_beside("k9#mVq2x", ADA, false).is_err());
        for bad in ["k9#mVq2", "password", "Sunshine1", "lovelace1", "roster2026"] {
            assert!(check_beside(bad, ADA, true).is_err(), "{bad:?}");
        }
        assert!(strength("password1") < 2 && strength("correct horse battery staple") == 4);
        assert!(is_short("k9#mVq2x") && !is_short("correct horse b"));
    }
}
