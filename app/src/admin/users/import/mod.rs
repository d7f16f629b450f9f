//! **Import** (U14): a file, its columns, a dry run, the import.

pub mod api;
pub mod page;
mod plan;
mod progress;
mod upload;
