//! Accounts as staff handle them: one verb, one file.

pub(crate) mod bulk;
pub(crate) mod columns;
pub mod counts;
mod create;
mod delete;
mod disable;
mod edit;
mod enable;
mod end_sessions;
pub mod export;
pub mod filter_names;
mod list;
mod profile;
mod restore;
mod search;
mod set_password;
mod unlock;
pub mod views;

pub use create::create;
pub(crate) use create::insert;
pub use edit::edit;
pub(crate) use edit::refuse_holding_more;
pub use end_sessions::end_sessions;
pub use list::{ListQuery, list};
pub use profile::profile;
pub(crate) use profile::{labels_of, some_moment};
pub use set_password::set_password;
pub use unlock::unlock;
