//! **Add user** (A1).

use db::entities::{accounts, group_memberships};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};
use types::accounts::{AccountFields, AccountForm};
use types::attributes::Values;
use types::events::{EventKind, FieldChange};
use types::{AccountId, FieldErrors, GroupId, Permission, StoreId};

use super::columns;
use crate::attributes::{self, Attributes, Editor};
use crate::events::{self, Event};
use crate::{Context, Result, Staff, groups, phones, stores};

/// Adds an account to the default store and puts it into the groups: see [`create_in`].
pub async fn create(context: &Context, staff: &Staff, form: &AccountForm, into: &[GroupId]) -> Result<AccountId> {
    create_in(context, staff, None, form, into).await
}

/// Adds an account to the store, or the default one, and puts it into the groups. Needs **Add users**
/// everywhere, and **Change the groups of users** when groups are named.
///
/// # Errors
/// Every wrong field at once, those that somebody has among them; [`crate::Error::NotFound`] for a
/// store or group that is not there.
pub async fn create_in(
    context: &Context,
    staff: &Staff,
    store: Option<StoreId>,
    form: &AccountForm,
    into: &[GroupId],
) -> Result<AccountId> {
    staff.require_everywhere(Permission::CreateUsers)?;
    if !into.is_empty() {
        staff.require_everywhere(Permission::ManageMemberships)?;
    }
    let transaction = context.database.begin().await?;
    let store = stores::named_or_default(&transaction, store).await?;
    let (id, changes) = insert_typed(&transaction, context, store, form).await?;
    let mut written = vec![Event::new(EventKind::AccountCreated).by(staff).on(id).changes(changes)];
    for group in groups::of_store(&transaction, store, into).await? {
        let membership = group_memberships::ActiveModel {
            group_id: Set(group.id),
            account_id: Set(id),
            added_at: Set(context.now()),
            ..Default::default()
        };
        group_memberships::Entity::insert(membership).exec_without_returning(&transaction).await?;
        written.push(groups::event(EventKind::GroupAdded, staff, id, &group));
    }
    events::write_all(&transaction, context, written).await?;
    transaction.commit().await?;
    Ok(id)
}

/// The row and its custom attributes as somebody typed them, and what the event, which is the caller's, says of it.
pub(super) async fn insert_typed(
    transaction: &DatabaseTransaction,
    context: &Context,
    store: StoreId,
    form: &AccountForm,
) -> Result<(AccountId, Vec<FieldChange>)> {
    let attributes = Attributes::locked(transaction, store).await?;
    let (fields, values) = checked(transaction, store, &attributes, form).await?;
    let mut changes = as_changes(&fields);
    changes.extend(attributes.differences(&Values::new(), &values));
    let id = insert_with(transaction, context, store, fields, &attributes, &values).await?;
    Ok((id, changes))
}

/// What is to be stored, or everything that is wrong with it.
async fn checked(
    connection: &impl ConnectionTrait,
    store: StoreId,
    attributes: &Attributes,
    form: &AccountForm,
) -> Result<(AccountFields, Values)> {
    let (fields, mut errors) = parsed(form, None);
    let nothing = Values::new();
    let values = attributes.check(Editor::Console, &nothing, &form.attributes, true, &mut errors);
    if let Some(fields) = &fields {
        columns::refuse_taken(connection, store, None, fields, &mut errors).await?;
    }
    attributes.refuse_taken(connection, None, &nothing, &values, &mut errors).await?;
    match fields {
        Some(fields) if errors.is_empty() => Ok((fields, values)),
        _ => Err(errors.into()),
    }
}

/// The built-in fields, or what is wrong with them; a telephone number that was there already may stay, another
/// one is kept as codes are sent to it.
pub(crate) fn parsed(form: &AccountForm, before: Option<&str>) -> (Option<AccountFields>, FieldErrors) {
    let (mut fields, mut errors) = match form.parse() {
        Ok(fields) => (Some(fields), FieldErrors::default()),
        Err(errors) => (None, errors),
    };
    let phone = fields.as_mut().and_then(|fields| fields.phone.as_mut()).filter(|phone| Some(phone.as_str()) != before);
    if let Some(phone) = phone
        && let Some(international) = errors.keep("phone", phones::check(phone))
    {
        *phone = international;
    }
    (fields, errors)
}

pub(crate) fn as_changes(fields: &AccountFields) -> Vec<FieldChange> {
    let some = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    [
        ("email", some(fields.email.as_str())),
        ("username", fields.username.clone()),
        ("first_name", some(&fields.first_name)),
        ("last_name", some(&fields.last_name)),
        ("phone", fields.phone.clone()),
    ]
    .into_iter()
    .filter(|(_, new)| new.is_some())
    .map(|(field, new)| FieldChange { field: field.into(), old: None, new })
    .collect()
}

/// The row without custom attributes; the event is the caller's.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    fields: AccountFields,
) -> Result<AccountId> {
    insert_with(connection, context, store, fields, &Attributes::default(), &Values::new()).await
}

