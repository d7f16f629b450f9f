//! **Restore** (U15): takes a deletion back. Sessions that ended stay ended.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::events::EventKind;

use super::columns::next_version;
use crate::{Context, Result};

/// Restores deleted accounts, as enabled or disabled as they were.
pub(super) async fn restore(
    transaction: &DatabaseTransaction,
    context: &Context,
    chosen: &[accounts::Model],
) -> Result<EventKind> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DeletedAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::UpdatedAt, context.now().into())
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.is_in(chosen.iter().map(|row| row.id)))
        .exec(transaction)
        .await?;
    Ok(EventKind::AccountRestored)
}
