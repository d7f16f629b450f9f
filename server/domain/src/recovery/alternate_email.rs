//! The alternate e-mail address (S7): verified by a code, another one than the account's own.

use db::entities::{accounts, alternate_emails};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};
use types::AccountId;
use types::events::{EventKind, FieldChange};
use types::messages::Channel;

use super::alternate_of;
use crate::authenticators::locked;
use crate::codes::{self, CodeFor, OpenCode, Wanted};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Holder, Result};

const WHAT: CodeFor = CodeFor::AlternateEmail;

/// What its page shows.
#[derive(Clone, Debug)]
pub struct AlternateEmail {
    pub current: Option<String>,
    /// The code that waits to be typed.
    pub sent: Option<OpenCode>,
    /// Whether there is a mail server.
    pub is_possible: bool,
}

pub async fn alternate_email(context: &Context, holder: &Holder) -> Result<AlternateEmail> {
    let connection = context.database.read();
    Ok(AlternateEmail {
        current: alternate_of(connection, holder.account).await?,
        sent: codes::open(connection, holder.account, WHAT, &holder.session.to_string(), context.now()).await?,
        is_possible: context.mailing.delivers(),
    })
}

/// Sends a code to the address. `None`: to the one of the last code again.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `address`; [`Error::Conflict`] when no code can be sent now.
pub async fn send_alternate_email_code(context: &Context, holder: &Holder, address: Option<&str>) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    let bound_to = holder.session.to_string();
    let (what, channel) = (WHAT, Channel::Mail);
    let address = codes::address_for(&transaction, context, account.id, (what, channel), &bound_to, address).await?;
    refuse_own(&account, &address)?;
    let wanted = Wanted { account: &account, what, channel, address: &address, bound_to: &bound_to };
    codes::send(&transaction, context, wanted).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whoever has lost the account's mailbox needs another one.
fn refuse_own(account: &accounts::Model, address: &str) -> Result<()> {
    if address.eq_ignore_ascii_case(&account.email_key) {
        return Err(Error::field("address", "This is your account's own address. Please give another one."));
    }
    Ok(())
}

/// Keeps the address when the code is right.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `code`.
pub async fn confirm_alternate_email(context: &Context, holder: &Holder, code: &str) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    let bound_to = holder.session.to_string();
    let by = |event: Event| event.by(holder);
    let address = match codes::prove(&transaction, context, account.id, WHAT, &bound_to, code, by).await? {
        Ok(address) => address,
        Err(wrong) => {
            transaction.commit().await?;
            return Err(wrong.refusal());
        }
    };
    refuse_own(&account, &address)?;
    let before = alternate_of(&transaction, account.id).await?;
    let row = alternate_emails::ActiveModel {
        account_id: Set(account.id),
        email: Set(address.clone()),
        verified_at: Set(context.now()),
    };
    let again = OnConflict::column(alternate_emails::Column::AccountId)
        .update_columns([alternate_emails::Column::Email, alternate_emails::Column::VerifiedAt])
        .to_owned();
    alternate_emails::Entity::insert(row).on_conflict(again).exec_without_returning(&transaction).await?;
    let change = FieldChange::new("alternate_email", before.as_deref(), Some(&address));
    let event = Event::new(EventKind::AlternateEmailSet).by(holder).on(account.id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::RecoveryChanged).await?;
    transaction.commit().await?;
    Ok(())
}

/// # Errors
/// [`Error::ProofNeeded`].
pub async fn remove_alternate_email(context: &Context, holder: &Holder) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    let Some(before) = forget_alternate_email(&transaction, context, account.id).await? else { return Ok(()) };
    let change = FieldChange::new("alternate_email", Some(&before), None);
    let event = Event::new(EventKind::AlternateEmailRemoved).by(holder).on(account.id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::RecoveryChanged).await?;
    transaction.commit().await?;
    Ok(())
}

/// Gives the address, when there was one; codes on their way there do not count any more.
pub(crate) async fn forget_alternate_email(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
) -> Result<Option<String>> {
    let Some(before) = alternate_of(connection, account).await? else { return Ok(None) };
    alternate_emails::Entity::delete_by_id(account).exec(connection).await?;
    codes::void_all_of(connection, &[account], context.now()).await?;
    Ok(Some(before))
}
