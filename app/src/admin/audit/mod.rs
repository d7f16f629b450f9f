//! The audit log (G2).

pub mod api;
pub mod event;
pub mod page;
