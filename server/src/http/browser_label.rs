//! `Chrome on Linux`, from what a browser says of itself.

use woothee::parser::Parser;

const MOST_CHARACTERS: usize = 100;
const UNKNOWN: &str = "UNKNOWN";

/// A short name for sessions and events. Programs that are not browsers keep the first word of
/// what they say (`curl/8.0`).
pub fn browser_label(user_agent: &str) -> Option<String> {
    let known = |text: &str| !text.is_empty() && text != UNKNOWN;
    let label = match Parser::new().parse(user_agent) {
        Some(found) if known(found.name) && known(found.os) => format!("{} on {}", found.name, system(found.os)),
        Some(found) if known(found.name) => found.name.to_owned(),
        _ => user_agent.split_whitespace().next()?.to_owned(),
    };
    let label: String = label.chars().filter(|character| !character.is_control()).take(MOST_CHARACTERS).collect();
    (!label.is_empty()).then_some(label)
}

/// The systems' names as their makers write them.
fn system(os: &str) -> &str {
    match os {
        "Mac OSX" => "macOS",
        "iPhone" => "iPhone",
        "iPad" => "iPad",
        os if os.starts_with("Windows ") && !os.contains("Phone") => "Windows",
        os => os,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_browser_and_system() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
        ];
        for (user_agent, label) in cases {
            assert_eq!(browser_label(user_agent).as_deref(), Some(label));
        }
    }

    #[test]
    fn programs_keep_their_first_word() {
        assert_eq!(browser_label("tidy-client/1.0 (jane@example.com)").as_deref(), Some("tidy-client/1.0"));
        assert_eq!(browser_label("   "), None);
    }

    #[test]
    fn is_short_and_without_control_characters() {
        let label = browser_label(&format!("\u{1b}[31m{}", "x".repeat(500))).unwrap();
        assert_eq!(label.chars().count(), MOST_CHARACTERS);
        assert!(!label.contains('\u{1b}'));
    }
}
