//! Messages to account holders: a queue in the database, written in the transaction of what they
//! tell of, and the log of what became of them (N1).
//!
//! A row holds what its template is filled with, not the finished text: rows stay small, and a link's
//! token, which is sealed, is erased the moment the message is sent. Sending is the server's business; it takes what
//! is due with [`claim`] and [`claim_texts`] and tells with [`sent`] and [`failed`] how it went.

mod alert;
mod content;
mod deliver;
mod log;
mod mailing;
mod purge;
mod queue;
mod read;
mod render;
mod retry;

pub use alert::Alert;
pub(crate) use alert::{alert, alert_all, alert_each};
pub use content::Content;
pub use deliver::{Outgoing, OutgoingText, claim, claim_texts, failed, sent};
pub use log::list;
pub use mailing::Mailing;
pub use purge::purge;
pub(crate) use queue::{Recipient, queue, queue_all};
pub use read::read;
pub use render::{Rendered, render, render_text};
pub use retry::retry;
