//! **Retry** (N1): a message that failed, or waits for its next attempt, is sent now.

use db::entities::messages;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::events::EventKind;
use types::messages::{MessageKind, MessageState};
use types::{MessageId, Permission};

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff};

/// Needs **Send activation, welcome and password reset mails** everywhere.
///
/// # Errors
/// [`Error::Conflict`] when it was sent, or has lost its use.
pub async fn retry(context: &Context, staff: &Staff, id: MessageId) -> Result<()> {
    staff.require_everywhere(Permission::SendMails)?;
    let transaction = context.database.begin().await?;
    let row =
        messages::Entity::find_by_id(id).lock(TO_CHANGE).one(&transaction).await?.ok_or(Error::NotFound("mail"))?;
    if row.state == MessageState::Sent.key() {
        return Err(Error::Conflict("This mail was sent already.".into()));
    }
    if row.content.is_none() || row.expires_at <= context.now() {
        return Err(Error::Conflict("This mail has lost its use. Send a new one from the user's profile.".into()));
    }
    messages::Entity::update_many()
        .col_expr(messages::Column::State, MessageState::Queued.key().into())
        .col_expr(messages::Column::Attempts, Expr::val(0))
        .col_expr(messages::Column::NextAttemptAt, context.now().into())
        .filter(messages::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    let mut event =
        Event::new(EventKind::MailRetried).by(staff).note(MessageKind::from_key(&row.kind).map(MessageKind::label));
    if let Some(account) = row.account_id {
        event = event.on(account);
    }
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Content, Recipient, claim, failed, queue, sent};
    use crate::testing;

    #[tokio::test]
    async fn a_failed_one_goes_out_again_a_sent_one_does_not() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let account = testing::account(&context, owner.account).await;
            let transaction = context.database.begin().await.unwrap();
            queue(&transaction, &context, Recipient::of(&account), Content::Welcome).await.unwrap();
            transaction.commit().await.unwrap();
            let id = claim(&context, 1).await.unwrap()[0].id;
            failed(&context, id, "550", true).await.unwrap();
            assert_eq!(claim(&context, 1).await.unwrap().len(), 0);
            retry(&context, &owner, id).await.unwrap();
            assert_eq!(claim(&context, 1).await.unwrap().len(), 1);
            sent(&context, id).await.unwrap();
            assert!(matches!(retry(&context, &owner, id).await, Err(Error::Conflict(_))));
            let unknown = MessageId(context.id());
            assert!(matches!(retry(&context, &owner, unknown).await, Err(Error::NotFound(_))));
            assert_eq!(testing::events_of(&context, owner.account, EventKind::MailRetried).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn one_that_has_lost_its_use_stays_failed() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let account = testing::account(&context, owner.account).await;
            let transaction = context.database.begin().await.unwrap();
            let content = Content::Activation { token: "x".into(), hours: 1 };
            queue(&transaction, &context, Recipient::of(&account), content).await.unwrap();
            transaction.commit().await.unwrap();
            let id = claim(&context, 1).await.unwrap()[0].id;
            context.clock.advance_seconds(60 * 60);
            assert!(matches!(retry(&context, &owner, id).await, Err(Error::Conflict(_))));
        })
        .await;
    }
}
