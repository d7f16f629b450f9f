//! **Dashboard** (D7).

pub mod api;
pub mod page;
