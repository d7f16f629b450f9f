//! What is due, and how sending it went.

use db::entities::{accounts, messages};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::messages::{Channel, MessageState};
use types::{AccountId, MessageId};

use super::{Content, Rendered, render, render_text};
use crate::sms::{self, Gateway};
use crate::{Context, Error, Result};

/// A node that took a message and has not told how it went for so long is believed dead.
const CLAIM_SECONDS: i64 = 5 * 60;
/// Seconds until the next attempt after the first failure, the second …; after the last of them
/// the message has failed. A day and a half in all.
const DELAYS: [i64; 8] = [30, 2 * 60, 10 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 15 * 3600];
/// The longest problem that is kept, in characters.
const PROBLEM_MOST: usize = 300;

/// A mail to be sent now.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub id: MessageId,
    pub email: String,
    pub name: String,
    pub rendered: Rendered,
}

/// A text message to be sent now, and the gateway that it leaves by.
#[derive(Clone)]
pub struct OutgoingText {
    pub id: MessageId,
    pub number: String,
    pub text: String,
    pub gateway: Gateway,
}

/// Takes up to `most` mails that are due; nobody else gets them meanwhile. Those that came too late
/// to be of use have failed.
pub async fn claim(context: &Context, most: u64) -> Result<Vec<Outgoing>> {
    let mut outgoing = Vec::new();
    for row in take(context, Channel::Mail, most).await? {
        match rendered(context, &row) {
            Ok(rendered) => {
                outgoing.push(Outgoing { id: row.id, email: row.recipient, name: row.recipient_name, rendered });
            }
            Err(error) => cannot_be_written(context, row.id, &error).await?,
        }
    }
    Ok(outgoing)
}

/// The same for text messages; those of a store without a gateway have failed.
pub async fn claim_texts(context: &Context, most: u64) -> Result<Vec<OutgoingText>> {
    let mut outgoing = Vec::new();
    for row in take(context, Channel::Sms, most).await? {
        let text = match content_of(context, &row).and_then(|content| render_text(&context.mailing, &content)) {
            Ok(text) => text,
            Err(error) => {
                cannot_be_written(context, row.id, &error).await?;
                continue;
            }
        };
        match gateway_for(context, row.account_id).await? {
            Some(gateway) => outgoing.push(OutgoingText { id: row.id, number: row.recipient, text, gateway }),
            None => failed(context, row.id, "No SMS gateway is set up.", true).await?,
        }
    }
    Ok(outgoing)
}

async fn gateway_for(context: &Context, account: Option<AccountId>) -> Result<Option<Gateway>> {
    let connection = context.database.read();
    let Some(account) = account else { return Ok(None) };
    match accounts::Entity::find_by_id(account).one(connection).await? {
        Some(account) => sms::gateway(connection, context, account.store_id).await,
        None => Ok(None),
    }
}

async fn cannot_be_written(context: &Context, id: MessageId, error: &Error) -> Result<()> {
    tracing::error!(%error, message = %id, "a message cannot be written");
    failed(context, id, "It could not be written; the server's log says why.", true).await
}

async fn take(context: &Context, channel: Channel, most: u64) -> Result<Vec<messages::Model>> {
    let now = context.now();
    let due = messages::Entity::find()
        .filter(messages::Column::Channel.eq(channel.key()))
        .filter(messages::Column::State.eq(MessageState::Queued.key()))
        .filter(messages::Column::NextAttemptAt.lte(now))
        .order_by_asc(messages::Column::NextAttemptAt)
        .limit(most)
        .all(context.database.read())
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let transaction = context.database.begin().await?;
    let mut claimed = Vec::new();
    for row in due {
        if row.expires_at <= now {
            give_up(&transaction, row.id, "It could not be sent before it lost its use.").await?;
            continue;
        }
        // Of two nodes that saw it, one changes it.
        let taken = messages::Entity::update_many()
            .col_expr(messages::Column::NextAttemptAt, now.plus_seconds(CLAIM_SECONDS).into())
            .col_expr(messages::Column::Attempts, Expr::col(messages::Column::Attempts).add(1))
            .filter(messages::Column::Id.eq(row.id))
            .filter(messages::Column::State.eq(MessageState::Queued.key()))
            .filter(messages::Column::NextAttemptAt.eq(row.next_attempt_at))
            .exec(&transaction)
            .await?;
        if taken.rows_affected > 0 {
            claimed.push(row);
        }
    }
    transaction.commit().await?;
    Ok(claimed)
}

