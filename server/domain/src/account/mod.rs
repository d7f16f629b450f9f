//! One's own account: what its holder sees and changes without anybody's leave.

mod change_email;
mod edit_names;
mod view;

pub use change_email::{confirm_email_change, look_email_change, pending_email, request_email_change};
pub use edit_names::edit_names;
pub use view::{OwnAccount, view};
