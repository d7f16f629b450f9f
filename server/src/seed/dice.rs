//! Random choices from one seeded stream, the same on every machine.

use domain::random::Random;
use types::Timestamp;
use uuid::Uuid;

pub struct Dice {
    stream: Random,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { stream: Random::seeded(seed) }
    }

    /// 0 to `end` - 1; 0 when `end` is 0.
    pub fn below(&self, end: u64) -> u64 {
        let random = u64::from_be_bytes(self.stream.bytes());
        u64::try_from((u128::from(random) * u128::from(end)) >> 64).unwrap_or_default()
    }

    /// `from` to `to`, both included; `from` when `to` is less.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        let width = to.saturating_sub(from).max(0).unsigned_abs();
        from.saturating_add_unsigned(self.below(width.saturating_add(1)))
    }

    /// True so many times of a hundred thousand.
    pub fn chance(&self, of_100_000: u64) -> bool {
        self.below(100_000) < of_100_000
    }

    /// 0 up to 1.
    pub fn fraction(&self) -> f64 {
        // 53 bits: as many as the number type holds.
        self.below(1 << 53) as f64 / (1_u64 << 53) as f64
    }

    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap_or_default()]
    }

    /// An index, each as often as its weight says beside the others.
    pub fn weighted(&self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().map(|weight| u64::from(*weight)).sum());
        for (at, weight) in weights.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return at,
            }
        }
        0
    }

    /// The text with each `#` replaced by a digit.
    pub fn digits(&self, pattern: &str) -> String {
        let digit = |c| if c == '#' { char::from(b'0' + self.below(10) as u8) } else { c };
        pattern.chars().map(digit).collect()
    }

    pub fn id(&self, at: Timestamp) -> Uuid {
        self.stream.id(at)
    }
}
