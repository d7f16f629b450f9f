//! Forgetting second factors: one, or all of an account.

use db::entities::{accounts, authenticators, code_addresses, password_credentials};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::AccountId;

use super::settle_default;
use crate::{Context, Result, codes, recovery, sign_in};

/// Removes one; with the last one the codes that stood in for it go. Sign-ins under way begin anew.
pub(crate) async fn remove_one(
    transaction: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    row: &authenticators::Model,
) -> Result<()> {
    authenticators::Entity::delete_by_id(row.id).exec(transaction).await?;
    if settle_default(transaction, context, account, None).await?.is_none() {
        super::security_codes::forget(transaction, &[account.id], None).await?;
    }
    codes::void_all_of(transaction, &[account.id], context.now()).await?;
    sign_in::void_all_of(transaction, context, &[account.id]).await
}

/// Forgets all second factors and codes of these accounts, and what would stand in for them (S7); the rows
/// are locked, inside the caller's transaction. A password that may not stand alone is changed at the next sign-in;
/// sign-ins under way begin anew. Sessions are the caller's.
pub(crate) async fn forget_all(connection: &impl ConnectionTrait, context: &Context, ids: &[AccountId]) -> Result<()> {
    let ids = || ids.iter().copied();
    authenticators::Entity::delete_many()
        .filter(authenticators::Column::AccountId.is_in(ids()))
        .exec(connection)
        .await?;
    code_addresses::Entity::delete_many()
        .filter(code_addresses::Column::AccountId.is_in(ids()))
        .exec(connection)
        .await?;
    codes::void_all_of(connection, &ids().collect::<Vec<_>>(), context.now()).await?;
    recovery::forget(connection, &ids().collect::<Vec<_>>()).await?;
    super::security_codes::forget(connection, &ids().collect::<Vec<_>>(), None).await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::SecondFactor, Expr::val(None::<String>))
        .col_expr(accounts::Column::UpdatedAt, context.now().into())
        .filter(accounts::Column::Id.is_in(ids()))
        .exec(connection)
        .await?;
    password_credentials::Entity::update_many()
        .col_expr(password_credentials::Column::MustChange, true.into())
        .filter(password_credentials::Column::AccountId.is_in(ids()))
        .filter(password_credentials::Column::IsShort.eq(true))
        .exec(connection)
        .await?;
    sign_in::void_all_of(connection, context, &ids().collect::<Vec<_>>()).await
}