/// The row and its custom attributes; the event is the caller's.
pub(crate) async fn insert_with(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    fields: AccountFields,
    attributes: &Attributes,
    values: &Values,
) -> Result<AccountId> {
    let id = AccountId(context.id());
    let mut row = columns::new_row(id, store, &fields, context.now());
    row.attribute_values = Set(attributes::write(values));
    accounts::Entity::insert(row).exec_without_returning(connection).await.map_err(columns::at_field)?;
    attributes.keep_index(connection, id, &Values::new(), values).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use db::entities::groups as group_rows;
    use sea_orm::PaginatorTrait;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::Error;
    use crate::testing::{self, wrong_fields};

    fn named(email: &str, username: &str) -> AccountForm {
        AccountForm { email: email.into(), username: username.into(), ..AccountForm::default() }
    }

    async fn refused(context: &Context, owner: &Staff, email: &str, username: &str) -> Vec<String> {
        let before = accounts::Entity::find().count(context.database.read()).await.unwrap();
        let error = create(context, owner, &named(email, username), &[]).await.unwrap_err();
        assert_eq!(accounts::Entity::find().count(context.database.read()).await.unwrap(), before);
        wrong_fields(error)
    }

    #[tokio::test]
    async fn stores_what_was_typed_and_logs_each_field() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let form = AccountForm {
                email: " Ada@Example.com ".into(),
                username: "Ada".into(),
                first_name: "Ada".into(),
                last_name: "Lovelace".into(),
                phone: "+41 44 668 18 00".into(),
                ..AccountForm::default()
            };
            let id = create(&context, &owner, &form, &[]).await.unwrap();
            let row = testing::account(&context, id).await;
            assert_eq!((row.email.as_str(), row.email_key.as_str()), ("Ada@Example.com", "ada@example.com"));
            assert_eq!((row.name.as_str(), row.username.as_deref()), ("Ada Lovelace", Some("ada")));
            assert_eq!((row.onboarded_at, row.email_verified_at, row.version), (None, None, 1));
            let page = testing::activity(&context.database, &owner, id, None, None).await.unwrap();
            let fields: Vec<_> = page.events[0].changes.iter().map(|change| change.field.as_str()).collect();
            assert_eq!(fields, ["email", "username", "first_name", "last_name", "phone"]);
            assert_eq!(page.events[0].actor.as_ref().map(|actor| actor.id), Some(owner.account));
        })
        .await;
    }

    #[tokio::test]
    async fn an_address_that_somebody_has_is_refused_at_its_field() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            create(&context, &owner, &named("username@example.com", "ada"), &[]).await.unwrap();
            assert_eq!(refused(&context, &owner, "UserName@EXAMPLE.com", "").await, ["email"]);
            assert_eq!(refused(&context, &owner, "other@example.com", "ADA").await, ["username"]);
            assert_eq!(refused(&context, &owner, "username@example.com", "ada").await, ["email", "username"]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_deleted_account_keeps_its_address_and_username() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = create(&context, &owner, &named("ada@example.com", "ada"), &[]).await.unwrap();
            testing::bulk(&context, &owner, types::bulk::BulkAction::Delete, &[ada]).await;
            assert_eq!(refused(&context, &owner, "ada@example.com", "").await, ["email"]);
            assert_eq!(refused(&context, &owner, "other@example.com", "ada").await, ["username"]);
        })
        .await;
    }

    #[tokio::test]
    async fn all_wrong_fields_are_named_at_once() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let form = AccountForm {
                email: "a\u{0}@b.example".into(),
                username: "a b".into(),
                first_name: "\u{202E}".into(),
                last_name: "x".repeat(101),
                phone: "044".into(),
                ..AccountForm::default()
            };
            let error = create(&context, &owner, &form, &[]).await.unwrap_err();
            assert_eq!(wrong_fields(error), ["email", "first_name", "last_name", "phone", "username"]);
        })
        .await;
    }

    #[tokio::test]
    async fn puts_the_account_into_its_groups() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (one, two) = (testing::group(&context, "One", &[]).await, testing::group(&context, "Two", &[]).await);
            let id = create(&context, &owner, &testing::form("ada"), &[two, one, one]).await.unwrap();
            let rows = groups::of_user(&context.database, &owner, id).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
            assert_eq!(testing::events_of(&context, id, EventKind::GroupAdded).await, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn a_group_that_is_not_there_or_of_another_store_makes_nobody() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let foreign = testing::group(&context, "Foreign", &[]).await;
            let store = testing::another_store(&context).await;
            let transaction = context.database.begin().await.unwrap();
            let moved = group_rows::ActiveModel { store_id: Set(store), ..Default::default() };
            group_rows::Entity::update_many().set(moved).exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            for group in [foreign, GroupId(context.id())] {
                let refused = create(&context, &owner, &testing::form("ada"), &[group]).await;
                assert!(matches!(refused, Err(Error::NotFound("group"))));
            }
            assert_eq!(accounts::Entity::find().count(context.database.read()).await.unwrap(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn needs_add_users_everywhere() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            let confined = testing::staff_with(&context, &owner, "a", BuiltInRole::Administrator, Some(acme)).await;
            let desk = testing::staff_with(&context, &owner, "b", BuiltInRole::HelpDesk, None).await;
            for staff in [confined, desk] {
                let refused = create(&context, &staff, &testing::form("ada"), &[]).await;
                assert!(matches!(refused, Err(Error::NotAllowed(_))));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_with_one_address_one_is_added() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let form = testing::form("ada");
            let (one, other) = tokio::join!(create(&context, &owner, &form, &[]), create(&context, &owner, &form, &[]));
            let lost = [one, other].into_iter().filter_map(Result::err).map(wrong_fields).collect::<Vec<_>>();
            assert_eq!(lost, [["email"]]);
            let store = stores::default_store(context.database.read()).await.unwrap();
            assert_eq!(crate::users::counts::read(context.database.read(), store).await.unwrap().live(), 2);
        })
        .await;
    }
}
