//! **Password reset** by staff (A6): a mail with a link; the password stays until it is followed.

use std::collections::HashMap;

use db::entities::accounts;
use sea_orm::ConnectionTrait;
use types::StoreId;
use types::events::EventKind;
use types::settings::Onboarding;

use crate::events::{self, Event};
use crate::links::{self, LinkKind, NewLink};
use crate::messages::{Content, Recipient, queue_all};
use crate::{Context, Result, Staff, settings};

/// Who wants the password to be another one.
#[derive(Clone, Copy)]
pub(crate) enum ResetBy<'a> {
    Holder,
    Staff(&'a Staff),
    /// The holder, who has said **This wasn't me**: the old password is gone.
    Disowning,
}

/// Mails onboarded accounts a new link, which voids the earlier one.
pub(crate) async fn send_password_reset(
    connection: &impl ConnectionTrait,
    context: &Context,
    by: ResetBy<'_>,
    chosen: &[accounts::Model],
) -> Result<()> {
    let mut minutes: HashMap<StoreId, i64> = HashMap::new();
    let mut wanted = Vec::with_capacity(chosen.len());
    for account in chosen {
        if let std::collections::hash_map::Entry::Vacant(e) = minutes.entry(account.store_id) {
            let settings: Onboarding = settings::read(connection, account.store_id).await?;
            e.insert(settings.reset_minutes.into());
        }
        let minutes = minutes.get(&account.store_id).copied().unwrap_or_default();
        let email = Some(account.email_key.clone());
        wanted.push(NewLink { account: account.id, email, works_seconds: minutes * 60 });
    }
    let tokens = links::make_all(connection, context, LinkKind::PasswordReset, wanted).await?;
    let mut mails = Vec::with_capacity(chosen.len());
    let mut written = Vec::with_capacity(chosen.len());
    for (account, token) in chosen.iter().zip(tokens) {
        let minutes = minutes.get(&account.store_id).copied().unwrap_or_default();
        let token = token.expose().to_owned();
        let (by_staff, disowned) = (matches!(by, ResetBy::Staff(_)), matches!(by, ResetBy::Disowning));
        mails.push((Recipient::of(account), Content::PasswordReset { token, minutes, by_staff, disowned }));
        let event = Event::new(EventKind::PasswordResetRequested).on(account.id);
        written.push(if let ResetBy::Staff(staff) = by { event.by(staff) } else { event });
    }
    queue_all(connection, context, mails).await?;
    events::write_all(connection, context, written).await
}
