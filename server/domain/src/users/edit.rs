//! **Edit** (A2): the second of two administrators gets the difference and chooses.

use types::accounts::{AccountForm, EditOutcome};
use types::events::EventKind;
use types::{AccountId, Permission};

use super::columns;
use crate::authority::holding_more;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff, sessions};

/// Saves an edit that began from `version`. A new e-mail address is what one signs in and recovers
/// with, so changing it ends the account's sessions. Needs **Edit users** over the account.
///
/// # Errors
/// Every wrong field at once; [`Error::NotAllowed`] on somebody who holds more.
pub async fn edit(
    context: &Context,
    staff: &Staff,
    id: AccountId,
    form: &AccountForm,
    version: i64,
) -> Result<EditOutcome> {
    let scope = staff.require(Permission::EditUsers)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let fields = form.parse()?;
    if account.version != version {
        return Ok(EditOutcome::Conflict { theirs: columns::form_of(&account), version: account.version });
    }
    let changes = columns::differences(&account, &fields);
    if changes.is_empty() {
        return Ok(EditOutcome::Saved { version });
    }
    columns::update(&transaction, context, &account, &fields).await?;
    if fields.email.key() != account.email_key && id != staff.account {
        sessions::end_all_of(&transaction, context, &[id]).await?;
    }
    let event = Event::new(EventKind::AccountEdited).by(staff).on(id).changes(changes);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(EditOutcome::Saved { version: version + 1 })
}

/// D6 for one account.
pub(crate) async fn refuse_holding_more(
    connection: &impl sea_orm::ConnectionTrait,
    staff: &Staff,
    id: AccountId,
) -> Result<()> {
    if holding_more(connection, staff, &[id]).await?.contains(&id) {
        return Err(Error::not_allowed("This person holds permissions that you do not have."));
    }
    Ok(())
}
