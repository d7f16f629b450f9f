//! Bulk work as jobs: the selection is fixed at the start, batches let others write, any node goes on.

mod cancel;
mod report;
mod run;
mod start;

pub use cancel::cancel;
pub use report::{list, report};
pub use run::run_open;
pub use start::{count, start};
