//! The user list, the profile, and what can be done to accounts.

pub mod api;
pub mod bulk;
pub mod create;
pub mod list;
pub mod profile;
