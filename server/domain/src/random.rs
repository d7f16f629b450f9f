//! The only place that makes randomness: ids and secrets.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use types::Timestamp;
use uuid::Uuid;

/// The operating system's randomness, or a seeded stream for tests and the seed command.
#[derive(Clone)]
pub enum Random {
    System,
    Seeded(Arc<Seeded>),
}

/// The same ids and bytes, in the same order, for the same seed.
pub struct Seeded {
    stream: Mutex<ChaCha20Rng>,
    ids: AtomicU32,
}

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Seeded { stream: Mutex::new(ChaCha20Rng::seed_from_u64(seed)), ids: AtomicU32::new(0) }))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "the one place")]
                rand::rng().fill_bytes(&mut bytes);
            }
            Self::Seeded(seeded) => seeded.stream.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A UUID of version 7 (RFC 9562): later ones sort after earlier ones, also within a millisecond
    /// of one process, by a counter of 26 bits before 48 random ones (§6.2).
    pub fn id(&self, now: Timestamp) -> Uuid {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let counter = match self {
            Self::System => &COUNTER,
            Self::Seeded(seeded) => &seeded.ids,
        };
        let count = counter.fetch_add(1, Ordering::Relaxed);
        let [_, _, high, low] = (count & 0x3FFF).to_be_bytes();
        let [_, _, first, second] = (count >> 14 & 0xFFF).to_be_bytes();
        let [a, b, c, d, e, f] = self.bytes();
        let rest = [first, second, high, low, a, b, c, d, e, f];
        uuid::Builder::from_unix_timestamp_millis(now.0.unsigned_abs(), &rest).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_moment_sort_as_they_were_made() {
        let random = Random::seeded(1);
        let ids: Vec<_> = (0..100_000).map(|_| random.id(Timestamp(1_795_320_999_000))).collect();
        assert!(ids.is_sorted());
        assert_eq!((ids[0].get_version_num(), ids[0].get_variant()), (7, uuid::Variant::RFC4122));
        assert!(random.id(Timestamp(1_795_320_999_001)) > ids[99_999]);
    }
}
