//! Works on jobs in the background, beside the requests, on every node.

use std::time::Duration;

use domain::{Context, Roster};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How soon a new job is found.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const PURGE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Runs until it is dropped. Batches are transactions, so being dropped at any await loses nothing:
/// the lease runs out and another node, or the next start, goes on.
pub async fn run(roster: Roster) {
    let context = roster.system();
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut purged = Instant::now();
    let mut is_failing = false;
    loop {
        look.tick().await;
        let mut worked = work(&context).await;
        if worked.is_ok() && purged.elapsed() >= PURGE_EVERY {
            purged = Instant::now();
            worked = purge(&context).await;
        }
        match worked {
            Ok(()) => is_failing = false,
            // Said once, not every second for as long as the database is away.
            Err(error) if !is_failing => {
                is_failing = true;
                tracing::warn!(%error, "background work failed; it is tried again every second");
            }
            Err(_) => {}
        }
    }
}

/// What time takes away.
async fn purge(context: &Context) -> domain::Result<()> {
    domain::throttle::purge(context).await?;
    domain::sign_in::purge(context).await?;
    domain::authenticators::passkey::purge(context).await?;
    domain::devices::purge(context).await?;
    domain::messages::purge(context).await?;
    domain::codes::purge(context).await?;
    domain::users::purge_due(context).await?;
    domain::audit::purge(context).await?;
    domain::imports::purge_old(context).await
}

/// Whoever asked for a new password, whose password runs out, and job after job.
async fn work(context: &Context) -> domain::Result<()> {
    while domain::password_reset::work(context).await? {}
    while domain::password_expiry::work(context).await? {}
    while domain::jobs::run_open(context).await? {}
    while domain::attributes::run_open(context).await? {}
    while domain::impersonation::work(context).await? {}
    Ok(())
}
