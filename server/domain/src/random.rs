//! The only place that makes randomness: ids and secrets.

use std::sync::{Arc, Mutex, PoisonError};

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use types::Timestamp;
use uuid::Uuid;

/// The operating system's randomness, or a seeded stream for tests and the seed command.
#[derive(Clone)]
pub enum Random {
    System,
    Seeded(Arc<Mutex<ChaCha20Rng>>),
}

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "the one place")]
                rand::rng().fill_bytes(&mut bytes);
            }
            Self::Seeded(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A UUID of version 7 (RFC 9562): later ones sort after earlier ones.
    pub fn id(&self, now: Timestamp) -> Uuid {
        uuid::Builder::from_unix_timestamp_millis(now.0.unsigned_abs(), &self.bytes()).into_uuid()
    }
}
