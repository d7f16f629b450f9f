//! The rules of Roster: accounts, credentials, authority, bulk work, events.
//!
//! Every function here says whose authority it needs: a [`Staff`] for the console, a [`Holder`]
//! for one's own account. It owns its transaction; the event goes in with the change.

pub mod account;
pub mod account_data;
pub mod activation;
pub mod attributes;
pub mod audit;
pub mod authenticators;
pub mod authority;
pub mod clock;
pub mod codes;
pub mod compliance;
pub mod context;
pub mod csv_cell;
pub mod dashboard;
pub mod database;
pub mod devices;
pub mod directory;
pub mod error;
pub mod events;
pub mod groups;
pub mod impersonation;
pub mod imports;
pub mod jobs;
pub mod links;
pub mod messages;
pub mod password_expiry;
pub mod password_reset;
pub mod passwords;
pub mod phones;
pub mod preferences;
pub mod random;
pub mod recent_proof;
pub mod recovery;
pub mod roles;
pub mod sealing;
pub mod seeding;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod sms;
pub mod stores;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod throttle;
pub mod tokens;
pub mod users;

pub use authority::{Holder, Scope, Staff};
pub use context::{Context, Origin, Roster};
pub use database::Database;
pub use error::{Error, Result};
