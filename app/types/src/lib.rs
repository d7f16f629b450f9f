//! What browser and server both say: ids, rows, filters, field errors, validation.

pub mod accounts;
pub mod attributes;
pub mod audit;
pub mod authenticators;
pub mod bulk;
pub mod compliance;
pub mod countries;
pub mod dashboard;
pub mod directory;
pub mod email_address;
pub mod events;
pub mod export;
pub mod field_errors;
pub mod fold;
pub mod ids;
pub mod import;
pub mod messages;
pub mod permissions;
pub mod person_name;
pub mod phone_number;
pub mod recovery;
pub mod recycle_bin;
pub mod saved_views;
pub mod sessions;
pub mod settings;
pub mod stores;
pub mod text;
pub mod timestamp;
pub mod user_list;
pub mod username;

pub use email_address::EmailAddress;
pub use field_errors::FieldErrors;
pub use ids::*;
pub use permissions::Permission;
pub use timestamp::Timestamp;
