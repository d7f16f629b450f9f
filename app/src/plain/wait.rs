//! How long to wait, in words.

/// `45 seconds`, `1 minute`, `15 minutes`: rounded up, so that waiting so long is enough.
pub fn wait_in_words(seconds: i64) -> String {
    let seconds = seconds.max(1);
    let (count, unit) = if seconds < 60 { (seconds, "second") } else { (seconds.saturating_add(59) / 60, "minute") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::wait_in_words;

    #[test]
    fn rounds_up() {
        let words: Vec<_> = [0, 1, 59, 60, 61, 900].map(wait_in_words).into_iter().collect();
        assert_eq!(words, ["1 second", "1 second", "59 seconds", "1 minute", "2 minutes", "15 minutes"]);
    }
}
