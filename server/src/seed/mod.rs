//! `roster seed`: believable accounts, the same for the same seed.
//!
//! One transaction: either all of them are there, with their indexes and counts, or none. Nobody can
//! sign in as one of them, since they have no password.

mod awkward;
mod custom;
mod dice;
mod directory;
mod indexes;
mod names;
mod people;
mod progress;
mod store;
#[cfg(test)]
mod tests;

use std::time::Instant;

use db::entities::accounts;
use domain::users::counts;
use domain::{Error, Result, Roster, stores};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use types::{StoreId, Timestamp};

use dice::Dice;
use indexes::PutAside;
use people::{Person, Plan, Population};
use progress::{Progress, count_of};
use store::Store;

/// People made in advance while the database stores others.
const BATCH: usize = 500;
const BATCHES_AHEAD: usize = 4;

/// From so many on, and when the database had fewer, indexes are made afterwards.
const MANY: u64 = 10_000;

/// Adds so many accounts, with their groups, organizations, roles, states and history.
///
/// # Errors
/// When the database refuses; then nothing has been added.
pub async fn run(roster: &Roster, users: u32, seed: u64) -> Result<()> {
    if users == 0 {
        return Ok(());
    }
    let progress = Progress::new(users.into());
    let started = Instant::now();
    add(roster, users.into(), seed, &progress).await?;
    indexes::tidy_up(roster, &progress).await?;
    let text = format!("Added {} users in {} s.", count_of(users.into()), started.elapsed().as_secs());
    progress.ends(&text);
    Ok(())
}

async fn add(roster: &Roster, users: u64, seed: u64, progress: &Progress) -> Result<()> {
    let until = Plan::midnight(roster.now());
    if roster.database.is_sqlite() {
        // Sorting a million keys goes to files; SQLite takes this outside of a transaction only.
        roster.database.set_on_writer("PRAGMA temp_store = file").await?;
    }
    let transaction = roster.database.begin().await?;
    indexes::give_memory(&transaction).await?;
    let store = stores::default_store(&transaction).await?;
    let plan = next_round(&transaction, Plan { users, seed, round: 1, until, store }).await?;
    let before = counts::read(&transaction, store).await?.live();
    let aside = if users >= MANY && users >= before.unsigned_abs() {
        PutAside::all(&transaction).await?
    } else {
        PutAside::nothing()
    };
    store_people(&transaction, plan, store, progress).await?;
    aside.put_back(&transaction, progress).await?;
    // The triggers that count may have been put aside with the indexes.
    counts::recount(&transaction).await?;
    indexes::analyze(&transaction, progress).await?;
    transaction.commit().await?;
    Ok(())
}

/// The first round of which nobody is there yet.
async fn next_round(connection: &impl ConnectionTrait, mut plan: Plan) -> Result<Plan> {
    loop {
        let known = accounts::Entity::find()
            .filter(accounts::Column::StoreId.eq(plan.store))
            .filter(accounts::Column::EmailKey.eq(plan.first_address()))
            .count(connection)
            .await?;
        if known == 0 {
            return Ok(plan);
        }
        plan.round += 1;
    }
}

/// Another thread makes the people meanwhile.
async fn store_people(
    transaction: &sea_orm::DatabaseTransaction,
    plan: Plan,
    store: StoreId,
    progress: &Progress,
) -> Result<()> {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Result<Vec<Person>>>(BATCHES_AHEAD);
    let making = tokio::task::spawn_blocking(move || {
        let mut population = Population::new(plan);
        loop {
            let batch: Result<Vec<_>> = population.by_ref().take(BATCH).collect();
            let over = batch.as_ref().is_ok_and(Vec::is_empty);
            // Nobody receives any more when the database has refused.
            if over || sender.blocking_send(batch).is_err() {
                break;
            }
        }
    });
    let mut people =
        Store::new(transaction, store, Dice::new(!plan.seed), Timestamp(plan.until.0 - people::HISTORY)).await?;
    while let Some(batch) = receiver.recv().await {
        let batch = batch?;
        let count = batch.len() as u64;
        people.add(batch).await?;
        progress.adds(count);
    }
    making.await.map_err(|error| Error::Internal(error.to_string()))?;
    people.finish().await?;
    domain::dashboard::recount(transaction).await
}
