//! Sessions that are long over: the file about their holder tells of them for a while.

use crate::database::delete_older;
use crate::{Context, Result};

/// How long a session is kept after its last possible use.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Deletes them. However a session ends, its time would have run out a day after its beginning.
pub async fn purge(context: &Context) -> Result<()> {
    delete_older(context, "sessions", "expires_at", context.now().plus_seconds(-KEPT_SECONDS)).await
}

#[cfg(test)]
mod tests {
    use db::entities::sessions;
    use sea_orm::{EntityTrait, PaginatorTrait};

    use super::*;
    use crate::authority::ABSOLUTE_LIMIT_SECONDS;
    use crate::testing;

    #[tokio::test]
    async fn what_is_long_over_goes_and_what_is_not_stays() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ended = testing::holder(&context, owner.account).await;
            crate::sessions::sign_out(&context, &ended).await.unwrap();
            let left = async || sessions::Entity::find().count(context.database.read()).await.unwrap();
            context.clock.advance_seconds(ABSOLUTE_LIMIT_SECONDS + KEPT_SECONDS);
            purge(&context).await.unwrap();
            assert_eq!(left().await, 2);
            testing::session(&context, owner.account).await;
            context.clock.advance_seconds(1);
            purge(&context).await.unwrap();
            assert_eq!(left().await, 1);
        })
        .await;
    }
}
