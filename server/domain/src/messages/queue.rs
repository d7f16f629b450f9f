//! Putting messages into the queue, in the transaction of what they tell of.

use db::entities::{accounts, messages};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};
use types::messages::{Channel, MessageState};
use types::{AccountId, MessageId};

use super::Content;
use crate::{Context, Error, Result};

/// Who gets a message, and where.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    account: AccountId,
    channel: Channel,
    address: String,
    name: String,
}

impl Recipient {
    /// At the account's address.
    pub fn of(account: &accounts::Model) -> Self {
        Self::at(account, &account.email)
    }

    /// At another address: a new one, an old one.
    pub fn at(account: &accounts::Model, email: &str) -> Self {
        Self::by(Channel::Mail, account, email)
    }

    /// At an address or a number, by one of the ways.
    pub fn by(channel: Channel, account: &accounts::Model, address: &str) -> Self {
        Self { account: account.id, channel, address: address.to_owned(), name: account.name.clone() }
    }
}

pub(crate) async fn queue(
    connection: &impl ConnectionTrait,
    context: &Context,
    recipient: Recipient,
    content: Content,
) -> Result<()> {
    queue_all(connection, context, vec![(recipient, content)]).await
}

/// Many in one statement.
pub(crate) async fn queue_all(
    connection: &impl ConnectionTrait,
    context: &Context,
    all: Vec<(Recipient, Content)>,
) -> Result<()> {
    let now = context.now();
    let mut rows = Vec::with_capacity(all.len());
    for (recipient, content) in all {
        let (kind, useful_seconds) = (content.kind(), content.useful_seconds());
        let content = content.sealed(context, recipient.account)?;
        let json = serde_json::to_string(&content).map_err(|error| Error::Internal(error.to_string()))?;
        rows.push(messages::ActiveModel {
            id: Set(MessageId(context.id())),
            account_id: Set(Some(recipient.account)),
            channel: Set(recipient.channel.key().into()),
            kind: Set(kind.key().into()),
            recipient: Set(recipient.address),
            recipient_name: Set(recipient.name),
            content: Set(Some(json)),
            state: Set(MessageState::Queued.key().into()),
            attempts: Set(0),
            problem: Set(None),
            created_at: Set(now),
            next_attempt_at: Set(now),
            expires_at: Set(now.plus_seconds(useful_seconds)),
            sent_at: Set(None),
        });
    }
    if !rows.is_empty() {
        messages::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}
