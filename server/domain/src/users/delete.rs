//! **Delete** (A14): the account can do nothing any more; it waits to be restored or purged (U15).

use db::entities::accounts;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::events::EventKind;

use super::bulk::Change;
use super::columns::next_version;
use super::counts;
use crate::links::{self, LinkKind};
use crate::{Context, Result, sessions};

/// Deletes accounts; their sessions end in the same transaction.
pub(super) async fn delete(
    transaction: &DatabaseTransaction,
    context: &Context,
    chosen: &[accounts::Model],
) -> Result<Change> {
    let ids: Vec<_> = chosen.iter().map(|row| row.id).collect();
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DeletedAt, context.now().into())
        .col_expr(accounts::Column::UpdatedAt, context.now().into())
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    sessions::end_all_of(transaction, context, &ids).await?;
    links::void(transaction, &ids, &LinkKind::ALL, context.now()).await?;
    Ok(Change {
        kind: EventKind::AccountDeleted,
        enabled: counts::Change { live: -1, disabled: 0 },
        disabled: counts::Change { live: -1, disabled: -1 },
    })
}
