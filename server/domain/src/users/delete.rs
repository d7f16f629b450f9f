//! **Delete** (A14): the account can do nothing any more; it waits to be restored or purged (U15).

use db::entities::accounts;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::events::EventKind;

use super::columns::next_version;
use crate::{Context, Result, sessions};

/// Deletes accounts; their sessions end in the same transaction.
pub(super) async fn delete(
    transaction: &DatabaseTransaction,
    context: &Context,
    chosen: &[accounts::Model],
) -> Result<EventKind> {
    let ids: Vec<_> = chosen.iter().map(|row| row.id).collect();
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DeletedAt, context.now().into())
        .col_expr(accounts::Column::UpdatedAt, context.now().into())
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    sessions::end_all_of(transaction, context, &ids).await?;
    Ok(EventKind::AccountDeleted)
}
