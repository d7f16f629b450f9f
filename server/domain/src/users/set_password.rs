//! **Set password** (A6): staff give an account a password that its holder replaces at once.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::{AccountId, Permission};

use super::columns::next_version;
use super::edit::refuse_holding_more;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Result, Staff, passwords, sessions};

/// Sets the password, ends every session, and makes the account able to sign in. With
/// `must_change` the holder chooses another at the next sign-in, before anything else.
/// Needs **Set passwords** over the account.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `password`; [`Error::NotAllowed`] on somebody who holds more, and on oneself.
pub async fn set_password(
    context: &Context,
    staff: &Staff,
    id: AccountId,
    password: &str,
    must_change: bool,
) -> Result<()> {
    let scope = staff.require(Permission::SetPasswords)?;
    if id == staff.account {
        return Err(Error::not_allowed(
            "Change your own password under “Your account”, where the current one is asked.",
        ));
    }
    let account = scope.account(context.database.read(), id).await?;
    staff.require_recent_proof(context.now())?;
    let words = passwords::words(context.database.read(), &account).await?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    passwords::check_beside(password, &words, account.second_factor.is_some())
        .map_err(|why| Error::field("password", why))?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let transaction = context.database.begin().await?;
    // Asked again inside, the caller's own authority too: hashing took a while.
    let staff = &Staff::of_job(&transaction, staff.account, Some(staff.session)).await?;
    let scope = staff.require(Permission::SetPasswords)?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    passwords::keep(&transaction, &account, (password, hash), must_change, context.now()).await?;
    alert(&transaction, context, &account, Alert::PasswordSetByStaff).await?;
    let onboarded_at = account.onboarded_at.unwrap_or(context.now());
    accounts::Entity::update_many()
        .col_expr(accounts::Column::OnboardedAt, Expr::val(onboarded_at))
        .col_expr(accounts::Column::ActivationSentAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::ActivationExpiresAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    sessions::end_all_of(&transaction, context, &[id]).await?;
    let note = must_change.then_some("to be changed at the next sign-in");
    events::write(&transaction, context, Event::new(EventKind::PasswordSet).by(staff).on(id).note(note)).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::authenticate;
    use crate::sign_in::{Progress, Step, StepRefusal, choose_password, sign_in};
    use crate::testing::{self, PASSWORD};

    #[tokio::test]
    async fn the_holder_signs_in_with_it_and_must_change_it_first() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            testing::give_permissions(&context, ada, &[Permission::ViewUsers], None).await;
            let before = testing::session(&context, ada).await;
            set_password(&context, &owner, ada, PASSWORD, true).await.unwrap();
            assert!(authenticate(&context, &before).await.is_err());
            let begun = sign_in(&context, "ada@example.com", PASSWORD, Default::default()).await.ok().unwrap();
            let begun = begun.unfinished();
            assert_eq!(begun.step, Step::NewPassword);
            assert!(authenticate(&context, begun.token.expose()).await.is_err());
            for wrong in [PASSWORD, "short", "ada@example.com"] {
                let refused = choose_password(&context, begun.token.expose(), begun.id, wrong, None).await;
                assert!(matches!(refused, Err(StepRefusal::Error(Error::Invalid(_)))), "{wrong}");
            }
            let new = "seven purple elephants dance";
            let done = choose_password(&context, begun.token.expose(), begun.id, new, None).await.ok().unwrap();
            let Progress::Done(session) = done else { panic!("a step more") };
            let holder = authenticate(&context, session.token.expose()).await.unwrap();
            assert!(!holder.must_change_password && holder.is_staff());
            let told = testing::alerted(&context, "ada@example.com").await;
            assert_eq!(told, [Alert::PasswordSetByStaff, Alert::PasswordChanged]);
            let again = choose_password(&context, begun.token.expose(), begun.id, new, None).await;
            assert!(matches!(again, Err(StepRefusal::StartAgain)));
        })
        .await;
    }

    #[tokio::test]
    async fn beside_a_second_factor_a_shorter_one_does() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let short = async || set_password(&context, &owner, ada, "k9#mVq2x", false).await;
            assert_eq!(testing::wrong_fields(short().await.unwrap_err()), ["password"]);
            testing::app(&context, ada).await;
            short().await.unwrap();
            // It stands beside the second factor only.
            testing::bulk(&context, &owner, types::bulk::BulkAction::ResetMfa, &[ada]).await;
            let begun = sign_in(&context, "ada@example.com", "k9#mVq2x", Default::default()).await.ok().unwrap();
            assert_eq!(begun.unfinished().step, Step::NewPassword);
        })
        .await;
    }

    #[tokio::test]
    async fn weak_ones_are_refused_at_their_field_and_nothing_is_stored() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let wrong = set_password(&context, &owner, ada, "ada@example.com", false).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["password"]);
            assert_eq!(testing::account(&context, ada).await.onboarded_at, None);
            assert_eq!(testing::events_of(&context, ada, EventKind::PasswordSet).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn authority_that_ended_while_the_password_was_hashed_sets_nothing() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let role = types::permissions::BuiltInRole::Administrator;
            let admin = testing::staff_with(&context, &owner, "admin", role, None).await;
            testing::bulk(&context, &owner, types::bulk::BulkAction::Disable, &[admin.account]).await;
            let refused = set_password(&context, &admin, ada, "seven purple elephants dance", false).await;
            assert!(matches!(refused, Err(Error::SignIn | Error::NotAllowed(_))));
            assert_eq!(testing::events_of(&context, ada, EventKind::PasswordSet).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn not_on_oneself_nor_on_somebody_who_holds_more() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let role = types::permissions::BuiltInRole::Administrator;
            let admin = testing::staff_with(&context, &owner, "admin", role, None).await;
            for id in [admin.account, owner.account] {
                let refused = set_password(&context, &admin, id, "seven purple elephants dance", false).await;
                assert!(matches!(refused, Err(Error::NotAllowed(_))));
                assert_eq!(testing::open_sessions(&context, id).await, 1);
            }
        })
        .await;
    }
}
