//! Removing an attribute (D1): what would be lost is told first; the values go by batches.

use db::entities::attributes;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::attributes::{AttributeLoss, AttributeOutcome};
use types::events::EventKind;
use types::{AttributeId, Permission};

use super::change::event;
use super::scan::scan;
use super::{definition, locked, work};
use crate::events;
use crate::{Context, Database, Error, Result, Staff, stores};

/// How many accounts would lose a value. Needs **Change identity stores and their attributes**.
pub async fn loss_of_removal(database: &Database, staff: &Staff, id: AttributeId) -> Result<AttributeLoss> {
    staff.require_everywhere(Permission::ManageStores)?;
    let row =
        attributes::Entity::find_by_id(id).filter(attributes::Column::RemovedAt.is_null()).one(database.read()).await?;
    let old = row.and_then(definition).ok_or(Error::NotFound("attribute"))?;
    Ok(scan(database, &old, None).await?.loss)
}

/// Removes what `version` was; its key is free again when all values have gone.
/// Needs **Change identity stores and their attributes**.
pub async fn remove(context: &Context, staff: &Staff, id: AttributeId, version: i64) -> Result<AttributeOutcome> {
    staff.require_everywhere(Permission::ManageStores)?;
    let transaction = context.database.begin().await?;
    let row = locked(&transaction, id).await?;
    if row.version != version {
        return Ok(AttributeOutcome::Conflict(definition(row).ok_or(Error::NotFound("attribute"))?));
    }
    let store = stores::find(&transaction, row.store_id).await?;
    attributes::Entity::update_many()
        .col_expr(attributes::Column::RemovedAt, context.now().into())
        .col_expr(attributes::Column::Version, (version + 1).into())
        .filter(attributes::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    work::begin(&transaction, context, id, row.store_id).await?;
    let event = event(EventKind::AttributeRemoved, staff, &store.name, &row.label);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    work::soon(context, id).await?;
    Ok(AttributeOutcome::Saved)
}
