//! Recent proof (S12): what changes how somebody signs in asks again who they are, ten minutes after
//! they last proved it.

use db::entities::sessions;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::Timestamp;
use types::events::EventKind;

use crate::{Context, Error, Holder, Result, passwords, throttle};

/// How long a proof counts as recent.
pub const RECENT_SECONDS: i64 = 10 * 60;

impl Holder {
    /// # Errors
    /// [`Error::ProofNeeded`]: ask for the password, call [`confirm`], and try again.
    pub fn require_recent_proof(&self, now: Timestamp) -> Result<()> {
        if now.seconds_since(self.proved_at) < RECENT_SECONDS { Ok(()) } else { Err(Error::ProofNeeded) }
    }
}

/// Proves with the password that the session is still in its holder's hands.
///
/// # Errors
/// Field error `password`, limited in attempts.
pub async fn confirm(context: &Context, holder: &Holder, password: &str) -> Result<()> {
    passwords::verify_own(context, holder, password, "password", EventKind::ProofFailed).await?;
    let transaction = context.database.begin().await?;
    sessions::Entity::update_many()
        .col_expr(sessions::Column::ProvedAt, context.now().into())
        .filter(sessions::Column::Id.eq(holder.session))
        .filter(sessions::Column::EndedAt.is_null())
        .exec(&transaction)
        .await?;
    throttle::forget(&transaction, &[&passwords::confirmation_subject(holder)]).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::authenticate;
    use crate::testing::{self, PASSWORD};

    #[tokio::test]
    async fn a_proof_is_recent_for_ten_minutes_and_of_its_session_only() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let (here, elsewhere) = (testing::session(&context, ada).await, testing::session(&context, ada).await);
            let is_recent = async |token: &str| {
                let holder = authenticate(&context, token).await.unwrap();
                holder.require_recent_proof(context.now()).is_ok()
            };
            context.clock.advance_seconds(RECENT_SECONDS - 1);
            assert!(is_recent(&here).await);
            context.clock.advance_seconds(1);
            assert!(!is_recent(&here).await);
            let holder = authenticate(&context, &here).await.unwrap();
            let wrong = confirm(&context, &holder, "not the password").await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["password"]);
            assert!(!is_recent(&here).await);
            confirm(&context, &holder, PASSWORD).await.unwrap();
            assert!(is_recent(&here).await && !is_recent(&elsewhere).await);
            assert_eq!(testing::events_of(&context, ada, EventKind::ProofFailed).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn guessing_is_limited_together_with_changing_the_password() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let holder = testing::holder(&context, ada).await;
            for _ in 0..3 {
                confirm(&context, &holder, "wrong").await.unwrap_err();
            }
            assert!(confirm(&context, &holder, PASSWORD).await.is_err());
            let change = passwords::change(&context, &holder, PASSWORD, "seven purple elephants dance").await;
            assert_eq!(testing::wrong_fields(change.unwrap_err()), ["current_password"]);
        })
        .await;
    }
}
