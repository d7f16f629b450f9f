//! Argon2id on a bounded pool: as many at once as there are cores, a short queue, then "busy".
//!
//! The threads are its own: an allocator keeps what a thread has used, and each hash uses 19 MiB.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::oneshot;

use crate::random::Random;
use crate::{Error, Result};

/// OWASP Password Storage Cheat Sheet: 19 MiB, 2 iterations, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const ITERATIONS: u32 = 2;
const LANES: u32 = 1;

/// Who waits longer than this many hashes per core is better off trying again.
const QUEUE_PER_CORE: usize = 32;

#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Pool>,
}

/// One hash, by a thread of the pool.
type Work = Box<dyn FnOnce(&Argon2<'static>) + Send>;

struct Pool {
    argon2: Argon2<'static>,
    /// The threads end when nobody can send any more.
    work: Sender<Work>,
    waiting: AtomicUsize,
    most_waiting: usize,
    /// Verified against when there is no account, so that the answer takes the same time.
    nobody: String,
}

impl Hasher {
    /// As many hashes at once as the machine has cores.
    pub fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self::new(MEMORY_KIB, ITERATIONS, cores)
    }

    /// With the least memory that Argon2 allows: for tests, where the hash is not the subject.
    #[cfg(any(test, feature = "testing"))]
    pub fn quick() -> Self {
        Self::new(8, 1, 2)
    }

    fn new(memory_kib: u32, iterations: u32, cores: usize) -> Self {
        let params = Params::new(memory_kib, iterations, LANES, None).unwrap_or_default();
        let nobody = format!(
            "$argon2id$v=19$m={memory_kib},t={iterations},p={LANES}$bm9ib2R5IGF0IGFsbA${}",
            STANDARD_NO_PAD.encode([0; 32])
        );
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (work, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..cores {
            let (argon2, queue) = (argon2.clone(), Arc::clone(&queue));
            std::thread::spawn(move || work_off(&argon2, &queue));
        }
        Self {
            pool: Arc::new(Pool {
                argon2,
                work,
                waiting: AtomicUsize::new(0),
                most_waiting: cores * QUEUE_PER_CORE,
                nobody,
            }),
        }
    }

    /// The PHC string of the password.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue is full.
    pub async fn hash(&self, random: &Random, password: &str) -> Result<String> {
        let salt = SaltString::encode_b64(&random.bytes::<16>()).map_err(|error| Error::Internal(error.to_string()))?;
        let password = password.to_owned();
        self.run(move |argon2| {
            argon2
                .hash_password(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|error| Error::Internal(error.to_string()))
        })
        .await?
    }

    /// Whether the password is the one of the hash; without a hash it takes as long and is false.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue is full.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.pool.nobody).to_owned();
        let password = password.to_owned();
        let matches = self
            .run(move |argon2| {
                PasswordHash::new(&hash).is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(matches && known)
    }

    /// Whether the hash was made with weaker parameters than today's.
    pub fn is_outdated(&self, hash: &str) -> bool {
        PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok()).is_none_or(|params| {
            let today = self.pool.argon2.params();
            params.m_cost() < today.m_cost() || params.t_cost() < today.t_cost()
        })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Argon2<'_>) -> T + Send + 'static) -> Result<T> {
        let _waiting = Waiting::join(&self.pool)?;
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |argon2| {
            // Whoever asked may have gone meanwhile.
            if !answer.is_closed() {
                let _ = answer.send(work(argon2));
            }
        });
        self.pool.work.send(work).map_err(|_| Error::Busy { retry_after_seconds: 5 })?;
        answered.await.map_err(|_| Error::Internal("a hash was broken off".into()))
    }
}

/// What a thread of the pool does until the pool is gone.
fn work_off(argon2: &Argon2<'static>, queue: &Mutex<Receiver<Work>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // One that panics must not take the thread from the others; who waits for it is told.
        let _ = catch_unwind(AssertUnwindSafe(|| work(argon2)));
    }
}

/// A place in the queue, given back when the request goes away, answered or not.
struct Waiting<'a>(&'a Pool);

impl<'a> Waiting<'a> {
    fn join(pool: &'a Pool) -> Result<Self> {
        let before = pool.waiting.fetch_add(1, Ordering::SeqCst);
        let waiting = Self(pool);
        if before >= pool.most_waiting { Err(Error::Busy { retry_after_seconds: 2 }) } else { Ok(waiting) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn verifies_what_it_hashed_and_nothing_else() {
        let hasher = Hasher::quick();
        let hash = hasher.hash(&Random::seeded(1), "correct horse").await.unwrap();
        assert!(hasher.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("Correct horse", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("", None).await.unwrap());
        assert!(!hasher.verify("x", Some("not a hash")).await.unwrap());
    }

    #[tokio::test]
    async fn the_hash_for_nobody_can_be_verified_against() {
        let hasher = Hasher::for_this_machine();
        assert!(PasswordHash::new(&hasher.pool.nobody).is_ok());
        assert!(!hasher.is_outdated(&hasher.pool.nobody));
        let quick = Hasher::quick().hash(&Random::seeded(1), "x").await.unwrap();
        assert!(hasher.is_outdated(&quick));
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_at_once() {
        let hasher = Hasher::new(8, 1, 1);
        let taken: Vec<_> = (0..QUEUE_PER_CORE).map(|_| Waiting::join(&hasher.pool).unwrap()).collect();
        assert!(matches!(hasher.verify("x", None).await, Err(Error::Busy { .. })));
        drop(taken);
        assert!(!hasher.verify("x", None).await.unwrap());
    }
}
