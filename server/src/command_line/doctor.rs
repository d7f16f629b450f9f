//! `roster doctor`: looks for what ought not to be, and with `--repair` sets it right.

use clap::Args;
use domain::users::counts;

use super::{Failure, open};
use crate::settings::Settings;

#[derive(Debug, Args)]
pub struct Doctor {
    /// Set wrong counters right
    #[arg(long)]
    repair: bool,
}

/// Counts all accounts and compares them with the counters.
pub async fn run(settings: &Settings, doctor: Doctor) -> Result<(), Failure> {
    let roster = open(settings).await?;
    let ended = examine(&roster, doctor.repair).await.map_err(|error| Failure::Other(error.to_string()));
    roster.database.close().await;
    ended?
}

async fn examine(roster: &domain::Roster, repair: bool) -> domain::Result<Result<(), Failure>> {
    // One transaction, so that nothing changes between counting and comparing.
    let transaction = roster.database.begin().await?;
    let wrong = counts::differences(&transaction).await?;
    for one in &wrong {
        println!(
            "{} accounts of store {}: the counter says {}, there are {}",
            one.kind, one.store, one.counter, one.counted
        );
    }
    if wrong.is_empty() {
        println!("All counters are right.");
    } else if repair {
        counts::recount(&transaction).await?;
        println!("The counters have been set right.");
    }
    transaction.commit().await?;
    Ok(if wrong.is_empty() || repair {
        Ok(())
    } else {
        Err(Failure::Other("some counters are wrong; `roster doctor --repair` sets them right".into()))
    })
}
