//! Works in the background, beside the requests, on every node: on what is short and awaited, on jobs,
//! and on what time takes away. Each has a loop of its own, so that none waits for another.

use std::time::Duration;

use domain::{Context, Roster};
use tokio::time::{MissedTickBehavior, interval};

use crate::every_second::EverySecond;

const PURGE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Runs until it is dropped. Batches are transactions, so being dropped at any await loses nothing:
/// the lease runs out and another node, or the next start, goes on.
pub async fn run(roster: Roster) {
    let context = roster.system();
    tokio::join!(chores(&context), jobs(&context), purges(&context));
}

/// Whoever asked for a new password, whose password runs out, and impersonations that are over.
async fn chores(context: &Context) {
    let mut clock = EverySecond::new("background work failed");
    loop {
        clock.next().await;
        let worked = async {
            while domain::password_reset::work(context).await? {}
            while domain::password_expiry::work(context).await? {}
            while domain::impersonation::work(context).await? {}
            Ok(())
        };
        clock.report(worked.await);
    }
}

/// Job after job, to its end.
async fn jobs(context: &Context) {
    let mut clock = EverySecond::new("jobs do not go on");
    loop {
        clock.next().await;
        let worked = async {
            while domain::jobs::run_open(context).await? {}
            while domain::attributes::run_open(context).await? {}
            Ok(())
        };
        clock.report(worked.await);
    }
}

/// What time takes away: at the start, since a server may be started again before an hour is over.
async fn purges(context: &Context) {
    let mut clock = interval(PURGE_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if let Err(error) = purge(context).await {
            tracing::warn!(%error, "what is old could not be deleted; it is tried again in an hour");
        }
    }
}

async fn purge(context: &Context) -> domain::Result<()> {
    domain::throttle::purge(context).await?;
    domain::sign_in::purge(context).await?;
    domain::sessions::purge(context).await?;
    domain::authenticators::passkey::purge(context).await?;
    domain::devices::purge(context).await?;
    domain::messages::purge(context).await?;
    domain::codes::purge(context).await?;
    domain::users::purge_due(context).await?;
    domain::audit::purge(context).await?;
    domain::imports::purge_old(context).await?;
    domain::jobs::purge(context).await
}

#[cfg(test)]
mod tests {
    use domain::password_reset::ask;
    use domain::{jobs, testing};
    use types::bulk::{BulkAction, JobState, Parameters, Selection};
    use types::user_list::Filter;

    use super::*;

    #[tokio::test]
    async fn a_long_job_keeps_nobody_waiting_and_what_is_old_goes_at_the_start() {
        let sqlite = testing::sqlite().await;
        let context = &sqlite.context;
        let owner = testing::owner(context).await;
        testing::session(context, owner.account).await;
        context.clock.advance_seconds(60 * 24 * 60 * 60);
        testing::session(context, owner.account).await;
        testing::many(context, 20_000, |at| testing::form(&format!("u{at}"))).await;
        let all = Selection::Matching(Filter { q: "u1".into(), ..Filter::default() });
        let job = jobs::start(context, &owner, BulkAction::Disable, &all, &Parameters::None).await.unwrap().job;
        let watch = async {
            while jobs::report(&context.database, &owner, job).await.unwrap().state != JobState::Running {
                tokio::task::yield_now().await;
            }
            ask(context, "owner@example.com").await.unwrap();
            while testing::mailed(context, "owner@example.com").await.is_empty()
                || testing::open_sessions(context, owner.account).await > 1
            {
                tokio::task::yield_now().await;
            }
            jobs::report(&context.database, &owner, job).await.unwrap().state
        };
        let state = tokio::select! {
            () = run(context.roster.clone()) => None,
            state = watch => Some(state),
            () = tokio::time::sleep(Duration::from_secs(60)) => None,
        };
        assert_eq!(state, Some(JobState::Running));
        assert_eq!(testing::open_sessions(context, owner.account).await, 1);
    }
}
