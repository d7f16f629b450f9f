//! Reading what a message says: for Owners, while there is no mail server (N1).

use db::entities::messages;
use sea_orm::EntityTrait;
use types::events::EventKind;
use types::messages::{Channel, MessageKind, MessageText};
use types::{MessageId, Permission};

use super::deliver::rendered;
use super::log::can_be_read;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff};

/// Needs **Own this installation**: a message may hold a link that takes an account over. That it
/// was read is in the log of its recipient.
///
/// # Errors
/// [`Error::NotAllowed`] with a mail server: then messages reach whom they are for; and for codes, always.
pub async fn read(context: &Context, staff: &Staff, id: MessageId) -> Result<MessageText> {
    staff.require_everywhere(Permission::OwnEverything)?;
    if context.mailing.delivers() {
        return Err(Error::not_allowed("Mails are sent; only their recipients read them."));
    }
    let transaction = context.database.begin().await?;
    let row = messages::Entity::find_by_id(id).one(&transaction).await?.ok_or(Error::NotFound("mail"))?;
    let readable = MessageKind::from_key(&row.kind)
        .zip(Channel::from_key(&row.channel))
        .is_some_and(|(kind, channel)| can_be_read(kind, channel));
    if !readable {
        return Err(Error::not_allowed("Codes are read by nobody but their recipients."));
    }
    let rendered = rendered(context, &row)?;
    let mut event =
        Event::new(EventKind::MailRead).by(staff).note(MessageKind::from_key(&row.kind).map(MessageKind::label));
    if let Some(account) = row.account_id {
        event = event.on(account);
    }
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(MessageText { subject: rendered.subject, text: rendered.text })
}
