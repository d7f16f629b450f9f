//! Pages without WebAssembly: sign-in, set-up, self-service, errors. Rendered on the server from a
//! plain `…View` struct to a whole HTML document, with real forms; they need no JavaScript (E7).

pub mod address_proof;
pub mod card;
pub mod document;
pub mod field;
pub mod notice;
pub mod problem;
pub mod qr_code;
pub mod strength;
pub mod wait;

pub use address_proof::{AddressProof, AddressProofView};
pub use card::{Card, Wordmark, message_page};
pub use document::{Heading, Site, document};
pub use field::{FixedField, PlainField};
pub use notice::Notice;
pub use problem::{Problem, ProblemSummary};
pub use qr_code::QrCode;
pub use strength::PasswordStrength;
pub use wait::wait_in_words;
