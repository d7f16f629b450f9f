//! One's own account: what its holder sees and changes without anybody's leave.

mod edit;
mod view;

pub use edit::{OwnEdit, edit};
pub use view::{OwnAccount, view};
