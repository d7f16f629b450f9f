//! How many accounts there are, known without counting: kept by the transactions that change it.

use db::entities::account_counts;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::StoreId;

use crate::Result;

/// Accounts that are not deleted.
pub const LIVE: &str = "live";
/// Those of them that are disabled.
pub const DISABLED: &str = "disabled";

/// What a transaction adds to each count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub live: i64,
    pub disabled: i64,
}

/// Adds the change, in the transaction that makes it true.
pub async fn apply(connection: &impl ConnectionTrait, store: StoreId, change: Change) -> Result<()> {
    for (kind, by) in [(LIVE, change.live), (DISABLED, change.disabled)] {
        if by != 0 {
            account_counts::Entity::update_many()
                .col_expr(account_counts::Column::Count, Expr::col(account_counts::Column::Count).add(by))
                .filter(account_counts::Column::StoreId.eq(store))
                .filter(account_counts::Column::Kind.eq(kind))
                .exec(connection)
                .await?;
        }
    }
    Ok(())
}

/// The counts of a store: (live, disabled).
pub async fn read(connection: &impl ConnectionTrait, store: StoreId) -> Result<Change> {
    let rows = account_counts::Entity::find().filter(account_counts::Column::StoreId.eq(store)).all(connection).await?;
    let of = |kind| rows.iter().find(|row| row.kind == kind).map_or(0, |row| row.count);
    Ok(Change { live: of(LIVE), disabled: of(DISABLED) })
}
