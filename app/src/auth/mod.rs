//! Signing in and out, and the first Owner: plain pages.

pub mod login;
pub mod logout;
pub mod new_password;
pub mod second_factor;
pub mod set_up_app;
pub mod setup;