fn content_of(context: &Context, row: &messages::Model) -> Result<Content> {
    let content = row.content.as_deref().ok_or(Error::NotFound("message"))?;
    let content: Content = serde_json::from_str(content).map_err(|error| Error::Internal(error.to_string()))?;
    content.opened(context, row.account_id)
}

pub(super) fn rendered(context: &Context, row: &messages::Model) -> Result<Rendered> {
    render(&context.mailing, &row.recipient_name, &row.recipient, &content_of(context, row)?)
}

/// The mail server, or the gateway, took it. What it said is not kept.
pub async fn sent(context: &Context, id: MessageId) -> Result<()> {
    let transaction = context.database.begin().await?;
    messages::Entity::update_many()
        .col_expr(messages::Column::State, MessageState::Sent.key().into())
        .col_expr(messages::Column::SentAt, context.now().into())
        .col_expr(messages::Column::Content, Expr::val(None::<String>))
        .col_expr(messages::Column::Problem, Expr::val(None::<String>))
        .filter(messages::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// It was not sent: it is tried again later, each time after a longer while, unless that is
/// `hopeless`.
pub async fn failed(context: &Context, id: MessageId, problem: &str, hopeless: bool) -> Result<()> {
    let problem: String = problem.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(PROBLEM_MOST).collect();
    let transaction = context.database.begin().await?;
    let Some(row) = messages::Entity::find_by_id(id).one(&transaction).await? else { return Ok(()) };
    let attempts = usize::try_from(row.attempts - 1).unwrap_or_default();
    match DELAYS.get(attempts).filter(|_| !hopeless) {
        Some(delay) => {
            messages::Entity::update_many()
                .col_expr(messages::Column::NextAttemptAt, context.now().plus_seconds(*delay).into())
                .col_expr(messages::Column::Problem, problem.into())
                .filter(messages::Column::Id.eq(id))
                .exec(&transaction)
                .await?;
        }
        None => give_up(&transaction, id, &problem).await?,
    }
    transaction.commit().await?;
    Ok(())
}

/// What it says stays for **Retry**, as long as it is of use.
async fn give_up(transaction: &DatabaseTransaction, id: MessageId, problem: &str) -> Result<()> {
    messages::Entity::update_many()
        .col_expr(messages::Column::State, MessageState::Failed.key().into())
        .col_expr(messages::Column::Problem, problem.into())
        .filter(messages::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Recipient, queue};
    use crate::testing;

    /// A message to the Owner in the queue.
    async fn one(context: &Context) -> MessageId {
        let owner = testing::owner(context).await;
        let account = testing::account(context, owner.account).await;
        let transaction = context.database.begin().await.unwrap();
        queue(&transaction, context, Recipient::of(&account), Content::Welcome).await.unwrap();
        transaction.commit().await.unwrap();
        testing::messages(context).await.last().unwrap().id
    }

    async fn row(context: &Context, id: MessageId) -> messages::Model {
        messages::Entity::find_by_id(id).one(context.database.read()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn of_two_nodes_one_sends_and_the_words_go_when_it_is_sent() {
        testing::on_both(|context| async move {
            let id = one(&context).await;
            let (here, there) = tokio::join!(claim(&context, 10), claim(&context, 10));
            let all = [here.unwrap(), there.unwrap()].concat();
            assert_eq!(all.iter().map(|message| message.id).collect::<Vec<_>>(), [id]);
            assert_eq!((all[0].email.as_str(), all[0].name.as_str()), ("owner@example.com", "owner"));
            assert!(all[0].rendered.text.contains("https://id.example.com/login"), "{}", all[0].rendered.text);
            sent(&context, id).await.unwrap();
            let row = row(&context, id).await;
            assert_eq!((row.state.as_str(), row.content, row.attempts), ("sent", None, 1));
            assert_eq!(claim(&context, 10).await.unwrap().len(), 0);
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_is_sealed_in_the_queue_and_one_that_lay_there_in_clear_is_sent_too() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let sent_link = async || {
                let mail = claim(&context, 1).await.unwrap().remove(0);
                mail.rendered.text.split("token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
            };
            testing::bulk(&context, &owner, types::bulk::BulkAction::SendActivation, &[ada]).await;
            let stored = testing::messages(&context).await.pop().unwrap().content.unwrap();
            let token = sent_link().await;
            assert!(token.len() == 43 && !stored.contains(&token), "{stored}");
            assert!(crate::activation::look(&context, &token).await.unwrap().is_ok());
            // As an earlier version has queued it.
            context.clock.advance_seconds(CLAIM_SECONDS);
            let transaction = context.database.begin().await.unwrap();
            let plain = serde_json::to_string(&Content::Activation { token: token.clone(), hours: 1 }).unwrap();
            messages::Entity::update_many()
                .col_expr(messages::Column::Content, Expr::val(plain))
                .exec(&transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(sent_link().await, token);
        })
        .await;
    }

    #[tokio::test]
    async fn a_message_is_tried_again_after_a_longer_while_each_time_and_then_has_failed() {
        testing::on_both(|context| async move {
            let id = one(&context).await;
            let mut waited = Vec::new();
            while row(&context, id).await.state == "queued" {
                assert_eq!(claim(&context, 10).await.unwrap().len(), 1);
                failed(&context, id, "450 4.2.1\r\n  try later", false).await.unwrap();
                let next = row(&context, id).await.next_attempt_at;
                context.clock.advance_seconds(next.seconds_since(context.now()) - 1);
                assert_eq!(claim(&context, 10).await.unwrap().len(), 0);
                context.clock.advance_seconds(1);
                waited.push(next);
            }
            assert_eq!(waited.len(), DELAYS.len() + 1);
            let row = row(&context, id).await;
            assert_eq!((row.state.as_str(), row.problem.as_deref()), ("failed", Some("450 4.2.1 try later")));
            assert!(row.content.is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn a_refusal_for_good_is_not_tried_again() {
        testing::on_both(|context| async move {
            let id = one(&context).await;
            claim(&context, 10).await.unwrap();
            failed(&context, id, "550 5.1.1 no such user", true).await.unwrap();
            assert_eq!(row(&context, id).await.state, "failed");
        })
        .await;
    }

    #[tokio::test]
    async fn what_a_dead_node_took_is_sent_by_another() {
        testing::on_both(|context| async move {
            one(&context).await;
            assert_eq!(claim(&context, 10).await.unwrap().len(), 1);
            context.clock.advance_seconds(CLAIM_SECONDS - 1);
            assert_eq!(claim(&context, 10).await.unwrap().len(), 0);
            context.clock.advance_seconds(1);
            assert_eq!(claim(&context, 10).await.unwrap().len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn what_comes_too_late_is_not_sent() {
        testing::on_both(|context| async move {
            let id = one(&context).await;
            context.clock.advance_seconds(7 * 24 * 60 * 60);
            assert_eq!(claim(&context, 10).await.unwrap().len(), 0);
            assert_eq!(row(&context, id).await.state, "failed");
        })
        .await;
    }

    #[tokio::test]
    async fn a_message_goes_with_the_change_it_tells_of() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let account = testing::account(&context, owner.account).await;
            let transaction = context.database.begin().await.unwrap();
            queue(&transaction, &context, Recipient::of(&account), Content::Welcome).await.unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(claim(&context, 10).await.unwrap().len(), 0);
        })
        .await;
    }
}
