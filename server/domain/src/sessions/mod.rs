//! Sessions: begun by a sign-in, ended by their holder, by staff, or by time.

mod begin;
mod end;
mod list;
mod live;
mod of_user;
mod purge;

pub use begin::{NewSession, begin};
pub(crate) use end::{count_open, end_by_staff, end_every_other_in, end_lacking_second_factor, end_token, end_where};
pub use end::{end_all_of, end_every_other, end_one, sign_out};
pub use list::{is_open, of_holder};
pub(crate) use live::live;
pub(crate) use of_user::method_of;
pub use of_user::{end_of_user, of_user};
pub use purge::purge;
