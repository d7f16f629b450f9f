//! **Enable user** (A13).

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::AccountId;
use types::events::EventKind;

use super::columns::next_version;
use crate::{Context, Result};

/// Enables disabled accounts; the reason of the disabling is forgotten here and stays in the log.
pub(super) async fn enable(
    transaction: &DatabaseTransaction,
    context: &Context,
    ids: &[AccountId],
) -> Result<EventKind> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DisabledAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::DisabledReason, Expr::val(None::<String>))
        .col_expr(accounts::Column::UpdatedAt, context.now().into())
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    Ok(EventKind::AccountEnabled)
}
