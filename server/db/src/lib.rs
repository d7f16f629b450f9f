//! Entities and migrations, and nothing else. Which rows may be seen is the domain's business.

pub mod entities;
pub mod migrations;

pub use migrations::Migrator;
