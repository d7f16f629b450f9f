//! Signing in and out, activation, recovery, and the first Owner: plain pages.

pub mod activate;
pub mod device_limit;
pub mod forgot_phone;
pub mod link_over;
pub mod login;
pub mod logout;
pub mod new_password;
pub mod passkey;
pub mod recover;
pub mod second_factor;
pub mod set_up_app;
pub mod set_up_code;
pub mod setup;
