//! Times and what is said of them.

use std::time::{Duration, Instant};

use crate::Outcome;

/// Durations of one thing, measured many times.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Measures one go.
    pub async fn time<T>(&mut self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let begin = Instant::now();
        let result = work.await?;
        self.add(begin.elapsed());
        Ok(result)
    }

    fn quantile(&self, of_100: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * of_100 / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or_default()
    }

    pub fn p50(&self) -> Duration {
        self.quantile(50)
    }

    pub fn p95(&self) -> Duration {
        self.quantile(95)
    }

    pub fn longest(&self) -> Duration {
        self.quantile(100)
    }

    /// `1.23 ms (p95 2.34)`.
    pub fn text(&self) -> String {
        format!("{} (p95 {})", milliseconds(self.p50()), milliseconds(self.p95()))
    }
}

pub fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 100.0 => format!("{ms:.1} ms"),
        ms => format!("{ms:.0} ms"),
    }
}

pub fn ratio(measured: Duration, limit: Duration) -> f64 {
    measured.as_secs_f64() / limit.as_secs_f64().max(f64::MIN_POSITIVE)
}
