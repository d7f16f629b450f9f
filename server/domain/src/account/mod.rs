//! One's own account: what its holder sees and changes without anybody's leave.

mod change_email;
mod change_mobile;
mod edit;
mod view;

pub use change_email::{confirm_email_change, look_email_change, pending_email, request_email_change};
pub use change_mobile::{OwnMobile, confirm_mobile, mobile, send_mobile_code};
pub use edit::{OwnEdit, edit};
pub use view::{OwnAccount, view};
