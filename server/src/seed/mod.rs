//! `roster seed`: believable accounts, the same for the same seed.

use domain::{Result, Roster};

/// Adds so many accounts.
///
/// # Errors
/// When the database refuses.
pub async fn run(_roster: &Roster, _users: u32, _seed: u64) -> Result<()> {
    Err(domain::Error::Internal("seeding is not built yet".into()))
}
