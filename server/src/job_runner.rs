//! Works on jobs in the background, beside the requests, on every node.

use std::time::Duration;

use domain::{Context, Roster};
use tokio::time::Instant;

use crate::every_second::EverySecond;

const PURGE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Runs until it is dropped. Batches are transactions, so being dropped at any await loses nothing:
/// the lease runs out and another node, or the next start, goes on.
pub async fn run(roster: Roster) {
    let context = roster.system();
    let mut purged = Instant::now();
    let mut clock = EverySecond::new("background work failed");
    loop {
        clock.next().await;
        let mut worked = work(&context).await;
        if worked.is_ok() && purged.elapsed() >= PURGE_EVERY {
            purged = Instant::now();
            worked = purge(&context).await;
        }
        clock.report(worked);
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
