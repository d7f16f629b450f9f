//! **Send welcome mail** (A17).

use db::entities::accounts;
use sea_orm::ConnectionTrait;
use types::events::EventKind;

use crate::events::{self, Event};
use crate::messages::{Content, Recipient, queue_all};
use crate::{Context, Result, Staff};

/// Mails onboarded accounts where to sign in. `staff`: `None` when it follows an activation.
pub(crate) async fn send_welcome(
    connection: &impl ConnectionTrait,
    context: &Context,
    staff: Option<&Staff>,
    chosen: &[accounts::Model],
) -> Result<()> {
    let mails = chosen.iter().map(|account| (Recipient::of(account), Content::Welcome)).collect();
    queue_all(connection, context, mails).await?;
    let written = chosen.iter().map(|account| {
        let event = Event::new(EventKind::WelcomeSent).on(account.id);
        if let Some(staff) = staff { event.by(staff) } else { event }
    });
    events::write_all(connection, context, written.collect()).await
}
