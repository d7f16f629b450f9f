//! Import from CSV (U14): the file is taken in piece by piece and kept in the database, so that any
//! node can go on with it; a dry run and the import itself are jobs over the same rows.

mod guess;
mod plan;
mod problems;
mod records;
mod run;
mod template;
mod upload;

pub use plan::{confirm, file, purge_old, start};
pub use problems::{problems, rejected};
pub(crate) use run::{Memory, Resume, batch};
pub use template::template;
pub use upload::Upload;

#[cfg(test)]
mod tests;
