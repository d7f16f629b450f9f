//! A new identity store.

use db::entities::identity_stores;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, SqlErr};
use types::events::EventKind;
use types::fold::fold;
use types::text::line;
use types::{Permission, StoreId};

use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff};

/// Characters of a store's name.
const NAME_MOST: usize = 80;

/// Adds an empty store. Needs **Change identity stores and their attributes**.
///
/// # Errors
/// At `name` when it cannot be stored or another store has it.
pub async fn create(context: &Context, staff: &Staff, name: &str) -> Result<StoreId> {
    staff.require_everywhere(Permission::ManageStores)?;
    let name = parsed(name)?;
    let transaction = context.database.begin().await?;
    refuse_taken(&transaction, None, &name).await?;
    let id = StoreId(context.id());
    let store = identity_stores::ActiveModel {
        id: Set(id),
        name: Set(name.clone()),
        is_default: Set(false),
        created_at: Set(context.now()),
    };
    identity_stores::Entity::insert(store).exec_without_returning(&transaction).await.map_err(at_field)?;
    events::write(&transaction, context, Event::new(EventKind::StoreCreated).by(staff).note(Some(&name))).await?;
    transaction.commit().await?;
    Ok(id)
}

pub(super) fn parsed(name: &str) -> Result<String> {
    line(name, NAME_MOST).map_err(|message| Error::field("name", message))
}

/// The index knows plain letters only; this knows the others.
pub(super) async fn refuse_taken(connection: &impl ConnectionTrait, id: Option<StoreId>, name: &str) -> Result<()> {
    let stores = identity_stores::Entity::find().all(connection).await?;
    if stores.iter().any(|store| Some(store.id) != id && fold(&store.name) == fold(name)) {
        return Err(taken());
    }
    Ok(())
}

pub(super) fn at_field(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => taken(),
        _ => error.into(),
    }
}

fn taken() -> Error {
    Error::field("name", "There is an identity store of this name already.")
}
