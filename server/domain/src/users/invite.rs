//! **Invite user** (A1): an account with a role, in an organization, and the mail that invites to it.

use db::entities::{accounts, organization_memberships, organizations};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::accounts::{AccountForm, InviteForm};
use types::events::EventKind;
use types::{AccountId, OrganizationId, Permission};

use super::create::insert_typed;
use super::send_activation::{Invitation, send_activation};
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff, roles, stores};

/// Adds the account to the store, or the default one, and mails the invitation, all or nothing. Needs **Add users**
/// and **Send … mails** everywhere; with a role, **Assign and remove roles** and all that it allows.
///
/// # Errors
/// Every wrong field at once; [`Error::ProofNeeded`] with a role; [`Error::NotFound`] for a store, role or
/// organization that is not there.
pub async fn invite(context: &Context, staff: &Staff, form: &InviteForm) -> Result<AccountId> {
    staff.require_everywhere(Permission::CreateUsers)?;
    staff.require_everywhere(Permission::SendMails)?;
    if form.role.is_some() {
        staff.require(Permission::AssignRoles)?;
        staff.require_recent_proof(context.now())?;
    }
    let InviteForm { email, first_name, last_name, role, organization, store, attributes } = form.clone();
    let form = AccountForm { email, first_name, last_name, attributes, ..AccountForm::default() };
    let transaction = context.database.begin().await?;
    let place = match organization {
        Some(id) => Some(
            organizations::Entity::find_by_id(id).one(&transaction).await?.ok_or(Error::NotFound("organization"))?,
        ),
        None => None,
    };
    let store = stores::named_or_default(&transaction, store).await?;
    let (id, changes) = insert_typed(&transaction, context, store, &form).await?;
    let event = Event::new(EventKind::AccountCreated).by(staff).on(id).changes(changes).note(Some("Invited"));
    events::write(&transaction, context, event).await?;
    if let Some(place) = &place {
        join(&transaction, context, place.id, id).await?;
    }
    let account = accounts::Entity::find_by_id(id).one(&transaction).await?;
    let account = account.ok_or_else(|| Error::Internal("an account that was just added is gone".into()))?;
    if let Some(role) = role {
        let what = (role, organization);
        // Refuses a role that is not there, or not theirs to give.
        roles::name_for_grant(&transaction, staff, what).await?;
        roles::assign_all(&transaction, context, staff, what, std::slice::from_ref(&account)).await?;
    }
    let invitation = Invitation { invited_by: &staff.name, organization: place.map(|place| place.name) };
    send_activation(&transaction, context, Some(staff), &[account], Some(invitation)).await?;
    transaction.commit().await?;
    Ok(id)
}

async fn join(
    connection: &impl ConnectionTrait,
    context: &Context,
    organization: OrganizationId,
    account: AccountId,
) -> Result<()> {
    let membership = organization_memberships::ActiveModel {
        organization_id: Set(organization),
        account_id: Set(account),
        added_at: Set(context.now()),
        ..Default::default()
    };
    organization_memberships::Entity::insert(membership).exec_without_returning(connection).await?;
    organizations::Entity::update_many()
        .col_expr(organizations::Column::MemberCount, Expr::col(organizations::Column::MemberCount).add(1))
        .filter(organizations::Column::Id.eq(organization))
        .exec(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::attributes::{AttributeKind, Values};
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::messages::Content;
    use crate::{testing, users};

    fn form(email: &str) -> InviteForm {
        InviteForm { email: email.into(), first_name: "Ada".into(), last_name: "Lovelace".into(), ..Default::default() }
    }

    #[tokio::test]
    async fn the_account_its_place_its_role_and_the_mail_come_together() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            let role = stores::built_in_role(context.database.read(), BuiltInRole::HelpDesk).await.unwrap();
            let wanted = InviteForm { role: Some(role), organization: Some(acme), ..form("ada@example.com") };
            let ada = invite(&context, &owner, &wanted).await.unwrap();
            let roles = roles::of_user(&context.database, &owner, ada).await.unwrap();
            assert_eq!((roles[0].role.as_str(), roles[0].organization.as_deref()), ("Help desk", Some("Acme")));
            let store = testing::another_store(&context).await;
            let there = InviteForm { store: Some(store), ..form("bob@example.com") };
            let bob = invite(&context, &owner, &there).await.unwrap();
            assert_eq!(users::profile(&context, &owner, bob).await.unwrap().store_id, store);
            let mail = testing::mailed(&context, "ada@example.com").await.remove(0);
            let Content::Invitation { invited_by, organization, .. } = mail else { panic!("{mail:?}") };
            assert_eq!((invited_by.as_str(), organization.as_deref()), ("owner", Some("Acme")));
            let local = testing::staff_with(&context, &owner, "local", BuiltInRole::HelpDesk, Some(acme)).await;
            assert!(users::profile(&context, &local, ada).await.is_ok(), "a member of the organization");
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_refused_leaves_nothing() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let ownership = stores::built_in_role(context.database.read(), BuiltInRole::Owner).await.unwrap();
            let as_owner = InviteForm { role: Some(ownership), ..form("ada@example.com") };
            assert!(matches!(invite(&context, &admin, &as_owner).await, Err(Error::NotAllowed(_))));
            assert!(matches!(invite(&context, &desk, &form("ada@example.com")).await, Err(Error::NotAllowed(_))));
            let lost = InviteForm { store: Some(types::StoreId(context.id())), ..form("ada@example.com") };
            assert!(matches!(invite(&context, &owner, &lost).await, Err(Error::NotFound("identity store"))));
            let lost = OrganizationId(context.id());
            let nowhere = InviteForm { organization: Some(lost), ..form("ada@example.com") };
            assert!(matches!(invite(&context, &owner, &nowhere).await, Err(Error::NotFound(_))));
            let wrong = invite(&context, &owner, &form("nothing")).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["email"]);
            let wrong = invite(&context, &owner, &form("ADMIN@example.com")).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["email"]);
            testing::attribute(&context, &owner, "team", AttributeKind::Text, |form| form.required = true).await;
            let wrong = invite(&context, &owner, &form("ada@example.com")).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["team"]);
            assert_eq!(testing::messages(&context).await.len(), 0);
            // The address is free still.
            let attributes = Values::from([("team".to_owned(), "Night".to_owned())]);
            let whole = InviteForm { attributes: attributes.clone(), ..form("ada@example.com") };
            let ada = invite(&context, &owner, &whole).await.unwrap();
            assert_eq!(users::profile(&context, &owner, ada).await.unwrap().form.attributes, attributes);
        })
        .await;
    }
}
