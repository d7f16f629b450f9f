//! Accounts as staff handle them: one verb, one file.

mod authenticators;
pub(crate) mod bulk;
pub(crate) mod columns;
pub mod counts;
pub(crate) mod create;
mod delete;
mod disable;
mod edit;
mod enable;
mod end_sessions;
pub mod export;
pub mod filter_names;
mod invite;
mod list;
pub(crate) mod new_addresses;
mod profile;
mod purge;
mod recycle_bin;
mod remove_identity;
mod remove_stand_in;
mod reset_mfa;
mod restore;
pub mod search;
pub(crate) mod send_activation;
pub(crate) mod send_password_reset;
pub(crate) mod send_welcome;
mod set_password;
mod set_password_expiry;
mod unlock;
pub mod views;

pub use authenticators::{
    add_code_address, change_second_factor, remove_authenticator, remove_code_address, view_authenticators,
};
pub(crate) use create::insert;
pub use create::{create, create_in};
pub use edit::edit;
pub(crate) use edit::refuse_holding_more;
pub use end_sessions::end_sessions;
pub use invite::invite;
pub(crate) use list::Row as ListedRow;
pub use list::{ListQuery, count, list};
pub(crate) use profile::labels;
pub use profile::profile;
pub use purge::purge_due;
pub use recycle_bin::recycle_bin;
pub use remove_stand_in::remove_stand_in;
pub use send_activation::activation_link;
pub use set_password::set_password;
pub use unlock::unlock;
