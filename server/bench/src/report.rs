//! The table: what was measured, beside its limit, and whether it holds.

use std::fmt::Write;

pub struct Report {
    text: String,
    over: Vec<String>,
    database: String,
}

impl Report {
    pub fn new(heading: &str) -> Self {
        Self { text: format!("{}\n", heading.trim_end()), over: Vec::new(), database: String::new() }
    }

    pub fn database(&mut self, name: &str) {
        name.clone_into(&mut self.database);
        let _ = write!(
            self.text,
            "\n## {name}\n\n| work | measured | beside | ratio or value | limit | |\n|---|---|---|---|---|---|\n"
        );
    }

    /// One row with a limit. `value` is what the limit is about: at most it, or at least it.
    pub fn row(&mut self, work: &str, measured: &str, beside: &str, value: f64, unit: &str, limit: Limit) {
        let (sign, bound, holds) = match limit {
            Limit::AtMost(bound) => ("≤", bound, value <= bound),
            Limit::AtLeast(bound) => ("≥", bound, value >= bound),
        };
        let verdict = if holds { "ok" } else { "**OVER**" };
        self.line(&format!("| {work} | {measured} | {beside} | {value:.2}{unit} | {sign} {bound}{unit} | {verdict} |"));
        if !holds {
            self.over.push(format!("{}: {work}: {value:.2}{unit}, limit {sign} {bound}{unit}", self.database));
        }
    }

    /// One row that has no limit.
    pub fn note(&mut self, work: &str, measured: &str, beside: &str) {
        self.line(&format!("| {work} | {measured} | {beside} | | | |"));
    }

    fn line(&mut self, line: &str) {
        eprintln!("{}: {line}", self.database);
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub fn markdown(&self) -> String {
        let mut text = self.text.clone();
        text.push_str("\n## Over budget\n\n");
        if self.over.is_empty() {
            text.push_str("Nothing.\n");
        }
        for line in &self.over {
            let _ = writeln!(text, "- {line}");
        }
        text
    }
}

#[derive(Clone, Copy)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}
