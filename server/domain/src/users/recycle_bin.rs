//! **Recycle bin** (U15): who was deleted, and when they are gone for good.

use db::entities::{accounts, events as event_rows};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::events::EventKind;
use types::recycle_bin::{DeletedUser, RecycleBinPage};
use types::{AccountId, Permission, StoreId, Timestamp};

use super::purge::wait_days;
use crate::database::count_up_to;
use crate::{Context, Error, Result, Staff, stores};

/// Rows on a page.
const PAGE_ROWS: usize = 50;
/// Counted no further than this.
const COUNT_MOST: i64 = 10_000;

/// A page of the deleted accounts of a store (`None`: the default one), the latest first.
/// Needs **View users**; shows only whom the caller's scope reaches.
///
/// `older`: the cursor of the page before; one that makes no sense begins at the latest.
pub async fn recycle_bin(
    context: &Context,
    staff: &Staff,
    store: Option<StoreId>,
    older: Option<&str>,
) -> Result<RecycleBinPage> {
    let scope = staff.require(Permission::ViewUsers)?;
    let connection = context.database.read();
    let store = match store {
        Some(store) if stores::exists(connection, store).await? => store,
        Some(_) => return Err(Error::NotFound("identity store")),
        None => stores::default_store(connection).await?,
    };
    let deleted = scope
        .accounts_and_deleted()
        .filter(accounts::Column::StoreId.eq(store))
        .filter(accounts::Column::DeletedAt.is_not_null());
    let count = count_up_to(connection, deleted.clone(), COUNT_MOST + 1).await?;
    let mut query = deleted
        .order_by_desc(accounts::Column::DeletedAt)
        .order_by_desc(accounts::Column::Id)
        .limit(PAGE_ROWS as u64 + 1);
    if let Some((at, id)) = older.and_then(read_cursor) {
        let column = |column| Expr::col((accounts::Entity, column));
        let position = Expr::tuple([column(accounts::Column::DeletedAt), column(accounts::Column::Id)]);
        query = query.filter(position.lt(Expr::tuple([Expr::val(at), Expr::val(id)])));
    }
    let mut rows = query.all(connection).await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let older = rows.last().filter(|_| more).and_then(|row| Some(format!("{}.{}", row.deleted_at?.0, row.id)));
    let wait = wait_days(connection, store).await?;
    let names = who_deleted(context, &rows).await?;
    let rows = rows
        .into_iter()
        .filter_map(|row| {
            let deleted_at = row.deleted_at?;
            Some(DeletedUser {
                deleted_by: names.iter().find(|(id, _)| *id == row.id).map(|(_, name)| name.clone()),
                id: row.id,
                name: row.name,
                email: row.email,
                deleted_at,
                purged_at: deleted_at.plus_seconds(wait * 24 * 60 * 60),
            })
        })
        .collect();
    Ok(RecycleBinPage {
        rows,
        count: Ord::min(count, COUNT_MOST),
        more_than_counted: count > COUNT_MOST,
        wait_days: wait,
        older,
    })
}

fn read_cursor(text: &str) -> Option<(Timestamp, AccountId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
}

/// The names of those who deleted these accounts, as the log knows.
async fn who_deleted(context: &Context, rows: &[accounts::Model]) -> Result<Vec<(AccountId, String)>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let connection = context.database.read();
    let mut actors: Vec<(Option<AccountId>, Option<AccountId>)> = event_rows::Entity::find()
        .select_only()
        .columns([event_rows::Column::SubjectId, event_rows::Column::ActorId])
        .filter(event_rows::Column::SubjectId.is_in(rows.iter().map(|row| row.id)))
        .filter(event_rows::Column::Kind.eq(EventKind::AccountDeleted.key()))
        .order_by_desc(event_rows::Column::At)
        .into_tuple()
        .all(connection)
        .await?;
    // The latest deletion of each.
    let mut seen = std::collections::HashSet::new();
    actors.retain(|(subject, _)| seen.insert(*subject));
    let names: Vec<(AccountId, String)> = accounts::Entity::find()
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::Name])
        .filter(accounts::Column::Id.is_in(actors.iter().filter_map(|(_, actor)| *actor)))
        .into_tuple()
        .all(connection)
        .await?;
    let name_of = |id: AccountId| names.iter().find(|(actor, _)| *actor == id).map(|(_, name)| name.clone());
    Ok(actors.into_iter().filter_map(|(subject, actor)| Some((subject?, name_of(actor?)?))).collect())
}

#[cfg(test)]
mod tests {
    use types::bulk::BulkAction;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn shows_the_deleted_within_reach_page_by_page() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 70, |at| testing::form(&format!("u{at:02}"))).await;
            let acme = testing::organization(&context, "Acme", &ids[..3]).await;
            testing::bulk(&context, &owner, BulkAction::Delete, &ids[..60]).await;
            let first = recycle_bin(&context, &owner, None, None).await.unwrap();
            assert_eq!((first.rows.len(), first.count, first.more_than_counted), (50, 60, false));
            assert_eq!(first.rows[0].deleted_by.as_deref(), Some("owner"));
            let seconds = (first.rows[0].purged_at.0 - first.rows[0].deleted_at.0) / 1000;
            assert_eq!(seconds, first.wait_days * 24 * 60 * 60);
            let second = recycle_bin(&context, &owner, None, first.older.as_deref()).await.unwrap();
            assert_eq!((second.rows.len(), second.older), (10, None));
            let all: std::collections::HashSet<_> = first.rows.iter().chain(&second.rows).map(|row| row.id).collect();
            assert_eq!(all.len(), 60);
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let theirs = recycle_bin(&context, &desk, None, None).await.unwrap();
            assert_eq!((theirs.rows.len(), theirs.count), (3, 3));
            let gone = recycle_bin(&context, &owner, Some(StoreId(context.id())), None).await;
            assert!(matches!(gone, Err(Error::NotFound(_))));
        })
        .await;
    }
}
