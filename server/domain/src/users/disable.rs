//! **Disable user** (A13): at once, everywhere. The sessions end in the same transaction.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::AccountId;
use types::events::EventKind;

use super::bulk::Change;
use super::columns::next_version;
use super::counts;
use crate::links::{self, LinkKind};
use crate::{Context, Result, sessions};

/// Disables enabled accounts; `reason` is shown to staff.
pub(super) async fn disable(
    transaction: &DatabaseTransaction,
    context: &Context,
    ids: &[AccountId],
    reason: Option<&str>,
) -> Result<Change> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DisabledAt, context.now().into())
        .col_expr(accounts::Column::DisabledReason, Expr::val(reason.map(str::to_owned)))
        .col_expr(accounts::Column::UpdatedAt, context.now().into())
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    sessions::end_all_of(transaction, context, ids).await?;
    links::void(transaction, ids, &[LinkKind::PasswordReset, LinkKind::EmailChange], context.now()).await?;
    let one_more = counts::Change { live: 0, disabled: 1 };
    Ok(Change { kind: EventKind::AccountDisabled, enabled: one_more, disabled: counts::Change::default() })
}
