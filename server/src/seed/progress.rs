//! How far the seeding is, on standard error: a bar on a terminal, else a line for each tenth.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use types::user_list::grouped;

pub struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    done: AtomicU64,
}

impl Progress {
    pub fn new(total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
            if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {bar:40} {human_pos}/{human_len} {msg}")
            {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, total, done: AtomicU64::new(0) }
    }

    pub fn adds(&self, count: u64) {
        let before = self.done.fetch_add(count, Ordering::Relaxed);
        match &self.bar {
            Some(bar) => bar.inc(count),
            None => {
                let tenth = |done: u64| done * 10 / self.total.max(1);
                if tenth(before + count) > tenth(before) {
                    eprintln!("{} % of {} users", tenth(before + count) * 10, count_of(self.total));
                }
            }
        }
    }

    pub fn says(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => eprintln!("{what}"),
        }
    }

    pub fn ends(self, text: &str) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{text}");
    }
}

pub fn count_of(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}
