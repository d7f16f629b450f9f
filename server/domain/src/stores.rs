//! Identity stores (D1), and what every installation begins with.

mod create;
mod delete;
mod list;
mod rename;

use db::entities::{identity_stores, roles};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::permissions::BuiltInRole;
use types::{RoleId, StoreId};

use crate::database::TO_CHANGE;
use crate::{Error, Result, Roster};

pub use create::create;
pub use delete::delete;
pub use list::{list, view};
pub use rename::rename;

/// The default store and the built-in roles; brings the roles' permissions up to this version.
pub(crate) async fn ensure_foundation(roster: &Roster) -> Result<()> {
    let transaction = roster.database.begin().await?;
    let now = roster.now();
    if find_default(&transaction).await?.is_none() {
        let id = StoreId(roster.id());
        let store = identity_stores::ActiveModel {
            id: Set(id),
            name: Set("People".into()),
            is_default: Set(true),
            created_at: Set(now),
        };
        // Another process may be just as far; the one default store is the index's business.
        let either_way = OnConflict::new().do_nothing().to_owned();
        let insert = identity_stores::Entity::insert(store).on_conflict(either_way).try_insert();
        insert.exec_without_returning(&transaction).await?;
    }
    for role in BuiltInRole::ALL {
        let permissions: Vec<_> = role.permissions().into_iter().map(types::Permission::key).collect();
        let row = roles::ActiveModel {
            id: Set(RoleId(roster.id())),
            built_in: Set(Some(role.key().into())),
            name: Set(role.name().into()),
            description: Set(role.description().into()),
            permissions: Set(permissions.join(" ")),
            created_at: Set(now),
        };
        let again = OnConflict::column(roles::Column::BuiltIn)
            .update_columns([roles::Column::Description, roles::Column::Permissions])
            .to_owned();
        roles::Entity::insert(row).on_conflict(again).exec_without_returning(&transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn find_default(connection: &impl ConnectionTrait) -> Result<Option<identity_stores::Model>> {
    Ok(identity_stores::Entity::find().filter(identity_stores::Column::IsDefault.eq(true)).one(connection).await?)
}

/// The store that staff sign in from, and that lists show when none is named.
pub async fn default_store(connection: &impl ConnectionTrait) -> Result<StoreId> {
    find_default(connection)
        .await?
        .map(|store| store.id)
        .ok_or_else(|| Error::Internal("there is no default identity store: has the database been migrated?".into()))
}

/// The id of a role that every installation has.
pub async fn built_in_role(connection: &impl ConnectionTrait, role: BuiltInRole) -> Result<RoleId> {
    roles::Entity::find()
        .filter(roles::Column::BuiltIn.eq(role.key()))
        .one(connection)
        .await?
        .map(|row| row.id)
        .ok_or_else(|| Error::Internal(format!("the built-in role {} is missing", role.key())))
}

/// Every store.
pub(crate) async fn all(connection: &impl ConnectionTrait) -> Result<Vec<StoreId>> {
    let rows = identity_stores::Entity::find().all(connection).await?;
    Ok(rows.into_iter().map(|store| store.id).collect())
}

/// Whether there is such a store.
pub async fn exists(connection: &impl ConnectionTrait, id: StoreId) -> Result<bool> {
    Ok(identity_stores::Entity::find_by_id(id).one(connection).await?.is_some())
}

/// The named store, or the default one when none is named.
///
/// # Errors
/// [`Error::NotFound`] when there is no such store.
pub async fn named_or_default(connection: &impl ConnectionTrait, id: Option<StoreId>) -> Result<StoreId> {
    match id {
        Some(id) => Ok(find(connection, id).await?.id),
        None => default_store(connection).await,
    }
}

/// The store when it is there, or else the default one: what an old link shows.
pub(crate) async fn or_default(roster: &Roster, store: Option<StoreId>) -> Result<StoreId> {
    match store {
        Some(store) if exists(roster.database.read(), store).await? => Ok(store),
        _ => roster.default_store().await,
    }
}

/// Every store and its name, the default one first.
pub(crate) async fn named(connection: &impl ConnectionTrait) -> Result<Vec<(StoreId, String)>> {
    let rows = identity_stores::Entity::find()
        .order_by_desc(identity_stores::Column::IsDefault)
        .order_by_asc(identity_stores::Column::Name)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// One store.
///
/// # Errors
/// [`Error::NotFound`] when it is not there.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: StoreId) -> Result<identity_stores::Model> {
    identity_stores::Entity::find_by_id(id).one(connection).await?.ok_or(Error::NotFound("identity store"))
}

/// The same, locked until the transaction ends.
pub(crate) async fn locked(connection: &impl ConnectionTrait, id: StoreId) -> Result<identity_stores::Model> {
    let found = identity_stores::Entity::find_by_id(id).lock(TO_CHANGE).one(connection).await?;
    found.ok_or(Error::NotFound("identity store"))
}
