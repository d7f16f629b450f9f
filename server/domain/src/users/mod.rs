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
mod list;
mod profile;
mod restore;
pub mod search;
mod set_password;
mod unlock;

pub(crate) use create::insert;
pub use create::{create, create_in};
pub use edit::edit;
pub(crate) use edit::refuse_holding_more;
pub use end_sessions::end_sessions;
pub use list::{ListQuery, list};
pub(crate) use profile::labels;
pub use profile::profile;
pub(crate) use profile::{labels_of, some_moment};
pub use set_password::set_password;
pub use unlock::unlock;
