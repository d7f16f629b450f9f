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
mod list;
mod profile;
mod remove_identity;
mod reset_mfa;
mod restore;
pub mod search;
mod set_password;
mod unlock;

pub use authenticators::{change_second_factor, remove_authenticator, view_authenticators};
pub use create::create;
pub(crate) use create::insert;
pub use edit::edit;
pub(crate) use edit::refuse_holding_more;
pub use end_sessions::end_sessions;
pub use list::{ListQuery, list};
pub use profile::profile;
pub use set_password::set_password;
pub use unlock::unlock;
