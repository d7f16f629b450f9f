//! Recent proof (S12): what changes how somebody signs in asks again who they are, ten minutes after
//! they last proved it with their password or a passkey.

use db::entities::sessions;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::Timestamp;
use types::events::EventKind;

use crate::authenticators::passkey::{self, Occasion};
use crate::events::{self, Event};
use crate::{Context, Error, Holder, Result, passwords, throttle};

/// How long a proof counts as recent.
pub const RECENT_SECONDS: i64 = 10 * 60;

impl Holder {
    /// # Errors
    /// [`Error::NotAllowed`] in another's place (A11); [`Error::ProofNeeded`]: ask for the password or a passkey, call [`confirm`], and try again.
    pub fn require_recent_proof(&self, now: Timestamp) -> Result<()> {
        self.require_in_person()?;
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
    note(&transaction, context, holder).await?;
    throttle::forget(&transaction, &[&passwords::confirmation_subject(holder)]).await?;
    transaction.commit().await?;
    Ok(())
}

/// The same with a passkey. `sealed` and `response`: of [`Occasion::Confirmation`].
///
/// # Errors
/// Field error `passkey`.
pub async fn confirm_with_passkey(context: &Context, holder: &Holder, sealed: &str, response: &str) -> Result<()> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    let proven = passkey::verify(&transaction, context, Occasion::Confirmation(holder.account), sealed, response);
    if proven.await?.is_none() {
        let event = Event::new(EventKind::ProofFailed).refused().by(holder).on(holder.account);
        events::write(&transaction, context, event.note(Some("passkey"))).await?;
        transaction.commit().await?;
        return Err(Error::field("passkey", "That passkey was not accepted. Please try again."));
    }
    note(&transaction, context, holder).await?;
    transaction.commit().await?;
    Ok(())
}

async fn note(connection: &impl ConnectionTrait, context: &Context, holder: &Holder) -> Result<()> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::ProvedAt, context.now().into())
        .filter(sessions::Column::Id.eq(holder.session))
        .filter(sessions::Column::EndedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::accounts::AccountForm;
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::settings::AlternateLogin;

    use super::*;
    use crate::authenticators::backup_code;
    use crate::authority::authenticate;
    use crate::testing::{self, PASSWORD};
    use crate::{Staff, jobs, users};

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
    async fn staff_prove_who_they_are_before_what_concerns_credentials_or_deletes() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::app(&context, ada).await;
            let factor = users::view_authenticators(&context, &owner, ada).await.unwrap().factors[0].id;
            testing::set(&context, &owner, |settings: &mut AlternateLogin| settings.security_codes_enabled = true)
                .await;
            let token = testing::session(&context, owner.account).await;
            let staff = async || authenticate(&context, &token).await.unwrap().into_staff().unwrap();
            context.clock.advance_seconds(RECENT_SECONDS);
            let late = staff().await;
            let version = testing::account(&context, ada).await.version;
            let other_address = AccountForm { email: "ada@example.org".into(), ..testing::form("ada") };
            let start = async |staff: &Staff, action| {
                let only = Selection::Accounts(vec![ada]);
                jobs::start(&context, staff, action, &only, &Parameters::None).await.map(|_| ())
            };
            let mut refused = vec![
                users::set_password(&context, &late, ada, "seven purple elephants dance", true).await,
                users::remove_authenticator(&context, &late, ada, factor).await,
                users::edit(&context, &late, ada, &other_address, version).await.map(|_| ()),
                backup_code::generate(&context, &late, ada).await.map(|_| ()),
            ];
            for action in BulkAction::ALL.iter().copied().filter(|action| action.needs_proof()) {
                refused.push(start(&late, action).await);
            }
            assert_eq!(refused.len(), 8);
            assert!(refused.iter().all(|one| matches!(one, Err(Error::ProofNeeded))), "{refused:?}");
            let row = testing::account(&context, ada).await;
            assert_eq!((row.version, row.email.as_str(), row.deleted_at), (version, "ada@example.com", None));
            // What concerns neither goes on as before.
            users::edit(&context, &late, ada, &testing::form("ada"), version).await.unwrap();
            start(&late, BulkAction::Disable).await.unwrap();
            start(&late, BulkAction::Enable).await.unwrap();
            confirm(&context, &late, PASSWORD).await.unwrap();
            backup_code::generate(&context, &staff().await, ada).await.unwrap();
            start(&staff().await, BulkAction::Delete).await.unwrap();
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
