//! **Mail log** (N1, N2): mails and text messages that were queued, sent, failed; newest first.

use db::entities::messages;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::messages::{Channel, MessageKind, MessagePage, MessageRow, MessageState};
use types::{MessageId, Permission, Timestamp};
use uuid::Uuid;

use crate::{Result, Roster, Staff};

/// Rows on a page.
const PAGE_ROWS: u64 = 50;

/// A page of the log. Needs **View the mail log** everywhere.
///
/// `older`: the cursor of the page before; one that makes no sense begins at the newest.
pub async fn list(
    roster: &Roster,
    staff: &Staff,
    state: Option<MessageState>,
    older: Option<&str>,
) -> Result<MessagePage> {
    staff.require_everywhere(Permission::ViewMail)?;
    let mut query = messages::Entity::find()
        .order_by_desc(messages::Column::CreatedAt)
        .order_by_desc(messages::Column::Id)
        .limit(PAGE_ROWS + 1);
    if let Some(state) = state {
        query = query.filter(messages::Column::State.eq(state.key()));
    }
    if let Some((at, id)) = older.and_then(read_cursor) {
        let position = Expr::tuple([Expr::col(messages::Column::CreatedAt), Expr::col(messages::Column::Id)]);
        query = query.filter(position.lt(Expr::tuple([Expr::val(at), Expr::val(id)])));
    }
    let mut rows = query.all(roster.database.read()).await?;
    let more = rows.len() as u64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let older = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.created_at.0, row.id));
    let delivers = roster.mailing.delivers();
    let reader = Reader {
        delivers,
        may_read: !delivers && staff.holds(Permission::OwnEverything, None),
        may_send: staff.holds(Permission::SendMails, None),
    };
    let rows = rows.into_iter().filter_map(|row| as_row(row, &reader)).collect();
    Ok(MessagePage { rows, older, delivers, may_read: reader.may_read })
}

fn read_cursor(text: &str) -> Option<(Timestamp, MessageId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp(at.parse().ok()?), MessageId(Uuid::parse_str(id).ok()?)))
}

/// Whether there are messages of the kind that staff may read at all: mails that say what anybody may
/// do with a link, and never a code, which would let them sign in as somebody else.
pub(super) fn can_be_read(kind: MessageKind, channel: Channel) -> bool {
    channel == Channel::Mail && kind != MessageKind::Code
}

struct Reader {
    delivers: bool,
    may_read: bool,
    may_send: bool,
}

fn as_row(row: messages::Model, reader: &Reader) -> Option<MessageRow> {
    let state = MessageState::from_key(&row.state)?;
    // What a newer version wrote is left out rather than shown wrongly.
    let (kind, channel) = (MessageKind::from_key(&row.kind)?, Channel::from_key(&row.channel)?);
    let is_kept = row.content.is_some();
    Some(MessageRow {
        id: row.id,
        kind,
        channel,
        account: row.account_id,
        recipient: row.recipient,
        recipient_name: row.recipient_name,
        state,
        attempts: row.attempts,
        problem: row.problem,
        created_at: row.created_at,
        next_attempt_at: (state == MessageState::Queued && row.attempts > 0).then_some(row.next_attempt_at),
        sent_at: row.sent_at,
        is_kept,
        may_read: reader.may_read && is_kept && can_be_read(kind, channel),
        may_retry: reader.may_send
            && is_kept
            && state != MessageState::Sent
            && (reader.delivers || channel == Channel::Sms),
    })
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::messages::{Content, Mailing, Recipient, claim, queue_all, read, retry, sent};
    use crate::{Context, Error, testing};

    async fn fill(context: &Context, staff: &Staff, count: usize) {
        let account = testing::account(context, staff.account).await;
        let transaction = context.database.begin().await.unwrap();
        let all = (0..count).map(|_| (Recipient::of(&account), Content::Welcome)).collect();
        queue_all(&transaction, context, all).await.unwrap();
        transaction.commit().await.unwrap();
    }

    #[tokio::test]
    async fn pages_and_states() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            fill(&context, &owner, 60).await;
            context.clock.advance_seconds(1);
            fill(&context, &owner, 10).await;
            for message in claim(&context, 5).await.unwrap() {
                sent(&context, message.id).await.unwrap();
            }
            let all = |older: Option<String>| {
                let (context, owner) = (context.clone(), owner.clone());
                async move { list(&context, &owner, None, older.as_deref()).await.unwrap() }
            };
            let first = all(None).await;
            let rest = all(first.older.clone()).await;
            assert_eq!((first.rows.len(), rest.rows.len(), rest.older.clone()), (50, 20, None));
            let mut ids: Vec<_> = first.rows.iter().chain(&rest.rows).map(|row| row.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), 70);
            for (state, expected) in [(MessageState::Sent, 5), (MessageState::Failed, 0)] {
                assert_eq!(list(&context, &owner, Some(state), None).await.unwrap().rows.len(), expected);
            }
            assert_eq!(all(Some("nonsense".into())).await, first);
        })
        .await;
    }

    #[tokio::test]
    async fn only_an_owner_reads_and_only_without_a_mail_server() {
        testing::on_both(|mut context| async move {
            let owner = testing::owner(&context).await;
            fill(&context, &owner, 1).await;
            let id = testing::messages(&context).await[0].id;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            // The tests' own installation has one.
            assert!(matches!(read(&context, &owner, id).await, Err(Error::NotAllowed(_))));
            assert!(!list(&context, &owner, None, None).await.unwrap().may_read);
            context.roster.mailing = Mailing::new("https://id.example.com", false);
            assert!(matches!(read(&context, &admin, id).await, Err(Error::NotAllowed(_))));
            assert!(!list(&context, &admin, None, None).await.unwrap().may_read);
            let text = read(&context, &owner, id).await.unwrap();
            assert!(text.text.contains("https://id.example.com/login"));
            let written = testing::events_of(&context, owner.account, types::events::EventKind::MailRead).await;
            assert_eq!(written, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn who_may_see_the_log_and_send_again() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            fill(&context, &owner, 1).await;
            let id = testing::messages(&context).await[0].id;
            let acme = testing::organization(&context, "Acme", &[]).await;
            for (role, place, sees, sends) in [
                (BuiltInRole::Auditor, None, true, false),
                (BuiltInRole::HelpDesk, None, true, true),
                (BuiltInRole::HelpDesk, Some(acme), false, false),
                (BuiltInRole::Administrator, Some(acme), false, false),
            ] {
                let name = format!("{role:?}{}", place.is_some()).to_lowercase();
                let staff = testing::staff_with(&context, &owner, &name, role, place).await;
                assert_eq!(list(&context, &staff, None, None).await.is_ok(), sees, "{name}");
                assert_eq!(retry(&context, &staff, id).await.is_ok(), sends, "{name}");
            }
        })
        .await;
    }
}
