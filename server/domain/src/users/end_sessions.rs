//! **End sessions**: every session of one account or of many, at once.

use std::collections::HashSet;

use db::entities::accounts;
use sea_orm::DatabaseTransaction;
use types::events::EventKind;
use types::{AccountId, Permission};

use super::bulk::{Outcomes, done_or_skipped};
use super::edit::refuse_holding_more;
use crate::events::{self, Event};
use crate::links::{self, LinkKind};
use crate::messages::{Alert, alert, alert_each};
use crate::{Context, Result, Staff, sessions};

/// Gives how many that worked have ended. A link for a new address ends too: whoever had a session may have asked
/// for it. Needs **End sessions** over the account.
pub async fn end_sessions(context: &Context, staff: &Staff, id: AccountId) -> Result<i64> {
    let scope = staff.require(Permission::EndSessions)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let ended = sessions::count_open(&transaction, context, &[id]).await?.first().map_or(0, |(_, open)| *open);
    sessions::end_all_of(&transaction, context, &[id]).await?;
    links::void(&transaction, &[id], &[LinkKind::EmailChange], context.now()).await?;
    if ended > 0 {
        let note = format!("{ended} sessions");
        let event = Event::new(EventKind::SessionEnded).by(staff).on(id).note(Some(&note));
        events::write(&transaction, context, event).await?;
        if id != staff.account {
            alert(&transaction, context, &account, Alert::SessionsEndedByStaff).await?;
        }
    }
    transaction.commit().await?;
    Ok(ended)
}

/// The same for many, inside the caller's transaction.
pub(super) async fn end_all(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    chosen: &[accounts::Model],
) -> Result<Outcomes> {
    let ids: Vec<_> = chosen.iter().map(|row| row.id).collect();
    let open = sessions::count_open(transaction, context, &ids).await?;
    let signed_in: Vec<_> = open.iter().map(|(id, _)| *id).collect();
    sessions::end_all_of(transaction, context, &ids).await?;
    links::void(transaction, &ids, &[LinkKind::EmailChange], context.now()).await?;
    let written = open.iter().map(|(id, sessions)| {
        let note = format!("{sessions} sessions");
        Event::new(EventKind::SessionEnded).by(staff).on(*id).note(Some(&note))
    });
    events::write_all(transaction, context, written.collect()).await?;
    let others = chosen.iter().filter(|row| signed_in.contains(&row.id) && row.id != staff.account);
    alert_each(transaction, context, others, &Alert::SessionsEndedByStaff).await?;
    let signed_in: HashSet<_> = signed_in.into_iter().collect();
    Ok(done_or_skipped(chosen, &signed_in, "not signed in"))
}
