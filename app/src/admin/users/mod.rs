//! The user list, the profile, and what can be done to accounts.

pub mod activation_link;
pub mod api;
mod attribute_inputs;
pub mod bulk;
pub mod create;
mod edit;
mod edit_conflict;
pub(crate) mod fields;
mod group_picker;
pub mod import;
mod invite;
pub mod last_list;
pub mod list;
pub mod profile;
pub mod recycle_bin;
mod second_factor;
