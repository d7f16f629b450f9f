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
        let Some(at) = account.password_expires_at else { continue };
        accounts::Entity::update_many()
            .col_expr(accounts::Column::PasswordNoticeAt, Expr::val(next_notice(at, now)))
            .filter(accounts::Column::Id.eq(account.id))
            .exec(&transaction)
            .await?;
        if account.disabled_at.is_none() && account.deleted_at.is_none() {
            mails.push((Recipient::of(account), Content::PasswordExpiry { at, over: at <= now }));
        }
    }
    queue_all(&transaction, context, mails).await?;
    transaction.commit().await?;
    Ok(rows.len() as u64 == BATCH)
}
