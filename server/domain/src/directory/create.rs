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

/// Groups begin in the default store, or in that of the group around them. Needs **Change groups and
/// organizations** everywhere.
///
/// # Errors
/// Every wrong field; a name that is taken.
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
            let default = stores::default_store(&transaction).await?;
            let store = match form.parent {
                Some(parent) => check_parent(&transaction, None, parent).await?,
                None => default,
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
