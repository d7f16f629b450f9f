//! Passwords: the rules, the hashing pool, the change.

mod change;
mod hasher;
mod rules;

pub use change::change;
pub(crate) use change::{rehash, store};
pub use hasher::Hasher;
pub use rules::{MOST_CHARACTERS, check};
