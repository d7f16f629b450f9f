//! Signing in and out, and the first Owner: plain pages.

pub mod login;
pub mod logout;
pub mod setup;
