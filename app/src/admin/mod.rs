//! The console for administrators and help-desk staff.

pub mod api;
pub mod audit;
pub mod dashboard;
pub mod directory;
pub mod frame;
pub mod jobs;
pub mod mail;
pub mod pages;
pub mod palette;
pub mod proof;
pub mod settings;
pub mod stores;
pub mod users;
