//! **Send activation mail** (A17, O1), and the link alone for whoever may copy it.

use std::collections::HashMap;

use db::entities::accounts;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::settings::Onboarding;
use types::{AccountId, Permission, StoreId};

use super::edit::refuse_holding_more;
use crate::events::{self, Event};
use crate::links::{self, LinkKind, NewLink};
use crate::messages::{Content, Recipient, queue_all};
use crate::tokens::Token;
use crate::{Context, Error, Result, Staff, settings};

/// Who is invited by whom, and into what: says **Invite user** instead of an activation.
pub(crate) struct Invitation<'a> {
    pub invited_by: &'a str,
    pub organization: Option<String>,
}

/// Mails accounts that are not onboarded a new link, which voids the earlier one. `staff`: `None`
/// when the holder asked for it.
pub(crate) async fn send_activation(
    connection: &impl ConnectionTrait,
    context: &Context,
    staff: Option<&Staff>,
    chosen: &[accounts::Model],
    invitation: Option<Invitation<'_>>,
) -> Result<()> {
    let hours = hours_by_store(connection, chosen).await?;
    let tokens = new_links(connection, context, chosen, &hours, true).await?;
    let mut mails = Vec::with_capacity(chosen.len());
    let mut written = Vec::with_capacity(chosen.len());
    for (account, token) in chosen.iter().zip(tokens) {
        let (token, hours) = (token.expose().to_owned(), hours_of(&hours, account));
        let content = match &invitation {
            None => Content::Activation { token, hours },
            Some(invitation) => Content::Invitation {
                token,
                hours,
                invited_by: invitation.invited_by.to_owned(),
                organization: invitation.organization.clone(),
            },
        };
        mails.push((Recipient::of(account), content));
        let event = Event::new(EventKind::ActivationSent).on(account.id);
        written.push(match staff {
            Some(staff) => event.by(staff),
            None => event,
        });
    }
    queue_all(connection, context, mails).await?;
    events::write_all(connection, context, written).await
}

/// **Copy activation link**: a new link for staff to hand over; the earlier one is void. Following
/// it proves no e-mail address. Needs **Copy activation links** over the account.
///
/// # Errors
/// [`Error::Conflict`] for an account that is onboarded or disabled.
pub async fn activation_link(context: &Context, staff: &Staff, id: AccountId) -> Result<String> {
    let scope = staff.require(Permission::CopyActivationLinks)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    if let Some(why) = cannot_be_activated(&account) {
        return Err(Error::Conflict(format!("There is no activation link: this account is {why}.")));
    }
    let chosen = [account];
    let hours = hours_by_store(&transaction, &chosen).await?;
    let token = new_links(&transaction, context, &chosen, &hours, false).await?.pop();
    let token = token.ok_or_else(|| Error::Internal("no activation link was made".into()))?;
    events::write(&transaction, context, Event::new(EventKind::ActivationLinkCopied).by(staff).on(id)).await?;
    transaction.commit().await?;
    Ok(context.mailing.link(&format!("/activate?token={}", token.expose())))
}

/// Why an account is not to be activated.
pub(crate) fn cannot_be_activated(account: &accounts::Model) -> Option<&'static str> {
    if account.onboarded_at.is_some() {
        Some("already onboarded")
    } else if account.disabled_at.is_some() {
        Some("disabled")
    } else {
        None
    }
}

type Hours = HashMap<StoreId, i64>;

async fn hours_by_store(connection: &impl ConnectionTrait, chosen: &[accounts::Model]) -> Result<Hours> {
    let mut hours = Hours::new();
    for account in chosen {
        if !hours.contains_key(&account.store_id) {
            let settings: Onboarding = settings::read(connection, account.store_id).await?;
            hours.insert(account.store_id, settings.link_hours.into());
        }
    }
    Ok(hours)
}

fn hours_of(hours: &Hours, account: &accounts::Model) -> i64 {
    hours.get(&account.store_id).copied().unwrap_or_default()
}

/// The links, and that their accounts are pending.
async fn new_links(
    connection: &impl ConnectionTrait,
    context: &Context,
    chosen: &[accounts::Model],
    hours: &Hours,
    mailed: bool,
) -> Result<Vec<Token>> {
    let now = context.now();
    let mut by_hours: HashMap<i64, Vec<AccountId>> = HashMap::new();
    let mut wanted = Vec::with_capacity(chosen.len());
    for account in chosen {
        let hours = hours_of(hours, account);
        by_hours.entry(hours).or_default().push(account.id);
        wanted.push(NewLink {
            account: account.id,
            email: mailed.then(|| account.email_key.clone()),
            works_seconds: hours * 60 * 60,
        });
    }
    for (hours, ids) in by_hours {
        accounts::Entity::update_many()
            .col_expr(accounts::Column::ActivationSentAt, now.into())
            .col_expr(accounts::Column::ActivationExpiresAt, now.plus_seconds(hours * 60 * 60).into())
            .filter(accounts::Column::Id.is_in(ids))
            .exec(connection)
            .await?;
    }
    links::make_all(connection, context, LinkKind::Activation, wanted).await
}
