//! The console for administrators and help-desk staff.

pub mod api;
pub mod frame;
pub mod jobs;
pub mod settings;
pub mod users;
