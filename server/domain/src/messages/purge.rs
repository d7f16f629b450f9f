//! What is not kept: words that are of no use any more, old rows, old links.

use db::entities::{account_links, messages};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::messages::MessageState;

use crate::{Context, Result};

/// How long the log goes back.
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

/// Erases, once in a while, what nobody needs.
pub async fn purge(context: &Context) -> Result<()> {
    let now = context.now();
    let transaction = context.database.begin().await?;
    messages::Entity::update_many()
        .col_expr(messages::Column::Content, Expr::val(None::<String>))
        .col_expr(messages::Column::State, MessageState::Failed.key().into())
        .col_expr(
            messages::Column::Problem,
            Expr::cust("COALESCE(problem, 'It could not be sent before it lost its use.')"),
        )
        .filter(messages::Column::State.is_in([MessageState::Queued.key(), MessageState::Failed.key()]))
        .filter(messages::Column::ExpiresAt.lte(now))
        .filter(messages::Column::Content.is_not_null())
        .exec(&transaction)
        .await?;
    messages::Entity::delete_many()
        .filter(messages::Column::CreatedAt.lt(now.plus_seconds(-KEPT_SECONDS)))
        .exec(&transaction)
        .await?;
    account_links::Entity::delete_many()
        .filter(account_links::Column::ExpiresAt.lt(now.plus_seconds(-KEPT_SECONDS)))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Content, Recipient, queue};
    use crate::testing;

    #[tokio::test]
    async fn words_go_when_they_lose_their_use_and_rows_after_a_quarter() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let account = testing::account(&context, owner.account).await;
            let transaction = context.database.begin().await.unwrap();
            let content = Content::Activation { token: "x".into(), hours: 1 };
            queue(&transaction, &context, Recipient::of(&account), content).await.unwrap();
            transaction.commit().await.unwrap();
            purge(&context).await.unwrap();
            assert!(testing::messages(&context).await[0].content.is_some());
            context.clock.advance_seconds(60 * 60);
            purge(&context).await.unwrap();
            let row = testing::messages(&context).await.remove(0);
            assert_eq!((row.content, row.state.as_str()), (None, "failed"));
            context.clock.advance_seconds(KEPT_SECONDS);
            purge(&context).await.unwrap();
            assert_eq!(testing::messages(&context).await.len(), 0);
        })
        .await;
    }
}
