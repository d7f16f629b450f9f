//! **Set password** (A6): staff give an account a password that its holder replaces at once.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::{AccountId, Permission};

use super::columns::next_version;
use super::edit::refuse_holding_more;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff, passwords, sessions};

/// Sets the password, ends every session, and makes the account able to sign in. With
/// `must_change` the holder chooses another at the next sign-in, before anything else.
/// Needs **Set passwords** over the account.
///
/// # Errors
/// Field error `password`; [`Error::NotAllowed`] on somebody who holds more, and on oneself.
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
    let words = [account.name.as_str(), &account.email, account.username.as_deref().unwrap_or_default()];
    passwords::check(password, &words).map_err(|why| Error::field("password", why))?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let transaction = context.database.begin().await?;
    // Asked again inside: hashing took a while.
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    passwords::store(&transaction, id, hash, must_change, context.now()).await?;
    let onboarded_at = account.onboarded_at.unwrap_or(context.now());
    accounts::Entity::update_many()
        .col_expr(accounts::Column::OnboardedAt, Expr::val(onboarded_at))
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
