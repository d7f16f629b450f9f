//! What another e-mail address or number ends when staff give it, in an edit and in an import alike.

use db::entities::accounts;
use sea_orm::DatabaseTransaction;
use types::accounts::AccountFields;

use crate::links;
use crate::messages::{Alert, Recipient, alert, alert_all};
use crate::{Context, Result, Staff, sessions};

/// An account whose fields were stored.
pub(crate) struct NewAddresses {
    /// As it was.
    account: accounts::Model,
    /// The new e-mail address, when it is another one.
    email: Option<String>,
    has_other_phone: bool,
    /// Whether a second factor ended with an address.
    factor_ended: bool,
}

impl NewAddresses {
    pub(crate) fn of(account: accounts::Model, fields: &AccountFields, factor_ended: bool) -> Self {
        Self {
            email: (fields.email.key() != account.email_key).then(|| fields.email.as_str().to_owned()),
            has_other_phone: fields.phone != account.phone,
            factor_ended,
            account,
        }
    }

    fn is_of(&self, staff: &Staff) -> bool {
        self.account.id == staff.account
    }
}

/// Ends what went with the old addresses, inside the caller's transaction, and tells the holders, at both
/// addresses when there is another one. One signs in and recovers with an e-mail address, so another one
/// ends the sessions; as does the end of a second factor.
pub(crate) async fn after_change(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    changed: &[NewAddresses],
) -> Result<()> {
    let ending = changed.iter().filter(|one| (one.email.is_some() || one.factor_ended) && !one.is_of(staff));
    let ending: Vec<_> = ending.map(|one| one.account.id).collect();
    if !ending.is_empty() {
        sessions::end_all_of(transaction, context, &ending).await?;
    }
    let moved: Vec<_> = changed.iter().filter(|one| one.email.is_some()).map(|one| one.account.id).collect();
    // They went to an address that may not be the holder's any more.
    links::void_all(transaction, &moved, context.now()).await?;
    for one in changed {
        tell(transaction, context, staff, one).await?;
    }
    Ok(())
}

async fn tell(transaction: &DatabaseTransaction, context: &Context, staff: &Staff, one: &NewAddresses) -> Result<()> {
    let account = &one.account;
    if let Some(email) = &one.email {
        let both = vec![Recipient::of(account), Recipient::at(account, email)];
        let told = if one.is_of(staff) { Alert::EmailChanged } else { Alert::EmailChangedByStaff };
        alert_all(transaction, context, account.store_id, both, told).await?;
    }
    // Who never had a way in has nothing to hear of a number.
    if one.has_other_phone && account.onboarded_at.is_some() {
        let told = if one.is_of(staff) { Alert::PhoneChanged } else { Alert::PhoneChangedByStaff };
        alert(transaction, context, account, told).await?;
    }
    Ok(())
}
