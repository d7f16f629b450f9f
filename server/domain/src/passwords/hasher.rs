//! Argon2id on a bounded pool: as many at once as there are cores, a short queue, then "busy".
//!
//! Each address has a queue of its own and they take turns, so that one that sends without end keeps
//! only itself waiting.
//!
//! The threads are its own, and each keeps the 19 MiB that a hash fills as long as there is work: taking
//! them anew from the system costs a fifth of the hash.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::password_hash::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::oneshot;

use crate::context::network_of;
use crate::random::Random;
use crate::{Error, Result};

/// OWASP Password Storage Cheat Sheet: 19 MiB, 2 iterations, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const ITERATIONS: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;

/// A thread without work for so long gives its memory back.
const IDLE: Duration = Duration::from_secs(1);

/// Who waits longer than this many hashes per core is better off trying again.
const QUEUE_PER_CORE: usize = 32;
/// All addresses together wait for so many times what one may.
const MOST_QUEUES: usize = 16;

#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Pool>,
    /// Whose turn it takes; `None`: work that no address asked for.
    caller: Option<Arc<str>>,
}

/// One hash, by a thread of the pool, in the memory that it keeps.
type Work = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

struct Pool {
    /// Today's; what was made with weaker ones is hashed anew at the next sign-in.
    params: Params,
    /// Verified against when there is no account, so that the answer takes the same time.
    nobody: String,
    queue: Arc<Queue>,
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue.lock().is_over = true;
        self.queue.come.notify_all();
    }
}

/// What waits for a thread.
struct Queue {
    waiting: Mutex<Waiting>,
    come: Condvar,
    most_of_one: usize,
}

#[derive(Default)]
struct Waiting {
    of: HashMap<Option<Arc<str>>, VecDeque<Work>>,
    /// Who has work waiting, in the order of their turns.
    turns: VecDeque<Option<Arc<str>>>,
    count: usize,
    is_over: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, caller: &Option<Arc<str>>, work: Work) -> Result<()> {
        let mut waiting = self.lock();
        let theirs = waiting.of.get(caller).map_or(0, VecDeque::len);
        if theirs >= self.most_of_one || waiting.count >= self.most_of_one * MOST_QUEUES {
            return Err(Error::Busy { retry_after_seconds: 2 });
        }
        if theirs == 0 {
            waiting.turns.push_back(caller.clone());
        }
        waiting.of.entry(caller.clone()).or_default().push_back(work);
        waiting.count += 1;
        self.come.notify_one();
        Ok(())
    }

    /// The next work, of whoever's turn it is; `None`: there will be none any more. `idle` is called when
    /// none has come for a while.
    fn next(&self, mut idle: impl FnMut()) -> Option<Work> {
        let mut waiting = self.lock();
        let mut is_idle = false;
        while waiting.turns.is_empty() {
            if waiting.is_over {
                return None;
            }
            if is_idle {
                waiting = self.come.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let timed_out;
            (waiting, timed_out) = self.come.wait_timeout(waiting, IDLE).unwrap_or_else(PoisonError::into_inner);
            if timed_out.timed_out() {
                idle();
                is_idle = true;
            }
        }
        let caller = waiting.turns.pop_front()?;
        let theirs = waiting.of.get_mut(&caller)?;
        let work = theirs.pop_front();
        if theirs.is_empty() {
            waiting.of.remove(&caller);
        } else {
            waiting.turns.push_back(caller);
        }
        waiting.count -= 1;
        work
    }
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

    /// That takes nothing on.
    #[cfg(any(test, feature = "testing"))]
    pub fn busy() -> Self {
        Self::new(8, 1, 0)
    }

    fn new(memory_kib: u32, iterations: u32, cores: usize) -> Self {
        let params = Params::new(memory_kib, iterations, LANES, None).unwrap_or_default();
        let nobody = phc(&params, b"nobody at all", &[0; HASH_BYTES]);
        let queue =
            Arc::new(Queue { waiting: Mutex::default(), come: Condvar::new(), most_of_one: cores * QUEUE_PER_CORE });
        for _ in 0..cores {
            let (kept, queue) = (params.block_count(), Arc::clone(&queue));
            std::thread::spawn(move || work_off(kept, &queue));
        }
        Self { pool: Arc::new(Pool { params, nobody, queue }), caller: None }
    }

    /// The same pool, for what an address asks for.
    pub fn asked_by(&self, address: Option<&str>) -> Self {
        Self { pool: Arc::clone(&self.pool), caller: address.map(|address| network_of(address).into()) }
    }

    /// The PHC string of the password.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue is full.
    pub async fn hash(&self, random: &Random, password: &str) -> Result<String> {
        let salt = random.bytes::<16>();
        let (password, params) = (password.to_owned(), self.pool.params.clone());
        self.run(move |memory| {
            let mut hash = [0; HASH_BYTES];
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            fill(&argon2, password.as_bytes(), &salt, &mut hash, memory)?;
            Ok(phc(argon2.params(), &salt, &hash))
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
        let matches = self.run(move |memory| is_of(&hash, password.as_bytes(), memory).unwrap_or_default()).await?;
        Ok(matches && known)
    }

    /// Whether the hash was made with weaker parameters than today's.
    pub fn is_outdated(&self, hash: &str) -> bool {
        PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok()).is_none_or(|params| {
            let today = &self.pool.params;
            params.m_cost() < today.m_cost() || params.t_cost() < today.t_cost()
        })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |memory| {
            // Whoever asked may have gone meanwhile.
            if !answer.is_closed() {
                let _ = answer.send(work(memory));
            }
        });
        self.pool.queue.push(&self.caller, work)?;
        answered.await.map_err(|_| Error::Internal("a hash was broken off".into()))
    }
}

