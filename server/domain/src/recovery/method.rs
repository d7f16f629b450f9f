//! **Let users choose their method** (S7): which way through **Forgot my phone** holds for oneself. It is
//! chosen here, with a recent proof, and not by whoever says that they have lost a phone.

use db::entities::recoveries;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::events::{EventKind, FieldChange};
use types::recovery::RecoveryMethod;

use super::{ensure_row, of_row};
use crate::authenticators::locked;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Holder, Result};

/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] where the settings do not let users choose.
pub async fn choose_method(context: &Context, holder: &Holder, method: RecoveryMethod) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    let before = of_row(&transaction, &account).await?;
    if !before.may_choose {
        return Err(Error::not_allowed("The way of “Forgot my phone” is not yours to choose here."));
    }
    ensure_row(&transaction, account.id).await?;
    recoveries::Entity::update_many()
        .col_expr(recoveries::Column::Chosen, Expr::val(Some(method.key().to_owned())))
        .filter(recoveries::Column::AccountId.eq(account.id))
        .exec(&transaction)
        .await?;
    if before.method != Some(method) {
        let change = FieldChange::new("forgot_phone", before.method.map(RecoveryMethod::label), Some(method.label()));
        let event = Event::new(EventKind::RecoveryChosen).by(holder).on(account.id).changes(vec![change]);
        events::write(&transaction, context, event).await?;
        alert(&transaction, context, &account, Alert::RecoveryChanged).await?;
    }
    transaction.commit().await?;
    Ok(())
}
