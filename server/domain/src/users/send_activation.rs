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
/// [`Error::ProofNeeded`]; [`Error::Conflict`] for an account that is onboarded or disabled.
pub async fn activation_link(context: &Context, staff: &Staff, id: AccountId) -> Result<String> {
    let scope = staff.require(Permission::CopyActivationLinks)?;
    staff.require_recent_proof(context.now())?;
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
        if let std::collections::hash_map::Entry::Vacant(e) = hours.entry(account.store_id) {
            let settings: Onboarding = settings::read(connection, account.store_id).await?;
            e.insert(settings.link_hours.into());
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

#[cfg(test)]
mod tests {
    use types::accounts::StatusLabel;
    use types::bulk::BulkAction;
    use types::permissions::BuiltInRole;
    use types::settings::{Section, SectionName, Settings};

    use super::*;
    use crate::{testing, users};

    async fn label(context: &Context, staff: &Staff, id: AccountId) -> StatusLabel {
        let labels = users::profile(context, staff, id).await.unwrap().labels;
        let onboarding = [
            StatusLabel::NotRegistered,
            StatusLabel::PendingActivation,
            StatusLabel::ActivationExpired,
            StatusLabel::Onboarded,
        ];
        labels.into_iter().find(|label| onboarding.contains(label)).unwrap()
    }

    #[tokio::test]
    async fn an_account_is_pending_until_the_link_is_over() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            assert_eq!(label(&context, &owner, ada).await, StatusLabel::NotRegistered);
            assert_eq!(testing::bulk(&context, &owner, BulkAction::SendActivation, &[ada]).await.done, 1);
            assert_eq!(label(&context, &owner, ada).await, StatusLabel::PendingActivation);
            context.clock.advance_seconds(72 * 60 * 60);
            assert_eq!(label(&context, &owner, ada).await, StatusLabel::ActivationExpired);
            assert_eq!(testing::events_of(&context, ada, EventKind::ActivationSent).await, 1);
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn links_work_as_long_as_the_settings_say() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let store = crate::stores::default_store(context.database.read()).await.unwrap();
            let before = Section::default_of(SectionName::Onboarding);
            let now = Onboarding { link_hours: 2, ..Onboarding::default() }.into_section();
            settings::save(&context, &owner, store, &before, &now).await.unwrap();
            let ada = testing::user(&context, &owner, "ada").await;
            testing::bulk(&context, &owner, BulkAction::SendActivation, &[ada]).await;
            let row = testing::account(&context, ada).await;
            assert_eq!(row.activation_expires_at, Some(context.now().plus_seconds(2 * 60 * 60)));
            let mail = testing::mailed(&context, "ada@example.com").await.remove(0);
            assert!(matches!(mail, Content::Activation { hours: 2, .. }), "{mail:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn who_has_a_way_in_or_may_not_have_one_is_skipped() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let bob = testing::user(&context, &owner, "bob").await;
            let eve = testing::user(&context, &owner, "eve").await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[eve]).await;
            let report = testing::bulk(&context, &owner, BulkAction::SendActivation, &[ada, bob, eve]).await;
            assert_eq!((report.done, report.skipped), (1, 2));
            for action in [BulkAction::SendWelcome, BulkAction::SendPasswordReset] {
                let report = testing::bulk(&context, &owner, action, &[ada, bob, eve]).await;
                assert_eq!((report.done, report.skipped), (1, 2), "{action:?}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn who_may_copy_a_link_and_of_whom() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let future = testing::user(&context, &owner, "future").await;
            testing::give_role(&context, future, BuiltInRole::Owner, None).await;
            let refused = activation_link(&context, &desk, ada).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
            // An Owner who has not come yet must not be taken over.
            let refused = activation_link(&context, &admin, future).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
            assert_eq!(testing::bulk(&context, &admin, BulkAction::SendActivation, &[future]).await.skipped, 1);
            let conflict = activation_link(&context, &owner, admin.account).await;
            assert!(matches!(conflict, Err(Error::Conflict(_))));
            let link = activation_link(&context, &admin, ada).await.unwrap();
            assert!(link.starts_with("https://id.example.com/activate?token="), "{link}");
            assert_eq!(testing::events_of(&context, ada, EventKind::ActivationLinkCopied).await, 1);
        })
        .await;
    }
}
