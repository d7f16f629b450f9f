//! The order in which forms show the attributes of a store.

use db::entities::attributes;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::events::EventKind;
use types::{AttributeId, Permission, StoreId};

use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff, stores};

/// Puts all attributes of the store into this order. Needs **Change identity stores and their
/// attributes**.
///
/// # Errors
/// [`Error::Conflict`] when somebody has added or removed one meanwhile.
pub async fn order(context: &Context, staff: &Staff, store: StoreId, ids: &[AttributeId]) -> Result<()> {
    staff.require_everywhere(Permission::ManageStores)?;
    let transaction = context.database.begin().await?;
    let store = stores::locked(&transaction, store).await?;
    let rows = super::rows_of(&transaction, store.id, Some(crate::database::TO_CHANGE)).await?;
    let mut known: Vec<_> = rows.iter().map(|row| row.id).collect();
    if known == ids {
        return Ok(());
    }
    let mut wanted = ids.to_vec();
    known.sort();
    wanted.sort();
    if known != wanted {
        let message = "Somebody else has changed these attributes meanwhile. Please look at them again.";
        return Err(Error::Conflict(message.into()));
    }
    for (position, id) in (0_i64..).zip(ids) {
        attributes::Entity::update_many()
            .col_expr(attributes::Column::Position, position.into())
            .filter(attributes::Column::Id.eq(*id))
            .exec(&transaction)
            .await?;
    }
    let labels: Vec<_> =
        ids.iter().filter_map(|id| rows.iter().find(|row| row.id == *id)).map(|row| row.label.as_str()).collect();
    let event = Event::new(EventKind::AttributesOrdered).by(staff);
    let note = format!("{}: {}", store.name, labels.join(", "));
    events::write(&transaction, context, event.note(Some(&note))).await?;
    transaction.commit().await?;
    Ok(())
}
