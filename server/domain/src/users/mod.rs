//! Accounts as staff handle them: one verb, one file.

mod authenticators;
pub(crate) mod bulk;
pub(crate) mod columns;
pub mod counts;
mod create;
mod delete;
mod disable;
mod edit;
mod enable;
mod end_sessions;
mod invite;
mod list;
mod profile;
mod remove_identity;
mod reset_mfa;
mod restore;
pub mod search;
pub(crate) mod send_activation;
pub(crate) mod send_password_reset;
pub(crate) mod send_welcome;
mod set_password;
mod set_password_expiry;
mod unlock;

pub use authenticators::{change_second_factor, remove_authenticator, view_authenticators};
pub use create::create;
pub(crate) use create::insert;
pub use edit::edit;
pub(crate) use edit::refuse_holding_more;
pub use end_sessions::end_sessions;
pub use invite::invite;
pub use list::{ListQuery, list};
pub use profile::profile;
pub(crate) use profile::{labels_of, onboarding, some_moment};
pub use send_activation::activation_link;
pub use set_password::set_password;
pub use unlock::unlock;
