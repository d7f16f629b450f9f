//! A wrong setting: one line that names it and says what to do.

/// Ends the program with exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingProblem(String);

impl SettingProblem {
    /// `setting`: as the operator wrote it, such as `ROSTER_LISTEN`.
    pub fn new(setting: &str, text: &str) -> Self {
        Self::line(&format!("{setting}: {text}"))
    }

    /// Line breaks that came with somebody else's message are flattened.
    pub fn line(text: &str) -> Self {
        Self(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
