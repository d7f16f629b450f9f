//! **Mail log**: what was queued, sent, failed.

pub mod api;
pub mod page;
