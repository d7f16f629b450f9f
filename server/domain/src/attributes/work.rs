//! What a changed definition means for every account of the store: values that no longer fit go, the
//! index follows. In batches, each one transaction, that any node takes up where another stopped.

use db::entities::{account_attributes, accounts, attributes};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::attributes::AttributeDefinition;
use types::{AccountId, AttributeId, StoreId, Timestamp};

use super::scan::converted;
use super::{definition, read, values, write};
use crate::database::TO_CHANGE;
use crate::users::{columns, counts};
use crate::{Context, Result};

/// Accounts looked at in a batch: small enough that other writers wait less than 100 ms.
const BATCH: u64 = 500;
/// In a store of so many accounts the work is done before the answer.
const INLINE_MOST: i64 = 5_000;
/// Without a batch for this long the node is believed dead, and another goes on.
const LEASE_SECONDS: i64 = 30;

fn lease_until(context: &Context) -> Timestamp {
    context.now().plus_seconds(LEASE_SECONDS)
}

/// Notes in the transaction of the change that every account must be looked at.
pub(super) async fn begin(
    transaction: &DatabaseTransaction,
    context: &Context,
    id: AttributeId,
    store: StoreId,
) -> Result<()> {
    let total = counts::read(transaction, store).await?.live();
    let lease = if total <= INLINE_MOST { lease_until(context) } else { Timestamp(0) };
    attributes::Entity::update_many()
        .col_expr(attributes::Column::WorkTotal, total.into())
        .col_expr(attributes::Column::WorkDone, 0.into())
        .col_expr(attributes::Column::WorkAfter, Expr::val(None::<AccountId>))
        .col_expr(attributes::Column::LeasedUntil, lease.into())
        .filter(attributes::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Does the work at once in a small store; leaves it to the runner in a large one.
pub(super) async fn soon(context: &Context, id: AttributeId) -> Result<()> {
    let row = attributes::Entity::find_by_id(id).one(context.database.read()).await?;
    if row.is_some_and(|row| row.work_total.is_some_and(|total| total <= INLINE_MOST)) {
        work(context, id).await?;
    }
    Ok(())
}

/// Takes one attribute that nobody works on and does it to its end; gives whether there was one.
pub async fn run_open(context: &Context) -> Result<bool> {
    let Some(row) = attributes::Entity::find()
        .filter(attributes::Column::WorkTotal.is_not_null())
        .filter(attributes::Column::LeasedUntil.lt(context.now()))
        .order_by_asc(attributes::Column::LeasedUntil)
        .one(context.database.read())
        .await?
    else {
        return Ok(false);
    };
    let transaction = context.database.begin().await?;
    let taken = attributes::Entity::update_many()
        .col_expr(attributes::Column::LeasedUntil, lease_until(context).into())
        .filter(attributes::Column::Id.eq(row.id))
        .filter(attributes::Column::LeasedUntil.eq(row.leased_until))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    if taken.rows_affected > 0 {
        work(context, row.id).await?;
    }
    Ok(true)
}

async fn work(context: &Context, id: AttributeId) -> Result<()> {
    while !batch(context, id).await? {
        // Between two batches others may write; SQLite's lock is not fair by itself.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// One batch; gives whether the work is over.
async fn batch(context: &Context, id: AttributeId) -> Result<bool> {
    let transaction = context.database.begin().await?;
    let Some(seen) = attributes::Entity::find_by_id(id).one(&transaction).await? else { return Ok(true) };
    if seen.work_total.is_none() {
        return Ok(true);
    }
    let mut query = accounts::Entity::find()
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::AttributeValues])
        .filter(accounts::Column::StoreId.eq(seen.store_id))
        .order_by_asc(accounts::Column::Id)
        .limit(BATCH);
    if let Some(after) = seen.work_after {
        query = query.filter(accounts::Column::Id.gt(after));
    }
    let rows: Vec<(AccountId, Option<String>)> = query.into_tuple().all(&transaction).await?;
    let having: Vec<_> =
        rows.iter().filter(|(_, json)| read(json.as_deref()).contains_key(&seen.key)).map(|(id, _)| *id).collect();
    // Accounts first, then the attribute: as those do who store values.
    let locked = accounts::Entity::find()
        .filter(accounts::Column::Id.is_in(having))
        .order_by_asc(accounts::Column::Id)
        .lock(TO_CHANGE)
        .all(&transaction)
        .await?;
    let Some(row) = attributes::Entity::find_by_id(id).lock(TO_CHANGE).one(&transaction).await? else {
        return Ok(true);
    };
    if (row.version, row.work_after, row.work_total) != (seen.version, seen.work_after, seen.work_total) {
        // Changed again, or somebody else was here: look anew.
        return Ok(false);
    }
    let kept = definition(row).filter(|_| seen.removed_at.is_none());
    reconcile(&transaction, context, &seen, kept.as_ref(), &locked).await?;
    let over = (rows.len() as u64) < BATCH;
    if over && seen.removed_at.is_some() {
        attributes::Entity::delete_by_id(id).exec(&transaction).await?;
    } else {
        let total = if over { None } else { seen.work_total };
        let after = rows.last().map(|(id, _)| *id).or(seen.work_after);
        attributes::Entity::update_many()
            .col_expr(attributes::Column::WorkTotal, Expr::val(total))
            .col_expr(attributes::Column::WorkDone, Expr::col(attributes::Column::WorkDone).add(rows.len() as i64))
            .col_expr(attributes::Column::WorkAfter, Expr::val(after))
            .col_expr(attributes::Column::LeasedUntil, lease_until(context).into())
            .filter(attributes::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(over)
}

/// `kept`: the definition, unless it is being removed.
async fn reconcile(
    transaction: &DatabaseTransaction,
    context: &Context,
    attribute: &attributes::Model,
    kept: Option<&AttributeDefinition>,
    locked: &[accounts::Model],
) -> Result<()> {
    let mut index = Vec::new();
    for account in locked {
        let mut stored = read(account.attribute_values.as_deref());
        let Some(old) = stored.remove(&attribute.key) else { continue };
        let new = kept.and_then(|kept| converted(kept, &old));
        if let Some(definition) = kept.filter(|kept| kept.is_indexed()) {
            index.extend(values::rows(definition, account.id, new.as_deref()));
        }
        if new.as_ref() != Some(&old) {
            stored.extend(new.map(|new| (attribute.key.clone(), new)));
            accounts::Entity::update_many()
                .col_expr(accounts::Column::AttributeValues, Expr::val(write(&stored)))
                .col_expr(accounts::Column::UpdatedAt, context.now().into())
                .col_expr(accounts::Column::Version, columns::next_version())
                .filter(accounts::Column::Id.eq(account.id))
                .exec(transaction)
                .await?;
        }
    }
    account_attributes::Entity::delete_many()
        .filter(account_attributes::Column::AttributeId.eq(attribute.id))
        .filter(account_attributes::Column::AccountId.is_in(locked.iter().map(|account| account.id)))
        .exec(transaction)
        .await?;
    insert(transaction, index).await
}

/// A value that two accounts had before it had to be unique stays with both; from now on nobody
/// else gets it.
async fn insert(connection: &impl ConnectionTrait, rows: Vec<account_attributes::ActiveModel>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let either_way = || OnConflict::new().do_nothing().to_owned();
    let all = rows.iter().cloned();
    let first = account_attributes::Entity::insert_many(all).on_conflict(either_way());
    first.exec_without_returning(connection).await?;
    let again = rows
        .into_iter()
        .filter(|row| row.is_unique.is_set() && *row.is_unique.as_ref())
        .map(|row| account_attributes::ActiveModel { is_unique: Set(false), ..row })
        .collect::<Vec<_>>();
    if !again.is_empty() {
        let second = account_attributes::Entity::insert_many(again).on_conflict(either_way());
        second.exec_without_returning(connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::entities::account_attributes;
    use sea_orm::PaginatorTrait;
    use types::attributes::{AttributeForm, AttributeKind};

    use super::*;
    use crate::testing::{self, form_with};
    use crate::{Staff, attributes as all, stores, users};

    /// More than a batch of people with a value, and as many without.
    async fn crowd(context: &Context, owner: &Staff) -> (AttributeId, usize) {
        let id = testing::attribute(context, owner, "team", AttributeKind::Text, |_| {}).await;
        let count = BATCH as usize + 100;
        let people = testing::many(context, count * 2, |at| testing::form(&format!("p{at}"))).await;
        let transaction = context.database.begin().await.unwrap();
        accounts::Entity::update_many()
            .col_expr(accounts::Column::AttributeValues, r#"{"other":"x","team":"Alpha"}"#.into())
            .filter(accounts::Column::Id.is_in(people.into_iter().step_by(2)))
            .exec(&transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        (id, count)
    }

    /// As a change of a definition in a large store would leave it.
    async fn pending(context: &Context, id: AttributeId) {
        let store = stores::default_store(context.database.read()).await.unwrap();
        let transaction = context.database.begin().await.unwrap();
        begin(&transaction, context, id, store).await.unwrap();
        attributes::Entity::update_many()
            .col_expr(attributes::Column::LeasedUntil, 0.into())
            .col_expr(attributes::Column::Searchable, true.into())
            .exec(&transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    async fn rows(context: &Context) -> u64 {
        account_attributes::Entity::find().count(context.database.read()).await.unwrap()
    }

    #[tokio::test]
    async fn an_index_is_built_in_batches_and_taken_over() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (id, count) = crowd(&context, &owner).await;
            pending(&context, id).await;
            assert!(!all::definitions(&context.database, &owner, None).await.unwrap()[0].ready);
            assert!(!batch(&context, id).await.unwrap());
            let built = rows(&context).await;
            assert!(built > 0 && built < count as u64);
            // The node dies; its lease is still running.
            assert!(!run_open(&context).await.unwrap());
            context.clock.advance_seconds(LEASE_SECONDS + 1);
            let (one, two) = tokio::join!(run_open(&context), run_open(&context));
            assert!(one.unwrap() | two.unwrap());
            assert_eq!(rows(&context).await, count as u64);
            assert!(all::definitions(&context.database, &owner, None).await.unwrap()[0].ready);
            assert!(!run_open(&context).await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn a_removed_attribute_takes_its_values_along_and_then_frees_its_key() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (id, count) = crowd(&context, &owner).await;
            pending(&context, id).await;
            run_open(&context).await.unwrap();
            let loss = all::loss_of_removal(&context.database, &owner, id).await.unwrap();
            assert_eq!((loss.lost, loss.samples.as_slice()), (count as i64, ["Alpha".to_owned()].as_slice()));
            let store = stores::default_store(context.database.read()).await.unwrap();
            assert!(matches!(
                all::remove(&context, &owner, id, 7).await.unwrap(),
                types::attributes::AttributeOutcome::Conflict(_)
            ));
            all::remove(&context, &owner, id, 1).await.unwrap();
            assert_eq!(rows(&context).await, 0);
            let left = accounts::Entity::find().filter(accounts::Column::AttributeValues.contains("team"));
            assert_eq!(left.count(context.database.read()).await.unwrap(), 0);
            let others = accounts::Entity::find().filter(accounts::Column::AttributeValues.contains("other"));
            assert_eq!(others.count(context.database.read()).await.unwrap(), count as u64);
            let form = AttributeForm { key: "team".into(), label: "Team".into(), ..AttributeForm::default() };
            all::add(&context, &owner, store, &form).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn values_that_are_there_twice_stay_and_get_no_third() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (id, count) = crowd(&context, &owner).await;
            let transaction = context.database.begin().await.unwrap();
            attributes::Entity::update_many()
                .col_expr(attributes::Column::IsUnique, true.into())
                .exec(&transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            pending(&context, id).await;
            run_open(&context).await.unwrap();
            assert_eq!(rows(&context).await, count as u64);
            let refused = users::create(&context, &owner, &form_with("new", &[("team", "alpha")]), &[]).await;
            assert_eq!(testing::wrong_fields(refused.unwrap_err()), ["team"]);
        })
        .await;
    }

    #[tokio::test]
    async fn editing_meanwhile_is_not_undone() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (id, count) = crowd(&context, &owner).await;
            let ada = users::create(&context, &owner, &form_with("ada", &[("team", "Beta")]), &[]).await.unwrap();
            pending(&context, id).await;
            let form = form_with("ada", &[("team", "Gamma")]);
            let (worked, edited) = tokio::join!(work(&context, id), users::edit(&context, &owner, ada, &form, 1));
            worked.unwrap();
            edited.unwrap();
            assert_eq!(rows(&context).await, count as u64 + 1);
            let values = all::values_of(context.database.read(), &[ada]).await.unwrap().remove(&ada).unwrap();
            assert_eq!(values.get("team").map(String::as_str), Some("Gamma"));
        })
        .await;
    }
}
