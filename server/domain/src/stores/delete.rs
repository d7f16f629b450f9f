//! An identity store goes when nobody is in it.

use db::entities::{account_counts, accounts, attributes, groups, identity_stores};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::{Permission, StoreId};

use super::locked;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff};

/// Deletes an empty store with its attributes. Needs **Change identity stores and their attributes**.
///
/// # Errors
/// [`Error::Conflict`] for the default store, and one that has accounts, deleted ones included, or
/// groups.
pub async fn delete(context: &Context, staff: &Staff, id: StoreId) -> Result<()> {
    staff.require_everywhere(Permission::ManageStores)?;
    let transaction = context.database.begin().await?;
    let store = locked(&transaction, id).await?;
    if store.is_default {
        return Err(Error::Conflict("The default identity store stays: staff sign in from it.".into()));
    }
    let in_store = accounts::Entity::find().filter(accounts::Column::StoreId.eq(id));
    if let Some(account) = in_store.one(&transaction).await? {
        let which = if account.deleted_at.is_some() { "deleted users" } else { "users" };
        return Err(Error::Conflict(format!("This identity store still has {which}; only an empty one can go.")));
    }
    if groups::Entity::find().filter(groups::Column::StoreId.eq(id)).one(&transaction).await?.is_some() {
        return Err(Error::Conflict("This identity store still has groups; only an empty one can go.".into()));
    }
    account_counts::Entity::delete_many().filter(account_counts::Column::StoreId.eq(id)).exec(&transaction).await?;
    attributes::Entity::delete_many().filter(attributes::Column::StoreId.eq(id)).exec(&transaction).await?;
    identity_stores::Entity::delete_by_id(id).exec(&transaction).await?;
    let event = Event::new(EventKind::StoreDeleted).by(staff).note(Some(&store.name));
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}
