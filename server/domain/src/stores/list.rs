//! The identity stores, and one of them with its attributes.

use db::entities::{attributes, identity_stores};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use types::stores::{AttributeRow, AttributeWork, StoreRow, StoreView};
use types::{Permission, StoreId};

use super::find;
use crate::users::counts;
use crate::{Database, Result, Staff};

/// Every store, the default one first. Needs **View users**; who sees only some organizations gets
/// no numbers.
pub async fn list(database: &Database, staff: &Staff) -> Result<Vec<StoreRow>> {
    let everywhere = staff.require(Permission::ViewUsers)?.is_everywhere();
    let connection = database.read();
    let stores = identity_stores::Entity::find()
        .order_by_desc(identity_stores::Column::IsDefault)
        .order_by_asc(identity_stores::Column::Name)
        .all(connection)
        .await?;
    let mut rows = Vec::with_capacity(stores.len());
    for store in stores {
        rows.push(row(connection, store, everywhere).await?);
    }
    Ok(rows)
}

async fn row(connection: &impl ConnectionTrait, store: identity_stores::Model, counted: bool) -> Result<StoreRow> {
    let of_store = attributes::Entity::find()
        .filter(attributes::Column::StoreId.eq(store.id))
        .filter(attributes::Column::RemovedAt.is_null());
    Ok(StoreRow {
        accounts: if counted { Some(counts::read(connection, store.id).await?.live()) } else { None },
        attributes: i64::try_from(of_store.count(connection).await?).unwrap_or(i64::MAX),
        id: store.id,
        name: store.name,
        is_default: store.is_default,
    })
}

/// One store with its attributes. Needs **View groups, organizations and roles** everywhere.
pub async fn view(database: &Database, staff: &Staff, id: StoreId) -> Result<StoreView> {
    staff.require_everywhere(Permission::ViewDirectory)?;
    let connection = database.read();
    let store = row(connection, find(connection, id).await?, true).await?;
    let rows = attributes::Entity::find()
        .filter(attributes::Column::StoreId.eq(id))
        .order_by_asc(attributes::Column::Position)
        .order_by_asc(attributes::Column::Id)
        .all(connection)
        .await?;
    let as_row = |row: attributes::Model| {
        let work = row.work_total.map(|total| AttributeWork { done: row.work_done.min(total), total });
        let removed = row.removed_at.is_some();
        Some(AttributeRow { definition: crate::attributes::definition(row)?, work, removed })
    };
    let attributes = rows.into_iter().filter_map(as_row).collect();
    Ok(StoreView { store, attributes, may_manage: staff.holds(Permission::ManageStores, None) })
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing::{self, wrong_fields};
    use crate::{Error, stores, users};

    #[tokio::test]
    async fn a_store_is_made_renamed_filled_and_only_deleted_when_empty() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = stores::create(&context, &owner, " Kunden Zürich ").await.unwrap();
            for taken in ["people", "KUNDEN ZURICH"] {
                assert_eq!(wrong_fields(stores::create(&context, &owner, taken).await.unwrap_err()), ["name"]);
            }
            assert_eq!(wrong_fields(stores::create(&context, &owner, " ").await.unwrap_err()), ["name"]);
            stores::rename(&context, &owner, id, "Kunden Zürich", "Customers").await.unwrap();
            let late = stores::rename(&context, &owner, id, "Kunden Zürich", "Clients").await;
            assert!(matches!(late, Err(Error::Conflict(_))));
            let form = testing::form("ada");
            let ada = users::create_in(&context, &owner, Some(id), &form, &[]).await.unwrap();
            // The same address in another store is another account.
            users::create(&context, &owner, &form, &[]).await.unwrap();
            let rows = list(&context.database, &owner).await.unwrap();
            let told: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.accounts, row.is_default)).collect();
            assert_eq!(told, [("People", Some(2), true), ("Customers", Some(1), false)]);
            assert!(matches!(stores::delete(&context, &owner, id).await, Err(Error::Conflict(_))));
            assert!(matches!(stores::delete(&context, &owner, rows[0].id).await, Err(Error::Conflict(_))));
            let transaction = context.database.begin().await.unwrap();
            db::entities::accounts::Entity::delete_by_id(ada).exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            stores::delete(&context, &owner, id).await.unwrap();
            assert!(matches!(view(&context.database, &owner, id).await, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn who_sees_one_organization_gets_no_numbers() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let rows = list(&context.database, &desk).await.unwrap();
            assert_eq!((rows.len(), rows[0].accounts), (1, None));
            assert!(matches!(view(&context.database, &desk, rows[0].id).await, Err(Error::NotAllowed(_))));
        })
        .await;
    }
}
