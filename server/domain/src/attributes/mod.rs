//! Attributes that a store has beyond the built-in fields (D1): how they are defined, what accounts
//! have in them, and how accounts are found by them.

mod change;
mod order;
mod remove;
mod scan;
pub mod search;
mod values;
mod work;

use std::collections::{HashMap, HashSet};

use db::entities::{accounts, attributes};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::attributes::{AttributeDefinition, AttributeKind, Values};
use types::{AccountId, AttributeId, Permission, StoreId};

use crate::{Database, Error, Result, Staff, stores};

pub(crate) use change::insert_for_seed;
pub use change::{add, change};
pub use order::order;
pub use remove::{loss_of_removal, remove};
pub(crate) use values::holders;
pub use values::{Attributes, Editor, read, write};
pub use work::run_open;

/// The attributes of a store that the console shows, in their order; of the default store when none
/// is named. Needs **View users**.
///
/// # Errors
/// [`Error::NotFound`] when there is no such store.
pub async fn definitions(
    database: &Database,
    staff: &Staff,
    store: Option<StoreId>,
) -> Result<Vec<AttributeDefinition>> {
    staff.require(Permission::ViewUsers)?;
    let connection = database.read();
    let store = stores::named_or_default(connection, store).await?;
    Ok(of_store(connection, store).await?.into_iter().filter(|one| one.console_visible).collect())
}

/// The values of these accounts. Whoever asks shows only what its reader may see: see
/// [`AttributeDefinition::console_visible`].
pub async fn values_of(connection: &impl ConnectionTrait, ids: &[AccountId]) -> Result<HashMap<AccountId, Values>> {
    let rows: Vec<(AccountId, Option<String>)> = accounts::Entity::find()
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::AttributeValues])
        .filter(accounts::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|(id, json)| (id, read(json.as_deref()))).collect())
}

/// Every attribute of a store, in their order, whoever may see it.
pub async fn of_store(connection: &impl ConnectionTrait, store: StoreId) -> Result<Vec<AttributeDefinition>> {
    Ok(rows_of(connection, store, None).await?.into_iter().filter_map(definition).collect())
}

/// What the console shows of no store, or not of all: values under these keys are not told.
pub(crate) async fn hidden_keys(connection: &impl ConnectionTrait) -> Result<HashSet<String>> {
    let keys: Vec<String> = attributes::Entity::find()
        .select_only()
        .column(attributes::Column::Key)
        .filter(attributes::Column::ConsoleVisible.eq(false))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(keys.into_iter().collect())
}

/// The keys of other stores' attributes that this one has none under.
pub(crate) async fn keys_of_others(connection: &impl ConnectionTrait, store: StoreId) -> Result<HashSet<String>> {
    let rows: Vec<(String, StoreId)> = attributes::Entity::find()
        .select_only()
        .columns([attributes::Column::Key, attributes::Column::StoreId])
        .filter(attributes::Column::RemovedAt.is_null())
        .into_tuple()
        .all(connection)
        .await?;
    let (own, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, of)| *of == store);
    let mut others: HashSet<_> = others.into_iter().map(|(key, _)| key).collect();
    for (key, _) in &own {
        others.remove(key);
    }
    Ok(others)
}

/// Those that are not removed. `lock`: until the transaction ends nobody changes them.
async fn rows_of(
    connection: &impl ConnectionTrait,
    store: StoreId,
    lock: Option<LockType>,
) -> Result<Vec<attributes::Model>> {
    let mut query = attributes::Entity::find()
        .filter(attributes::Column::StoreId.eq(store))
        .filter(attributes::Column::RemovedAt.is_null())
        .order_by_asc(attributes::Column::Position)
        .order_by_asc(attributes::Column::Id);
    if let Some(lock) = lock {
        query = query.lock(lock);
    }
    Ok(query.all(connection).await?)
}

/// `None` for a kind that a newer version has written.
pub(crate) fn definition(row: attributes::Model) -> Option<AttributeDefinition> {
    Some(AttributeDefinition {
        id: row.id,
        store: row.store_id,
        kind: AttributeKind::from_key(&row.kind)?,
        key: row.key,
        label: row.label,
        choices: row.choices.lines().map(str::to_owned).collect(),
        hint: row.hint,
        required: row.required,
        unique: row.is_unique,
        pattern: row.pattern,
        console_visible: row.console_visible,
        console_editable: row.console_editable,
        holder_visible: row.holder_visible,
        holder_editable: row.holder_editable,
        searchable: row.searchable,
        section: row.section,
        version: row.version,
        ready: row.work_total.is_none(),
    })
}

/// One that is there, locked until the transaction ends.
async fn locked(connection: &impl ConnectionTrait, id: AttributeId) -> Result<attributes::Model> {
    attributes::Entity::find_by_id(id)
        .filter(attributes::Column::RemovedAt.is_null())
        .lock(crate::database::TO_CHANGE)
        .one(connection)
        .await?
        .ok_or(Error::NotFound("attribute"))
}
