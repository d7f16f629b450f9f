//! Pages, components and server functions of Roster.

#[cfg(feature = "ssr")]
pub mod account;
pub mod admin;
pub mod api_error;
mod app;
#[cfg(feature = "ssr")]
pub mod auth;
#[cfg(feature = "ssr")]
pub mod plain;
pub mod resource;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod ui;

pub use api_error::ApiError;
pub use app::App;
#[cfg(feature = "ssr")]
pub use app::shell;
