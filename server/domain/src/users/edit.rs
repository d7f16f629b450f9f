//! **Edit** (A2): the second of two administrators gets the difference and chooses.

use db::entities::accounts;
use sea_orm::ConnectionTrait;
use types::accounts::{AccountFields, AccountForm, EditOutcome};
use types::events::EventKind;
use types::{AccountId, Permission};

use super::columns;
use super::create::parsed;
use super::new_addresses::{NewAddresses, after_change};
use crate::attributes::{self, Attributes, Editor};
use crate::authority::holding_more;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff};

/// Saves an edit that began from `version`. What another e-mail address or number ends is in
/// [`after_change`]. Needs **Edit users** over the account, and **Change and reset second factors** when one
/// ends with the address that its codes go to.
///
/// # Errors
/// Every wrong field at once; [`Error::NotAllowed`] on somebody who holds more; [`Error::ProofNeeded`] for
/// another address or number.
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
    let attributes = Attributes::locked(&transaction, account.store_id).await?;
    let old = attributes::read(account.attribute_values.as_deref());
    let (fields, mut errors) = parsed(form, account.phone.as_deref());
    if account.version != version {
        // What is wrong with an edit of something else is not told: first the difference.
        let theirs = columns::whole_form_of(&account, &attributes, Editor::Console);
        return Ok(EditOutcome::Conflict { theirs, version: account.version });
    }
    let new = attributes.check(Editor::Console, &old, &form.attributes, false, &mut errors);
    if let Some(fields) = &fields {
        columns::refuse_taken(&transaction, account.store_id, Some(id), fields, &mut errors).await?;
    }
    attributes.refuse_taken(&transaction, Some(id), &old, &new, &mut errors).await?;
    let fields = match fields {
        Some(fields) if errors.is_empty() => fields,
        _ => return Err(errors.into()),
    };
    let mut changes = columns::differences(&account, &fields);
    changes.extend(attributes.differences(&old, &new));
    if changes.is_empty() {
        return Ok(EditOutcome::Saved { version });
    }
    let moves = fields.email.key() != account.email_key || fields.phone != account.phone;
    if moves {
        staff.require_recent_proof(context.now())?;
        refuse_taking_a_factor(&transaction, context, staff, &account, &fields).await?;
    }
    let factor_ended = columns::update(&transaction, context, &account, &fields).await?;
    attributes.store(&transaction, id, &old, &new).await?;
    if moves {
        let moved = NewAddresses::of(account, &fields, factor_ended);
        after_change(&transaction, context, staff, &[moved]).await?;
    }
    let event = Event::new(EventKind::AccountEdited).by(staff).on(id).changes(changes);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(EditOutcome::Saved { version: version + 1 })
}

/// A second factor that ends with an address is removed no less than by its button.
async fn refuse_taking_a_factor(
    connection: &impl ConnectionTrait,
    context: &Context,
    staff: &Staff,
    account: &accounts::Model,
    fields: &AccountFields,
) -> Result<()> {
    if !columns::takes_a_factor(connection, context, account, fields).await? {
        return Ok(());
    }
    let permission = Permission::ManageAuthenticators;
    match staff.require(permission)?.account(connection, account.id).await {
        Err(Error::NotFound(_)) => Err(Error::not_allowed(format!(
            "A second factor ends with this address: that needs “{}”.",
            permission.label()
        ))),
        found => found.map(drop),
    }
}

