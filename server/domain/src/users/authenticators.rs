//! The **Authenticators** tab (P6), and what staff change there.

use db::entities::{authenticators as rows, code_addresses};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::authenticators::{Authenticators, FactorKind};
use types::events::{EventKind, FieldChange};
use types::{AccountId, AuthenticatorId, Permission};

use super::edit::refuse_holding_more;
use crate::authenticators::{self, code_factor};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Result, Roster, Staff, sessions};

/// Needs **View users** over the account.
pub async fn view_authenticators(roster: &Roster, staff: &Staff, id: AccountId) -> Result<Authenticators> {
    let connection = roster.database.read();
    let account = staff.require(Permission::ViewUsers)?.account(connection, id).await?;
    authenticators::of_row(connection, roster, &account).await
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
/// [`Error::ProofNeeded`]; [`Error::Conflict`] for a kind that needs to be set up first.
pub async fn change_second_factor(context: &Context, staff: &Staff, id: AccountId, kind: FactorKind) -> Result<()> {
    let scope = staff.require(Permission::ManageAuthenticators)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    staff.require_recent_proof(context.now())?;
    if authenticators::change_default(&transaction, context, &account, kind, |event| event.by(staff)).await? {
        transaction.commit().await?;
    }
    Ok(())
}

/// **Add** an address or a number for codes (P6): nothing goes there before the holder has verified it. Takes
/// the place of another of the kind that waits. Needs **Change and reset second factors** over the account.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `address`; [`Error::NotAllowed`] on somebody who holds more, on oneself, and
/// for a kind that cannot be set up here.
pub async fn add_code_address(
    context: &Context,
    staff: &Staff,
    id: AccountId,
    kind: FactorKind,
    address: &str,
) -> Result<()> {
    let scope = staff.require(Permission::ManageAuthenticators)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    refuse_oneself(staff, id)?;
    staff.require_recent_proof(context.now())?;
    let channel = kind.channel().ok_or(Error::NotFound("second factor"))?;
    if !code_factor::kinds_to_set_up(&transaction, context, &account).await?.contains(&kind) {
        return Err(Error::not_allowed(format!("“{}” cannot be set up here.", kind.label())));
    }
    let address = code_factor::parsed(channel, address)?;
    let row = code_addresses::ActiveModel {
        account_id: Set(id),
        kind: Set(kind.key().into()),
        address: Set(address.clone()),
        added_at: Set(context.now()),
    };
    let again = OnConflict::columns([code_addresses::Column::AccountId, code_addresses::Column::Kind])
        .update_columns([code_addresses::Column::Address, code_addresses::Column::AddedAt])
        .to_owned();
    code_addresses::Entity::insert(row).on_conflict(again).exec_without_returning(&transaction).await?;
    let change = FieldChange::new(kind.key(), None, Some(&address));
    let event = Event::new(EventKind::CodeAddressAdded).by(staff).on(id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::CodeAddressAddedByStaff).await?;
    transaction.commit().await?;
    Ok(())
}

/// Removes what was added and is not verified yet. Needs **Change and reset second factors** over the account.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] on somebody who holds more; [`Error::NotFound`].
pub async fn remove_code_address(context: &Context, staff: &Staff, id: AccountId, kind: FactorKind) -> Result<()> {
    let scope = staff.require(Permission::ManageAuthenticators)?;
    let transaction = context.database.begin().await?;
    scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    staff.require_recent_proof(context.now())?;
    let key = (id, kind.key().to_owned());
    let row = code_addresses::Entity::find_by_id(key.clone()).one(&transaction).await?;
    let row = row.ok_or(Error::NotFound("address for codes"))?;
    code_addresses::Entity::delete_by_id(key).exec(&transaction).await?;
    let change = FieldChange::new(kind.key(), Some(&row.address), None);
    let event = Event::new(EventKind::CodeAddressRemoved).by(staff).on(id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

/// One's own second factors are changed where a recent proof is asked.
pub(super) fn refuse_oneself(staff: &Staff, id: AccountId) -> Result<()> {
    if id == staff.account {
        return Err(Error::not_allowed("Change your own second factors under “Your account”."));
    }
    Ok(())
}
