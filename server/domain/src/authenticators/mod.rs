//! What an account proves itself with beside its password: enrolled, named, removed, reset.

pub mod authenticator_app;
pub mod backup_code;
pub mod code_factor;
#[cfg(test)]
mod code_factor_tests;
mod list;
mod own;
pub mod passkey;
mod reset;
pub mod security_codes;

use db::entities::{accounts, authenticators, password_credentials};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use types::AccountId;
use types::authenticators::FactorKind;
use types::events::{EventKind, FieldChange};

use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Holder, Result};

pub use list::of_account;
pub(crate) use list::of_row;
pub use own::{add_app, make_default, remove, rename, reset_own};
pub(crate) use own::{change_default, locked};
pub(crate) use reset::{forget_all, remove_one};
pub(crate) use security_codes::{ONE_TIME, STATIC};

/// The kinds of second factors that the account has, each once.
pub(crate) async fn kinds_of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Vec<FactorKind>> {
    let rows = rows_of(connection, account).await?;
    let mut kinds: Vec<_> = rows.iter().filter_map(|row| FactorKind::from_key(&row.kind)).collect();
    kinds.sort();
    kinds.dedup();
    Ok(kinds)
}

/// So many are enough for anybody.
const MOST: usize = 20;

/// Refuses one more second factor; the account is locked.
async fn refuse_too_many(connection: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    if rows_of(connection, account).await?.len() < MOST {
        return Ok(());
    }
    Err(Error::Conflict("These are many second factors. Remove one that you do not use.".into()))
}

/// In the order in which they were enrolled.
async fn rows_of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Vec<authenticators::Model>> {
    Ok(authenticators::Entity::find()
        .filter(authenticators::Column::AccountId.eq(account))
        .order_by_asc(authenticators::Column::CreatedAt)
        .order_by_asc(authenticators::Column::Id)
        .all(connection)
        .await?)
}

/// Which kind is asked for first.
pub(crate) fn default_of(account: &accounts::Model) -> Option<FactorKind> {
    account.second_factor.as_deref().and_then(FactorKind::from_key)
}

/// Brings the account's default second factor in line with what is enrolled, inside the caller's
/// transaction; `account` is locked. `wanted` when it is enrolled, else the one it was, else the first.
/// A password that may not stand alone is changed at the next sign-in.
async fn settle_default(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    wanted: Option<FactorKind>,
) -> Result<Option<FactorKind>> {
    let kinds = kinds_of(connection, account.id).await?;
    let candidates = [wanted, default_of(account), kinds.first().copied()];
    let default = candidates.into_iter().flatten().find(|kind| kinds.contains(kind));
    if default != default_of(account) {
        accounts::Entity::update_many()
            .col_expr(accounts::Column::SecondFactor, Expr::val(default.map(|kind| kind.key().to_owned())))
            .col_expr(accounts::Column::UpdatedAt, context.now().into())
            .filter(accounts::Column::Id.eq(account.id))
            .exec(connection)
            .await?;
    }
    if default.is_none() {
        password_credentials::Entity::update_many()
            .col_expr(password_credentials::Column::MustChange, true.into())
            .filter(password_credentials::Column::AccountId.eq(account.id))
            .filter(password_credentials::Column::IsShort.eq(true))
            .exec(connection)
            .await?;
    }
    Ok(default)
}

/// Says that a second factor was added, to the log and to its holder. `holder`: none at a sign-in.
async fn added(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    holder: Option<&Holder>,
    name: &str,
) -> Result<()> {
    settle_default(transaction, context, account, None).await?;
    let event = Event::new(EventKind::AuthenticatorAdded).on(account.id);
    let event = match holder {
        Some(holder) => event.by(holder),
        None => event.by_account(account.id),
    };
    let change = FieldChange::new("authenticator", None, Some(name));
    events::write(transaction, context, event.changes(vec![change])).await?;
    alert(transaction, context, account, Alert::SecondFactorAdded).await
}
