//! One's own account: what its holder sees and changes without anybody's leave.

mod edit_names;
mod view;

pub use edit_names::edit_names;
pub use view::{OwnAccount, view};
