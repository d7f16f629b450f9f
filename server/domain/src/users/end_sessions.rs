//! **End sessions**: every session of the account, at once.

use types::events::EventKind;
use types::{AccountId, Permission};

use super::edit::refuse_holding_more;
use crate::events::{self, Event};
use crate::{Context, Result, Staff, sessions};

/// Gives how many ended. Needs **End sessions** over the account.
pub async fn end_sessions(context: &Context, staff: &Staff, id: AccountId) -> Result<i64> {
    let scope = staff.require(Permission::EndSessions)?;
    let transaction = context.database.begin().await?;
    scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let ended = sessions::end_all_of(&transaction, context, &[id]).await?;
    if ended > 0 {
        let note = format!("{ended} sessions");
        let event = Event::new(EventKind::SessionEnded).by(staff).on(id).note(Some(&note));
        events::write(&transaction, context, event).await?;
    }
    transaction.commit().await?;
    Ok(ended)
}
