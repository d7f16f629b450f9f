//! What every change needs: database, time, randomness, the hashing pool, and where it came from.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use types::{StoreId, Timestamp};
use uuid::Uuid;

use crate::authenticators::passkey::Passkeys;
use crate::clock::Clock;
use crate::devices::Browser;
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
    /// It never changes, and every list asks for it.
    pub(crate) default_store: Arc<OnceLock<StoreId>>,
    pub passkeys: Passkeys,
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
            default_store: Arc::default(),
            passkeys: Passkeys::default(),
        }
    }

    /// The store that staff sign in from, and that lists show when none is named.
    ///
    /// # Errors
    /// Before the database is migrated, or while it is away.
    pub async fn default_store(&self) -> Result<StoreId> {
        if let Some(store) = self.default_store.get() {
            return Ok(*store);
        }
        let store = crate::stores::default_store(self.database.read()).await?;
        Ok(*self.default_store.get_or_init(|| store))
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

    /// A context for what a request asks for.
    pub fn asked_from(&self, origin: Origin) -> Context {
        let hasher = self.hasher.asked_by(origin.ip.as_deref());
        Context { roster: Self { hasher, ..self.clone() }, origin }
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
    /// Where the address is: `Zürich, Switzerland`, `This machine`; none where that is unknown.
    pub place: Option<String>,
    /// Two letters (ISO 3166-1), for addresses of a known country.
    pub country: Option<String>,
    /// What the device cookie names; it proves nothing.
    pub device: Option<Browser>,
}

/// Who is behind an address, for limits: a household or a server has a whole /64 of IPv6.
pub fn network_of(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_ipv6_are_one() {
        assert_eq!(network_of("2001:db8:0:7:1::1"), network_of("2001:db8:0:7:ffff:1:2:3"));
        assert_ne!(network_of("2001:db8:0:7::1"), network_of("2001:db8:0:8::1"));
        for alone in ["192.0.2.1", "::ffff:192.0.2.1", "no address"] {
            assert_eq!(network_of(alone), alone);
        }
    }
}
