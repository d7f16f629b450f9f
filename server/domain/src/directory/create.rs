//! **Create group**, **Create organization**.

use sea_orm::ConnectionTrait;
use types::Permission;
use types::directory::{Unit, UnitForm, UnitKind};
use types::events::{EventKind, FieldChange};
use types::fold::fold;

use super::edit::check_parent;
use super::unit::{name_taken, statement, unit_of};
use crate::events::{self, Event};
use crate::{Context, Result, Staff, stores};

/// Groups begin in the store of the group around them, in the named one, or in the default one. Needs **Change groups
/// and organizations** everywhere.
///
/// # Errors
/// Every wrong field; a name that is taken; [`crate::Error::NotFound`] for a store that is not there.
pub async fn create(context: &Context, staff: &Staff, kind: UnitKind, form: &UnitForm) -> Result<Unit> {
    staff.require_everywhere(Permission::ManageDirectory)?;
    let form = form.parse()?;
    let id = context.id();
    let transaction = context.database.begin().await?;
    let (name, key, now) = (form.name.clone(), fold(&form.name), context.now());
    let insert = match kind {
        UnitKind::Organization => statement(
            &transaction,
            "INSERT INTO organizations (id, name, name_key, description, member_count, created_at) \
             VALUES ($1, $2, $3, $4, 0, $5)",
            [id.into(), name.into(), key.into(), form.description.clone().into(), now.into()],
        ),
        UnitKind::Group => {
            let store = match form.parent {
                Some(parent) => check_parent(&transaction, None, parent).await?,
                None => stores::named_or_default(&transaction, form.store).await?,
            };
            statement(
                &transaction,
                "INSERT INTO groups (id, store_id, name, name_key, description, created_at, parent_id) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    id.into(),
                    store.into(),
                    name.into(),
                    key.into(),
                    form.description.clone().into(),
                    now.into(),
                    form.parent.into(),
                ],
            )
        }
    };
    transaction.execute_raw(insert).await.map_err(name_taken(kind))?;
    let event = match kind {
        UnitKind::Group => EventKind::GroupCreated,
        UnitKind::Organization => EventKind::OrganizationCreated,
    };
    let changes = vec![FieldChange::new("name", None, Some(&form.name))];
    events::write(&transaction, context, Event::new(event).by(staff).changes(changes)).await?;
    transaction.commit().await?;
    Ok(unit_of(kind, id))
}
