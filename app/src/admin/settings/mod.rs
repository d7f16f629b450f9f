//! **Settings** of an identity store, a page for each section.
//!
//! A section's form is a file of its own; `page.rs` shows it, keeps what is typed, and saves it.

mod alternate_login;
pub mod api;
mod audit_log;
pub mod compliance;
mod devices;
mod draft;
mod notifications;
mod onboarding;
pub mod page;
mod recycle_bin;
mod sign_in;
mod sms_gateway;
