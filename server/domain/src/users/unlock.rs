//! **Unlock** (A16): lifts a lockout, and forgets the failures that led to it.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::{AccountId, Permission};

use super::columns::next_version;
use super::edit::refuse_holding_more;
use crate::events::{self, Event};
use crate::throttle::{self, Subject};
use crate::{Context, Result, Staff, recovery};

/// Needs **Unlock users** over the account. On one that is not locked it only forgets failures, those of
/// security questions too.
pub async fn unlock(context: &Context, staff: &Staff, id: AccountId) -> Result<()> {
    let scope = staff.require(Permission::UnlockUsers)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let mut counted = throttle::sign_ins_of(&account);
    counted.push(Subject::Confirmation(id));
    throttle::forget(&transaction, &counted).await?;
    let was_blocked = recovery::unblock(&transaction, id).await?;
    let is_locked = account.locked_until.is_some_and(|until| until > context.now());
    if is_locked {
        accounts::Entity::update_many()
            .col_expr(accounts::Column::LockedUntil, Expr::val(None::<i64>))
            .col_expr(accounts::Column::Version, next_version())
            .filter(accounts::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
    }
    if is_locked || was_blocked {
        events::write(&transaction, context, Event::new(EventKind::AccountUnlocked).by(staff).on(id)).await?;
    }
    transaction.commit().await?;
    Ok(())
}
