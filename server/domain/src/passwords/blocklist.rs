//! The blocklist of common passwords (NIST SP 800-63B-4 §3.1.1.2), as fingerprints.
//!
//! `scripts/common-passwords.mjs` makes the file: the first four bytes of the SHA-256 of 200,000
//! passwords, sorted. A password that is not among them is taken for one in 1 of 20,000 cases.

use sha2::{Digest, Sha256};

static COMMON: &[u8] = include_bytes!("common-passwords.bin");
const PRINT_BYTES: usize = 4;

/// Whether the password is a common one; `folded`: in lower case.
pub(super) fn is_common(folded: &str) -> bool {
    let digest = Sha256::digest(folded.as_bytes());
    let (prints, _) = COMMON.as_chunks::<PRINT_BYTES>();
    prints.binary_search_by(|print| print.as_slice().cmp(&digest[..PRINT_BYTES])).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_at_least_a_hundred_thousand_in_less_than_a_megabyte() {
        assert!(COMMON.len() / PRINT_BYTES >= 100_000 && COMMON.len() < 1_000_000);
        assert!(COMMON.as_chunks::<PRINT_BYTES>().0.is_sorted());
    }

    #[test]
    fn knows_common_ones_and_no_others() {
        for common in ["password", "12345678", "passwordpassword", "1q2w3e4r5t6y7u8i", "sunshine", "football1"] {
            assert!(is_common(common), "{common}");
        }
        let others = (0..20_000).filter(|number| is_common(&format!("nobody uses number {number}"))).count();
        assert!(others < 10, "{others}");
    }
}
