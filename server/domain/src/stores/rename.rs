//! Another name for an identity store.

use db::entities::identity_stores;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::events::{EventKind, FieldChange};
use types::{Permission, StoreId};

use super::create::{at_field, parsed, refuse_taken};
use super::locked;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff};

/// Renames what was called `before`. Needs **Change identity stores and their attributes**.
///
/// # Errors
/// At `name` when it cannot be stored or another store has it; [`Error::Conflict`] when somebody
/// else has renamed it meanwhile.
pub async fn rename(context: &Context, staff: &Staff, id: StoreId, before: &str, name: &str) -> Result<()> {
    staff.require_everywhere(Permission::ManageStores)?;
    let name = parsed(name)?;
    let transaction = context.database.begin().await?;
    let store = locked(&transaction, id).await?;
    if store.name == name {
        return Ok(());
    }
    if store.name != before {
        return Err(Error::Conflict(format!("Somebody else has renamed this store to “{}” meanwhile.", store.name)));
    }
    refuse_taken(&transaction, Some(id), &name).await?;
    identity_stores::Entity::update_many()
        .col_expr(identity_stores::Column::Name, name.clone().into())
        .filter(identity_stores::Column::Id.eq(id))
        .exec(&transaction)
        .await
        .map_err(at_field)?;
    let change = FieldChange::new("name", Some(&store.name), Some(&name));
    let event = Event::new(EventKind::StoreRenamed).by(staff).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}