/// What a thread of the pool does until the pool is gone.
fn work_off(kept: usize, queue: &Queue) {
    let mut memory = Vec::new();
    while let Some(work) = queue.next(|| memory = Vec::new()) {
        // One that panics must not take the thread from the others; who waits for it is told.
        let _ = catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
        if memory.len() > kept {
            memory = Vec::new();
        }
    }
}

/// Argon2 in memory that was used before: each block is written before it is read.
fn fill(argon2: &Argon2<'_>, password: &[u8], salt: &[u8], hash: &mut [u8], memory: &mut Vec<Block>) -> Result<()> {
    if memory.len() < argon2.params().block_count() {
        memory.resize(argon2.params().block_count(), Block::default());
    }
    argon2
        .hash_password_into_with_memory(password, salt, hash, memory)
        .map_err(|error| Error::Internal(error.to_string()))
}

/// Whether the password is the one of a PHC string; `None` for what is no Argon2 hash.
fn is_of(hash: &str, password: &[u8], memory: &mut Vec<Block>) -> Option<bool> {
    let known = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&known).ok()?;
    let version = known.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
    let argon2 = Argon2::new(Algorithm::try_from(known.algorithm).ok()?, version, params);
    let (mut salt, mut computed) = ([0; Salt::MAX_LENGTH], [0; Output::MAX_LENGTH]);
    let salt = known.salt?.decode_b64(&mut salt).ok()?;
    let expected = known.hash?;
    let computed = computed.get_mut(..expected.len())?;
    fill(&argon2, password, salt, computed, memory).ok()?;
    // Compared in constant time.
    Some(Output::new(computed).ok()? == expected)
}

/// The string that says all that verifying needs:
/// <https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md>.
fn phc(params: &Params, salt: &[u8], hash: &[u8; HASH_BYTES]) -> String {
    let (memory, iterations, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={memory},t={iterations},p={lanes}${salt}${hash}")
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier as _;

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

    /// Made by the reference implementation: `printf password | argon2 somesaltsalt -id -t 2 -k 1024 -p 1 -e`.
    const OF_ANOTHER_PROGRAM: &str =
        "$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHRzYWx0$2jRTl+9wIHBllQlQkwBnvYXftB5l/ydY4yVaDF/Zevs";

    #[tokio::test]
    async fn memory_that_was_used_before_changes_nothing() {
        let hasher = Hasher::new(64, 1, 1);
        let first = hasher.hash(&Random::seeded(1), "correct horse").await.unwrap();
        assert!(hasher.verify("password", Some(OF_ANOTHER_PROGRAM)).await.unwrap());
        assert!(!hasher.verify("passwort", Some(OF_ANOTHER_PROGRAM)).await.unwrap());
        assert_eq!(hasher.hash(&Random::seeded(1), "correct horse").await.unwrap(), first);
        let by_library = Argon2::default().verify_password(b"correct horse", &PasswordHash::new(&first).unwrap());
        assert!(by_library.is_ok());
    }

    #[tokio::test]
    async fn the_hash_for_nobody_can_be_verified_against() {
        let hasher = Hasher::for_this_machine();
        assert!(PasswordHash::new(&hasher.pool.nobody).is_ok());
        assert!(!hasher.is_outdated(&hasher.pool.nobody));
        let quick = Hasher::quick().hash(&Random::seeded(1), "x").await.unwrap();
        assert!(hasher.is_outdated(&quick));
    }

    /// Keeps the only thread of a pool busy until it is told.
    fn hold(hasher: &Hasher) -> std::sync::mpsc::Sender<()> {
        let (go_on, wait) = std::sync::mpsc::channel();
        let (begun, has_begun) = std::sync::mpsc::channel();
        let work = move |_: &mut Vec<Block>| {
            begun.send(()).unwrap();
            let _ = wait.recv();
        };
        hasher.pool.queue.push(&None, Box::new(work)).unwrap();
        has_begun.recv().unwrap();
        go_on
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_at_once_and_to_its_own_address_only() {
        let hasher = Hasher::new(8, 1, 1);
        let go_on = hold(&hasher);
        let (flood, other) = (hasher.asked_by(Some("2001:db8::1")), hasher.asked_by(Some("192.0.2.1")));
        for _ in 0..QUEUE_PER_CORE {
            flood.pool.queue.push(&flood.caller, Box::new(|_| ())).unwrap();
        }
        assert!(matches!(flood.verify("x", None).await, Err(Error::Busy { .. })));
        let neighbour = hasher.asked_by(Some("2001:db8::2"));
        assert!(matches!(neighbour.verify("x", None).await, Err(Error::Busy { .. })));
        let answer = tokio::spawn(async move { other.verify("x", None).await });
        go_on.send(()).unwrap();
        assert!(!answer.await.unwrap().unwrap());
        assert!(!flood.verify("x", None).await.unwrap());
    }

    #[test]
    fn addresses_take_turns() {
        let hasher = Hasher::new(8, 1, 1);
        let go_on = hold(&hasher);
        let (told, order) = std::sync::mpsc::channel();
        for (address, number) in [("a", 1), ("a", 2), ("a", 3), ("b", 4)] {
            let told = told.clone();
            let work: Work = Box::new(move |_| told.send(number).unwrap());
            hasher.pool.queue.push(&Some(address.into()), work).unwrap();
        }
        go_on.send(()).unwrap();
        assert_eq!(order.iter().take(4).collect::<Vec<_>>(), [1, 4, 2, 3]);
    }
}
