//! Long work: what runs, how far it is, what came of it.

pub mod api;
pub mod page;
