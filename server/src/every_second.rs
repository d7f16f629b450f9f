//! What goes on beside the requests: looked at every second, on every node.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

/// How soon something new is found.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The clock of work that is tried again and again.
pub struct EverySecond {
    look: Interval,
    failing: &'static str,
    is_failing: bool,
}

impl EverySecond {
    /// `failing`: what a failure means, for the log.
    pub fn new(failing: &'static str) -> Self {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { look, failing, is_failing: false }
    }

    pub async fn next(&mut self) {
        self.look.tick().await;
    }

    /// A failure is said once, not every second for as long as the database is away.
    pub fn report(&mut self, outcome: domain::Result<()>) {
        if let Err(error) = &outcome
            && !self.is_failing
        {
            tracing::warn!(%error, "{}; it is tried again every second", self.failing);
        }
        self.is_failing = outcome.is_err();
    }
}
