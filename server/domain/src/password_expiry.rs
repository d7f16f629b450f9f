//! What goes out before, and when, a password stops working (A7).

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::Timestamp;

use crate::messages::{Content, Recipient, queue_all};
use crate::{Context, Result};

/// Days before it that the holder is mailed; and once more when it is over.
const WARN_DAYS: [i64; 2] = [14, 3];
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Accounts in one transaction.
const BATCH: u64 = 100;

fn notices(expires_at: Timestamp) -> [Timestamp; 3] {
    let before = |days: i64| expires_at.plus_seconds(-days * DAY_SECONDS);
    [before(WARN_DAYS[0]), before(WARN_DAYS[1]), expires_at]
}

/// When the first mail is due: two weeks before, or at once when that is over.
pub(crate) fn first_notice(expires_at: Timestamp, now: Timestamp) -> Timestamp {
    notices(expires_at)[0].max(now)
}

fn next_notice(expires_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    notices(expires_at).into_iter().find(|at| *at > now)
}

/// Mails those who are due; gives whether there may be more.
pub async fn work(context: &Context) -> Result<bool> {
    let now = context.now();
    let due = accounts::Entity::find().filter(accounts::Column::PasswordNoticeAt.lte(now));
    if due.clone().limit(1).one(context.database.read()).await?.is_none() {
        return Ok(false);
    }
    let transaction = context.database.begin().await?;
    let rows =
        due.order_by_asc(accounts::Column::Id).limit(BATCH).lock(crate::database::TO_CHANGE).all(&transaction).await?;
    let mut mails = Vec::new();
    for account in &rows {
        let expires_at = account.password_expires_at;
        let next = expires_at.and_then(|at| next_notice(at, now));
        accounts::Entity::update_many()
            .col_expr(accounts::Column::PasswordNoticeAt, Expr::val(next))
            .filter(accounts::Column::Id.eq(account.id))
            .exec(&transaction)
            .await?;
        if let Some(at) = expires_at
            && account.disabled_at.is_none()
            && account.deleted_at.is_none()
        {
            mails.push((Recipient::of(account), Content::PasswordExpiry { at, over: at <= now }));
        }
    }
    queue_all(&transaction, context, mails).await?;
    transaction.commit().await?;
    Ok(rows.len() as u64 == BATCH)
}

#[cfg(test)]
mod tests {
    use types::AccountId;
    use types::accounts::StatusLabel;
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::events::EventKind;

    use super::*;
    use crate::sign_in::{Refusal, sign_in};
    use crate::testing::{self, PASSWORD};
    use crate::{Staff, jobs, users};

    async fn expire(context: &Context, owner: &Staff, id: AccountId, at: Option<Timestamp>) {
        let selection = Selection::Accounts(vec![id]);
        let action = BulkAction::SetPasswordExpiry;
        let report = jobs::start(context, owner, action, &selection, &Parameters::Expiry(at)).await.unwrap();
        assert_eq!(report.done, 1);
    }

    async fn mails(context: &Context) -> Vec<bool> {
        while work(context).await.unwrap() {}
        let mails = testing::mailed(context, "ada@example.com").await;
        mails
            .iter()
            .filter(|&mail| matches!(mail, Content::PasswordExpiry { .. }))
            .map(|mail| matches!(mail, Content::PasswordExpiry { over: true, .. }))
            .collect()
    }

    #[tokio::test]
    async fn the_holder_is_mailed_twice_before_and_once_when_it_is_over() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            expire(&context, &owner, ada, Some(context.now().plus_seconds(20 * DAY_SECONDS))).await;
            assert_eq!(mails(&context).await, [] as [bool; 0]);
            for (days, expected) in [
                (6, vec![false]),
                (5, vec![false]),
                (6, vec![false, false]),
                (2, vec![false, false]),
                (1, vec![false, false, true]),
                (30, vec![false, false, true]),
            ] {
                context.clock.advance_seconds(days * DAY_SECONDS);
                assert_eq!(mails(&context).await, expected);
                assert_eq!(mails(&context).await, expected, "once each");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_date_that_is_near_or_past_is_told_at_once() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            expire(&context, &owner, ada, Some(context.now().plus_seconds(5 * DAY_SECONDS))).await;
            assert_eq!(mails(&context).await, [false]);
            expire(&context, &owner, ada, Some(context.now().plus_seconds(-DAY_SECONDS))).await;
            assert_eq!(mails(&context).await, [false, true]);
        })
        .await;
    }

    #[tokio::test]
    async fn after_it_the_password_does_not_sign_in_and_a_new_one_does() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            expire(&context, &owner, ada, Some(context.now().plus_seconds(60))).await;
            assert!(sign_in(&context, "ada@example.com", PASSWORD, Default::default()).await.is_ok());
            context.clock.advance_seconds(60);
            let labels = users::profile(&context, &owner, ada).await.unwrap().labels;
            assert!(labels.contains(&StatusLabel::PasswordExpired));
            let refused = sign_in(&context, "ada@example.com", PASSWORD, Default::default()).await;
            assert!(matches!(refused, Err(Refusal::PasswordExpired)));
            // Who does not know the password learns nothing.
            let wrong = sign_in(&context, "ada@example.com", "wrong horse battery staple", Default::default()).await;
            assert!(matches!(wrong, Err(Refusal::NotMatching)));
            users::set_password(&context, &owner, ada, "seven purple elephants dance", false).await.unwrap();
            assert!(
                sign_in(&context, "ada@example.com", "seven purple elephants dance", Default::default()).await.is_ok()
            );
            let row = testing::account(&context, ada).await;
            assert_eq!((row.password_expires_at, row.password_notice_at), (None, None));
        })
        .await;
    }

    #[tokio::test]
    async fn clearing_the_date_ends_it_and_both_are_in_the_log() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            expire(&context, &owner, ada, Some(context.now())).await;
            expire(&context, &owner, ada, None).await;
            assert_eq!(mails(&context).await, [] as [bool; 0]);
            assert!(sign_in(&context, "ada@example.com", PASSWORD, Default::default()).await.is_ok());
            assert_eq!(testing::events_of(&context, ada, EventKind::PasswordExpirySet).await, 2);
        })
        .await;
    }
}
