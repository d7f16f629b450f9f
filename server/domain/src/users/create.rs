//! **Add user** (A1).

use db::entities::{accounts, group_memberships};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};
use types::accounts::{AccountFields, AccountForm};
use types::events::{EventKind, FieldChange};
use types::{AccountId, GroupId, Permission, StoreId};

use super::{columns, counts};
use crate::events::{self, Event};
use crate::{Context, Result, Staff, groups, stores};

/// Adds an account to the default store and puts it into the groups. Needs **Add users**
/// everywhere, and **Change the groups of users** when groups are named.
///
/// # Errors
/// Every wrong field at once; `email` or `username` when somebody has it.
pub async fn create(context: &Context, staff: &Staff, form: &AccountForm, into: &[GroupId]) -> Result<AccountId> {
    staff.require_everywhere(Permission::CreateUsers)?;
    if !into.is_empty() {
        staff.require_everywhere(Permission::ManageMemberships)?;
    }
    let fields = form.parse()?;
    let transaction = context.database.begin().await?;
    let store = stores::default_store(&transaction).await?;
    let changes = as_changes(&fields);
    let id = insert(&transaction, context, store, fields).await?;
    let mut written = vec![Event::new(EventKind::AccountCreated).by(staff).on(id).changes(changes)];
    for group in groups::existing(&transaction, into).await? {
        let membership = group_memberships::ActiveModel {
            group_id: Set(group.id),
            account_id: Set(id),
            added_at: Set(context.now()),
        };
        group_memberships::Entity::insert(membership).exec_without_returning(&transaction).await?;
        written.push(groups::event(EventKind::GroupAdded, staff, id, &group));
    }
    events::write_all(&transaction, context, written).await?;
    transaction.commit().await?;
    Ok(id)
}

fn as_changes(fields: &AccountFields) -> Vec<FieldChange> {
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

/// The row and its count; the event is the caller's.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    fields: AccountFields,
) -> Result<AccountId> {
    let id = AccountId(context.id());
    let row = columns::new_row(id, store, &fields, context.now());
    accounts::Entity::insert(row).exec_without_returning(connection).await.map_err(columns::at_field)?;
    counts::apply(connection, store, counts::Change { live: 1, disabled: 0 }).await?;
    Ok(id)
}
