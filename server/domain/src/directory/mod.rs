//! What stands around accounts: groups, organizations and roles (D2–D4), one verb a file.
//!
//! Groups and organizations are handled by the same code, as [`types::directory::Unit`]s.

mod create;
mod delete;
mod edit;
mod list;
mod members;
mod paging;
pub mod roles;
mod unit;
mod view;

pub use create::create;
pub use delete::delete;
pub use edit::edit;
pub use list::{group_options, list};
pub use members::{add, candidates, members, remove};
pub(crate) use unit::list as literals;
pub use view::view;

#[cfg(test)]
mod tests;
