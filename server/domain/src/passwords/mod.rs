//! Passwords: the rules, the hashing pool, the change.

mod blocklist;
mod change;
mod hasher;
mod rules;
mod verify;

pub use change::change;
pub(crate) use change::{keep, mark_short, rehash, store, words};
pub use hasher::Hasher;
pub use rules::{
    FEWEST_CHARACTERS, FEWEST_WITH_SECOND_FACTOR, MOST_CHARACTERS, check, check_beside, is_short, strength,
};
pub(crate) use verify::verify_own;
