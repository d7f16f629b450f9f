//! Bulk work as jobs: the selection is fixed at the start, batches let others write, any node goes on.

mod cancel;
mod purge;
mod report;
mod results;
mod run;
mod start;
mod undo;

pub use cancel::cancel;
pub use purge::purge;
pub(crate) use report::visible;
pub use report::{list, report};
pub use results::{ItemResult, results};
pub(crate) use run::Progress;
pub use run::run_open;
pub(crate) use start::insert;
pub use start::{count, start};
pub use undo::undo;
