//! What every change needs: database, time, randomness, the hashing pool, and where it came from.

use std::ops::Deref;

use types::Timestamp;
use uuid::Uuid;

use crate::clock::Clock;
use crate::messages::Mailing;
use crate::passwords::Hasher;
use crate::random::Random;
use crate::sealing::Sealer;
use crate::{Database, Result};

/// One per process; cheap to clone.
#[derive(Clone)]
pub struct Roster {
    pub database: Database,
    pub clock: Clock,
    pub random: Random,
    pub hasher: Hasher,
    pub mailing: Mailing,
    pub sealer: Sealer,
}

impl Roster {
    pub fn new(database: Database, sealer: Sealer) -> Self {
        Self {
            database,
            clock: Clock::System,
            random: Random::System,
            hasher: Hasher::for_this_machine(),
            mailing: Mailing::default(),
            sealer,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn id(&self) -> Uuid {
        self.random.id(self.now())
    }

    /// A context for work that no request asked for: the command line, the job runner.
    pub fn system(&self) -> Context {
        Context { roster: self.clone(), origin: Origin::default() }
    }

    /// Brings the schema up to date; see [`Database::migrate`].
    ///
    /// # Errors
    /// [`crate::Error::OtherKey`] when the secrets in it were sealed with another key.
    pub async fn migrate(&self) -> Result<()> {
        self.database.migrate().await?;
        crate::stores::ensure_foundation(self).await?;
        crate::sealing::ensure_key_fits(self).await
    }
}

/// Where a request came from, as events and sessions keep it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<String>,
    /// `Chrome on Linux`.
    pub browser: Option<String>,
}

/// A [`Roster`] and the origin of the request at hand.
#[derive(Clone)]
pub struct Context {
    pub roster: Roster,
    pub origin: Origin,
}

impl Deref for Context {
    type Target = Roster;
    fn deref(&self) -> &Roster {
        &self.roster
    }
}
