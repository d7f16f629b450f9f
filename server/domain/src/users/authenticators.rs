//! The **Authenticators** tab (P6), and what staff change there.

use db::entities::authenticators as rows;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::authenticators::{Authenticators, FactorKind};
use types::events::{EventKind, FieldChange};
use types::{AccountId, AuthenticatorId, Permission};

use super::edit::refuse_holding_more;
use crate::authenticators;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Result, Roster, Staff, sessions};

/// Needs **View users** over the account.
pub async fn view_authenticators(roster: &Roster, staff: &Staff, id: AccountId) -> Result<Authenticators> {
    let connection = roster.database.read();
    let account = staff.require(Permission::ViewUsers)?.account(connection, id).await?;
    authenticators::of_row(connection, &account, roster.now()).await
}

/// Removes one second factor; the account's sessions end. Needs **Change and reset second factors**
/// over the account.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] on somebody who holds more, and on oneself;
/// [`Error::NotFound`].
pub async fn remove_authenticator(
    context: &Context,
    staff: &Staff,
    id: AccountId,
    authenticator: AuthenticatorId,
) -> Result<()> {
    let scope = staff.require(Permission::ManageAuthenticators)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    refuse_oneself(staff, id)?;
    staff.require_recent_proof(context.now())?;
    let row = rows::Entity::find_by_id(authenticator)
        .filter(rows::Column::AccountId.eq(id))
        .one(&transaction)
        .await?
        .ok_or(Error::NotFound("second factor"))?;
    authenticators::remove_one(&transaction, context, &account, &row).await?;
    sessions::end_all_of(&transaction, context, &[id]).await?;
    let change = FieldChange::new("authenticator", Some(&row.name), None);
    let event = Event::new(EventKind::AuthenticatorRemoved).by(staff).on(id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::SecondFactorRemovedByStaff).await?;
    transaction.commit().await?;
    Ok(())
}

/// **Change second factor** (A4): which of the enrolled kinds is asked for first. Needs **Change and
/// reset second factors** over the account.
///
/// # Errors
/// [`Error::Conflict`] for a kind that needs to be set up first.
pub async fn change_second_factor(context: &Context, staff: &Staff, id: AccountId, kind: FactorKind) -> Result<()> {
    let scope = staff.require(Permission::ManageAuthenticators)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    if authenticators::change_default(&transaction, context, &account, kind, |event| event.by(staff)).await? {
        transaction.commit().await?;
    }
    Ok(())
}

/// One's own second factors are changed where a recent proof is asked.
fn refuse_oneself(staff: &Staff, id: AccountId) -> Result<()> {
    if id == staff.account {
        return Err(Error::not_allowed("Change your own second factors under “Your account”."));
    }
    Ok(())
}
