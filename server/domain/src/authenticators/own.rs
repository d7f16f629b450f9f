//! **Security** (E2): a holder's own second factors. Each change asks for a recent proof (S12).

use db::entities::{accounts, authenticators};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use types::authenticators::{FactorKind, NAME_MOST_CHARACTERS};
use types::events::{EventKind, FieldChange};
use types::{AuthenticatorId, text};

use super::{authenticator_app, default_of, settle_default};
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::recent_proof::{self, Renewed};
use crate::{Context, Error, Holder, Result, passwords, sessions};

pub(crate) async fn locked(transaction: &DatabaseTransaction, holder: &Holder) -> Result<accounts::Model> {
    holder.require_in_person()?;
    let account = accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(transaction).await?;
    account.ok_or(Error::SignIn)
}

async fn find(
    transaction: &DatabaseTransaction,
    holder: &Holder,
    id: AuthenticatorId,
) -> Result<authenticators::Model> {
    authenticators::Entity::find_by_id(id)
        .filter(authenticators::Column::AccountId.eq(holder.account))
        .one(transaction)
        .await?
        .ok_or(Error::NotFound("second factor"))
}

/// Adds an authenticator app. `sealed`: what [`authenticator_app::begin`] gave.
///
/// # Errors
/// [`Error::ProofNeeded`]; field errors `code` and `name`.
pub async fn add_app(context: &Context, holder: &Holder, sealed: &str, code: &str, name: &str) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    authenticator_app::enrol(&transaction, context, &account, Some(holder), sealed, code, name).await?;
    transaction.commit().await?;
    Ok(())
}

/// Gives one of them another name.
///
/// # Errors
/// Field error `name`; [`Error::NotFound`] for another person's.
pub async fn rename(context: &Context, holder: &Holder, id: AuthenticatorId, name: &str) -> Result<()> {
    let name = text::line(name, NAME_MOST_CHARACTERS).map_err(|why| Error::field("name", why))?;
    let transaction = context.database.begin().await?;
    locked(&transaction, holder).await?;
    let row = find(&transaction, holder, id).await?;
    if row.name == name {
        return Ok(());
    }
    authenticators::Entity::update_many()
        .col_expr(authenticators::Column::Name, name.clone().into())
        .filter(authenticators::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    let change = FieldChange::new("authenticator", Some(&row.name), Some(&name));
    let event = Event::new(EventKind::AuthenticatorRenamed).by(holder).on(holder.account).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

/// Removes one of them, and ends every other session.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotFound`] for another person's.
pub async fn remove(context: &Context, holder: &Holder, id: AuthenticatorId) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    let row = find(&transaction, holder, id).await?;
    super::reset::remove_one(&transaction, context, &account, &row).await?;
    sessions::end_every_other_in(&transaction, context, holder).await?;
    let change = FieldChange::new("authenticator", Some(&row.name), None);
    let event = Event::new(EventKind::AuthenticatorRemoved).by(holder).on(holder.account).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::SecondFactorRemoved).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes a kind the one that is asked for first.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::Conflict`] for a kind that is not set up.
pub async fn make_default(context: &Context, holder: &Holder, kind: FactorKind) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    if change_default(&transaction, context, &account, kind, |event| event.by(holder)).await? {
        transaction.commit().await?;
    }
    Ok(())
}

/// Changes the default and writes the event; gives whether it was another one.
pub(crate) async fn change_default(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    kind: FactorKind,
    by: impl FnOnce(Event) -> Event,
) -> Result<bool> {
    let before = default_of(account);
    if settle_default(transaction, context, account, Some(kind)).await? != Some(kind) {
        return Err(Error::Conflict(format!("“{}” is not set up for this account yet.", kind.label())));
    }
    if before == Some(kind) {
        return Ok(false);
    }
    let change = FieldChange::new("second_factor", before.map(FactorKind::label), Some(kind.label()));
    let event = by(Event::new(EventKind::DefaultFactorChanged).on(account.id)).changes(vec![change]);
    events::write(transaction, context, event).await?;
    Ok(true)
}

/// **Reset two-factor authentication**: forgets every second factor and security code, and ends every
/// other session. The password is asked whenever it was given last.
///
/// # Errors
/// Field error `password`.
pub async fn reset_own(context: &Context, holder: &Holder, password: &str) -> Result<Option<Renewed>> {
    passwords::verify_own(context, holder, password, "password", EventKind::ProofFailed).await?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    super::forget_all(&transaction, context, &[holder.account]).await?;
    sessions::end_every_other_in(&transaction, context, holder).await?;
    let renewed = recent_proof::renew(&transaction, context, holder).await?;
    let event = Event::new(EventKind::SecondFactorReset).by(holder).on(holder.account);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::SecondFactorsReset).await?;
    transaction.commit().await?;
    Ok(renewed)
}