/// D6 for one account.
pub(crate) async fn refuse_holding_more(connection: &impl ConnectionTrait, staff: &Staff, id: AccountId) -> Result<()> {
    if holding_more(connection, staff, &[id]).await?.contains(&id) {
        return Err(Error::not_allowed("This person holds permissions that you do not have."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::bulk::BulkAction;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::messages::{Alert, Content};
    use crate::testing;

    fn changed(first_name: &str) -> AccountForm {
        AccountForm { first_name: first_name.into(), ..testing::form("ada") }
    }

    #[tokio::test]
    async fn the_second_of_two_gets_the_difference_and_nothing_is_stored() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let saved = edit(&context, &owner, ada, &changed("Ada"), 1).await.unwrap();
            assert_eq!(saved, EditOutcome::Saved { version: 2 });
            let before = testing::account(&context, ada).await;
            let conflict = edit(&context, &owner, ada, &changed("Eda"), 1).await.unwrap();
            assert_eq!(conflict, EditOutcome::Conflict { theirs: changed("Ada"), version: 2 });
            assert_eq!(testing::account(&context, ada).await, before);
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountEdited).await, 1);
            let over = edit(&context, &owner, ada, &changed("Eda"), 2).await.unwrap();
            assert_eq!(over, EditOutcome::Saved { version: 3 });
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_exactly_one_is_saved() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let (one, two) = (changed("One"), changed("Two"));
            let (one, two) = tokio::join!(edit(&context, &owner, ada, &one, 1), edit(&context, &owner, ada, &two, 1));
            let outcomes = [one.unwrap(), two.unwrap()];
            assert_eq!(outcomes.iter().filter(|one| **one == EditOutcome::Saved { version: 2 }).count(), 1);
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountEdited).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn the_event_has_each_changed_field_before_and_after() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let form = AccountForm { first_name: String::new(), phone: "+41446681800".into(), ..testing::form("ada") };
            edit(&context, &owner, ada, &form, 1).await.unwrap();
            let kind = Some(EventKind::AccountEdited);
            let page = testing::activity(&context.database, &owner, ada, kind, None).await.unwrap();
            let first = types::events::FieldChange::new("first_name", Some("ada"), None);
            let phone = types::events::FieldChange::new("phone", None, Some("+41446681800"));
            assert_eq!(page.events[0].changes, [first, phone]);
            assert_eq!(testing::account(&context, ada).await.name, "ada@example.com");
        })
        .await;
    }

    #[tokio::test]
    async fn saving_what_is_stored_changes_and_logs_nothing() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let outcome = edit(&context, &owner, ada, &testing::form("ada"), 1).await.unwrap();
            assert_eq!(outcome, EditOutcome::Saved { version: 1 });
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountEdited).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn a_new_address_is_unverified_and_ends_sessions() {
        testing::on_both(|context| async move {
            use sea_orm::ConnectionTrait;
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let transaction = context.database.begin().await.unwrap();
            transaction.execute_unprepared("UPDATE accounts SET email_verified_at = 1").await.unwrap();
            transaction.commit().await.unwrap();
            testing::session(&context, ada).await;
            let other_case = AccountForm { email: "ADA@example.com".into(), ..testing::form("ada") };
            edit(&context, &owner, ada, &other_case, 1).await.unwrap();
            assert!(testing::account(&context, ada).await.email_verified_at.is_some());
            assert_eq!(testing::open_sessions(&context, ada).await, 1);
            let other = AccountForm { email: "lovelace@example.com".into(), ..testing::form("ada") };
            edit(&context, &owner, ada, &other, 2).await.unwrap();
            assert!(testing::account(&context, ada).await.email_verified_at.is_none());
            assert_eq!(testing::open_sessions(&context, ada).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn a_new_address_voids_links_and_another_number_is_told_without_where_staff_sit() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let bare = testing::user(&context, &owner, "bare").await;
            testing::bulk(&context, &owner, BulkAction::SendActivation, &[bare]).await;
            let form = AccountForm { email: "other@example.com".into(), ..testing::form("bare") };
            let version = testing::account(&context, bare).await.version;
            edit(&context, &owner, bare, &form, version).await.unwrap();
            assert_eq!(testing::account(&context, bare).await.activation_expires_at, Some(context.now()));
            let form = AccountForm { phone: "+41446681800".into(), ..testing::form("ada") };
            edit(&context, &owner, ada, &form, 1).await.unwrap();
            let mails = testing::mailed(&context, "ada@example.com").await;
            let told = Alert::PhoneChangedByStaff;
            assert!(matches!(&mails[..], [Content::Alert { alert, ip: None, .. }] if *alert == told), "{mails:?}");
            let form = AccountForm { email: "lovelace@example.com".into(), ..form };
            edit(&context, &owner, ada, &form, 2).await.unwrap();
            for address in ["ada@example.com", "lovelace@example.com"] {
                assert_eq!(testing::alerted(&context, address).await.last(), Some(&Alert::EmailChangedByStaff));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn taken_and_wrong_fields_are_named_and_nothing_is_stored() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let before = testing::account(&context, ada).await;
            let taken = edit(&context, &owner, ada, &testing::form("OWNER"), 1).await.unwrap_err();
            assert_eq!(testing::wrong_fields(taken), ["email"]);
            let form = AccountForm { username: "@".into(), phone: "1".into(), ..testing::form("ada") };
            let wrong = edit(&context, &owner, ada, &form, 1).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["phone", "username"]);
            assert_eq!(testing::account(&context, ada).await, before);
        })
        .await;
    }

    #[tokio::test]
    async fn auditors_and_plain_people_edit_nobody() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let auditor = testing::staff_with(&context, &owner, "audit", BuiltInRole::Auditor, None).await;
            let refused = edit(&context, &auditor, ada, &changed("Eve"), 1).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
        })
        .await;
    }
}
