//! Groups, organizations and roles (D2–D4). Groups and organizations share their pages.

mod add_members;
mod address;
pub mod api;
mod delete_unit;
mod members;
pub mod role;
mod role_grid;
pub mod roles;
pub mod unit;
mod unit_form;
pub mod units;
