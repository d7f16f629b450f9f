//! One's own account: what its holder sees and changes without anybody's leave.

mod activity;
mod change_email;
mod change_mobile;
mod disown;
mod edit;
mod view;

pub use activity::activity;
pub use change_email::{
    confirm_email_change, look_email_change, pending_email, request_email_change, withdraw_email_change,
};
pub use change_mobile::{OwnMobile, confirm_mobile, mobile, send_mobile_code};
pub use disown::{disown, may_be_disowned};
pub use edit::{OwnEdit, edit};
pub use view::{OwnAccount, view};
