//! **Remove user identity** (A5): second factors and password go, sessions end, and the account is
//! **Not registered** again.

use db::entities::{accounts, password_credentials};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::AccountId;
use types::events::EventKind;

use super::bulk::Change;
use super::columns::next_version;
use super::counts;
use crate::links::{self, LinkKind};
use crate::{Context, Result, authenticators, sessions};

/// Takes from the accounts everything that they could sign in with.
pub(super) async fn remove_identity(
    transaction: &DatabaseTransaction,
    context: &Context,
    ids: &[AccountId],
) -> Result<Change> {
    authenticators::forget_all(transaction, context, ids).await?;
    password_credentials::Entity::delete_many()
        .filter(password_credentials::Column::AccountId.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::OnboardedAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::PasswordExpiresAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::PasswordNoticeAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    links::void(transaction, ids, &LinkKind::ALL, context.now()).await?;
    sessions::end_all_of(transaction, context, ids).await?;
    let unchanged = counts::Change::default();
    Ok(Change { kind: EventKind::IdentityRemoved, enabled: unchanged, disabled: unchanged })
}
