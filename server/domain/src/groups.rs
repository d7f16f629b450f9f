//! Groups of an account (A3): which, which not, put in, take out; the last two for many at once too.

use std::collections::HashSet;

use db::entities::{accounts, group_memberships, groups};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, LockType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::accounts::GroupRow;
use types::events::{EventKind, FieldChange};
use types::fold::fold;
use types::{AccountId, GroupId, Permission, StoreId};

use crate::events::Event;
use crate::users::bulk::{ItemOutcome, Outcomes, done_or_skipped, everybody};
use crate::users::refuse_holding_more;
use crate::{Context, Database, Error, Result, Staff, events, stores};

/// Groups offered at once; a search narrows them.
const CHOICES: u64 = 100;
/// Groups that one request may name.
const NAMED_MOST: usize = 1_000;

fn row(group: groups::Model, since: Option<types::Timestamp>) -> GroupRow {
    GroupRow { id: group.id, name: group.name, description: group.description, since }
}

/// The groups that the account is in. Needs **View users** over it.
pub async fn of_user(database: &Database, staff: &Staff, id: AccountId) -> Result<Vec<GroupRow>> {
    let connection = database.read();
    staff.require(Permission::ViewUsers)?.account(connection, id).await?;
    let rows =
        group_memberships::Entity::find().filter(group_memberships::Column::AccountId.eq(id)).all(connection).await?;
    let mut named = Vec::new();
    for group in existing(connection, &rows.iter().map(|row| row.group_id).collect::<Vec<_>>()).await? {
        let since = rows.iter().find(|row| row.group_id == group.id).map(|row| row.added_at);
        named.push(row(group, since));
    }
    Ok(named)
}

/// Groups that the account is not in. Needs **Change the groups of users** over it.
pub async fn assignable(database: &Database, staff: &Staff, id: AccountId, q: &str) -> Result<Vec<GroupRow>> {
    let connection = database.read();
    let account = staff.require(Permission::ManageMemberships)?.account(connection, id).await?;
    let taken = Query::select()
        .column(group_memberships::Column::GroupId)
        .from(group_memberships::Entity)
        .and_where(Expr::col(group_memberships::Column::AccountId).eq(id))
        .to_owned();
    let rows = search(account.store_id, q).filter(groups::Column::Id.not_in_subquery(taken)).all(connection).await?;
    Ok(rows.into_iter().map(|group| row(group, None)).collect())
}

/// Groups of a store (`None`: the default one), for **Add user** and **Add to group**.
/// Needs **Change the groups of users**, or **Add users** everywhere.
pub async fn choices(database: &Database, staff: &Staff, store: Option<StoreId>, q: &str) -> Result<Vec<GroupRow>> {
    if staff.require(Permission::ManageMemberships).is_err() {
        staff.require_everywhere(Permission::CreateUsers)?;
    }
    let connection = database.read();
    let store = match store {
        Some(store) => store,
        None => stores::default_store(connection).await?,
    };
    Ok(search(store, q).all(connection).await?.into_iter().map(|group| row(group, None)).collect())
}

fn search(store: StoreId, q: &str) -> sea_orm::Select<groups::Entity> {
    let q: String = q.chars().filter(|c| !c.is_control()).collect();
    let q = fold(q.trim());
    let query = groups::Entity::find()
        .filter(groups::Column::StoreId.eq(store))
        .order_by_asc(groups::Column::NameKey)
        .limit(CHOICES);
    if q.is_empty() { query } else { query.filter(groups::Column::NameKey.like(containing(&q))) }
}

/// A pattern of LIKE in which nothing but the surrounding `%` is special.
fn containing(text: &str) -> LikeExpr {
    let literal = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{literal}%")).escape('\\')
}

/// Puts the account into the groups; those it is in already change nothing.
/// Needs **Change the groups of users** over it.
pub async fn assign(context: &Context, staff: &Staff, id: AccountId, into: &[GroupId]) -> Result<()> {
    let transaction = context.database.begin().await?;
    let account = staff.require(Permission::ManageMemberships)?.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let mut written = Vec::new();
    for group in of_store(&transaction, account.store_id, into).await? {
        let membership = group_memberships::ActiveModel {
            group_id: Set(group.id),
            account_id: Set(id),
            added_at: Set(context.now()),
            ..Default::default()
        };
        let added = group_memberships::Entity::insert(membership)
            .on_conflict_do_nothing()
            .exec_without_returning(&transaction)
            .await?;
        if was_inserted(&added) {
            written.push(event(EventKind::GroupAdded, staff, id, &group));
        }
    }
    events::write_all(&transaction, context, written).await?;
    transaction.commit().await?;
    Ok(())
}

/// Takes the account out of the groups; those it is not in change nothing.
/// Needs **Change the groups of users** over it.
pub async fn remove(context: &Context, staff: &Staff, id: AccountId, from: &[GroupId]) -> Result<()> {
    let transaction = context.database.begin().await?;
    staff.require(Permission::ManageMemberships)?.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let mut written = Vec::new();
    for group in existing(&transaction, from).await? {
        let removed = group_memberships::Entity::delete_by_id((group.id, id)).exec(&transaction).await?;
        if removed.rows_affected > 0 {
            written.push(event(EventKind::GroupRemoved, staff, id, &group));
        }
    }
    events::write_all(&transaction, context, written).await?;
    transaction.commit().await?;
    Ok(())
}

const GONE: &str = "the group is not there any more";

/// Puts many into one group, inside the caller's transaction.
pub(crate) async fn add_all(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    group: GroupId,
    chosen: &[accounts::Model],
) -> Result<Outcomes> {
    let Some(group) = staying(transaction, group).await? else {
        return Ok(everybody(chosen, &ItemOutcome::Failed(GONE)));
    };
    let already = members_among(transaction, group.id, chosen).await?;
    let (here, elsewhere): (Vec<_>, Vec<_>) = chosen.iter().partition(|row| row.store_id == group.store_id);
    let coming: HashSet<_> = here.iter().map(|row| row.id).filter(|id| !already.contains(id)).collect();
    if !coming.is_empty() {
        let rows = coming.iter().map(|id| group_memberships::ActiveModel {
            group_id: Set(group.id),
            account_id: Set(*id),
            added_at: Set(context.now()),
            ..Default::default()
        });
        group_memberships::Entity::insert_many(rows)
            .on_conflict_do_nothing()
            .exec_without_returning(transaction)
            .await?;
    }
    write_events(transaction, context, EventKind::GroupAdded, staff, &coming, &group).await?;
    let mut outcomes = done_or_skipped(chosen, &coming, "already in the group");
    let in_another = ItemOutcome::Skipped("the group belongs to another identity store");
    outcomes.extend(elsewhere.into_iter().map(|row| (row.id, in_another.clone())));
    Ok(outcomes)
}

/// Takes many out of one group, inside the caller's transaction.
pub(crate) async fn remove_all(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    group: GroupId,
    chosen: &[accounts::Model],
) -> Result<Outcomes> {
    let Some(group) = staying(transaction, group).await? else {
        return Ok(everybody(chosen, &ItemOutcome::Failed(GONE)));
    };
    let leaving = members_among(transaction, group.id, chosen).await?;
    group_memberships::Entity::delete_many()
        .filter(group_memberships::Column::GroupId.eq(group.id))
        .filter(group_memberships::Column::AccountId.is_in(leaving.iter().copied()))
        .exec(transaction)
        .await?;
    write_events(transaction, context, EventKind::GroupRemoved, staff, &leaving, &group).await?;
    Ok(done_or_skipped(chosen, &leaving, "not in the group"))
}

/// The group, when it is there; it then stays until the transaction ends.
async fn staying(transaction: &DatabaseTransaction, id: GroupId) -> Result<Option<groups::Model>> {
    Ok(groups::Entity::find_by_id(id).lock(LockType::KeyShare).one(transaction).await?)
}

async fn members_among(
    connection: &impl ConnectionTrait,
    group: GroupId,
    chosen: &[accounts::Model],
) -> Result<HashSet<AccountId>> {
    let members: Vec<AccountId> = group_memberships::Entity::find()
        .select_only()
        .column(group_memberships::Column::AccountId)
        .filter(group_memberships::Column::GroupId.eq(group))
        .filter(group_memberships::Column::AccountId.is_in(chosen.iter().map(|row| row.id)))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(members.into_iter().collect())
}

async fn write_events(
    connection: &impl ConnectionTrait,
    context: &Context,
    kind: EventKind,
    staff: &Staff,
    accounts: &HashSet<AccountId>,
    group: &groups::Model,
) -> Result<()> {
    let written = accounts.iter().map(|id| event(kind, staff, *id, group)).collect();
    events::write_all(connection, context, written).await
}

/// The name of a group that staff may put people into; for the title of a job.
pub(crate) async fn name_for_members(connection: &impl ConnectionTrait, id: GroupId) -> Result<String> {
    let group = groups::Entity::find_by_id(id).one(connection).await?;
    group.map(|group| group.name).ok_or(Error::NotFound("group"))
}

fn was_inserted(result: &sea_orm::TryInsertResult<u64>) -> bool {
    matches!(result, sea_orm::TryInsertResult::Inserted(rows) if *rows > 0)
}

fn distinct(ids: &[GroupId]) -> usize {
    ids.iter().collect::<HashSet<_>>().len()
}

/// The groups, by name.
///
/// # Errors
/// [`Error::NotFound`] when any is not there, or belongs to another store.
pub(crate) async fn of_store(
    connection: &impl ConnectionTrait,
    store: StoreId,
    ids: &[GroupId],
) -> Result<Vec<groups::Model>> {
    let found = existing(connection, ids).await?;
    if found.len() < distinct(ids) || found.iter().any(|group| group.store_id != store) {
        return Err(Error::NotFound("group"));
    }
    Ok(found)
}

/// Those of the groups that are there, by name.
async fn existing(connection: &impl ConnectionTrait, ids: &[GroupId]) -> Result<Vec<groups::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if ids.len() > NAMED_MOST {
        return Err(Error::not_allowed(format!("At most {NAMED_MOST} groups at once.")));
    }
    Ok(groups::Entity::find()
        .filter(groups::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(groups::Column::NameKey)
        .all(connection)
        .await?)
}

pub(crate) fn event(kind: EventKind, staff: &Staff, account: AccountId, group: &groups::Model) -> Event {
    let (old, new) = match kind {
        EventKind::GroupRemoved => (Some(group.name.as_str()), None),
        _ => (None, Some(group.name.as_str())),
    };
    Event::new(kind).by(staff).on(account).changes(vec![FieldChange::new("group", old, new)])
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    async fn names(context: &Context, staff: &Staff, id: AccountId) -> Vec<String> {
        let rows = of_user(&context.database, staff, id).await.unwrap();
        rows.into_iter().map(|row| row.name).collect()
    }

    #[tokio::test]
    async fn putting_in_and_taking_out_twice_is_one_event_each() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let one = testing::group(&context, "One", &[]).await;
            for _ in 0..2 {
                assign(&context, &owner, ada, &[one, one]).await.unwrap();
            }
            assert_eq!(names(&context, &owner, ada).await, ["One"]);
            assert_eq!(testing::events_of(&context, ada, EventKind::GroupAdded).await, 1);
            for _ in 0..2 {
                remove(&context, &owner, ada, &[one, GroupId(context.id())]).await.unwrap();
            }
            assert!(names(&context, &owner, ada).await.is_empty());
            assert_eq!(testing::events_of(&context, ada, EventKind::GroupRemoved).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_group_of_another_store_or_none_is_refused_and_nothing_changes() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let foreign = testing::group(&context, "Foreign", &[]).await;
            let store = testing::another_store(&context).await;
            let transaction = context.database.begin().await.unwrap();
            let moved = groups::ActiveModel { store_id: Set(store), ..Default::default() };
            groups::Entity::update_many().set(moved).exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            let one = testing::group(&context, "One", &[]).await;
            for wrong in [foreign, GroupId(context.id())] {
                let refused = assign(&context, &owner, ada, &[one, wrong]).await;
                assert!(matches!(refused, Err(Error::NotFound("group"))));
            }
            assert!(names(&context, &owner, ada).await.is_empty());
            let offered = assignable(&context.database, &owner, ada, "").await.unwrap();
            assert_eq!(offered.iter().map(|row| row.id).collect::<Vec<_>>(), [one]);
            assert_eq!(choices(&context.database, &owner, None, "").await.unwrap().len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn those_it_is_not_in_are_offered_by_any_part_of_the_name() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            for name in ["100% Équipe", "Back_office", "Sales\\West"] {
                testing::group(&context, name, &[]).await;
            }
            testing::group(&context, "Back team", &[ada]).await;
            let offered = async |q: &str| {
                let rows = assignable(&context.database, &owner, ada, q).await.unwrap();
                rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
            };
            assert_eq!(offered("").await.len(), 3);
            for (q, name) in [("EQUIP", 0), ("k_o", 1), ("s\\w", 2), ("0%", 0), (" back ", 1), ("%", 0), ("_", 1)] {
                assert_eq!(offered(q).await, [["100% Équipe", "Back_office", "Sales\\West"][name]], "{q}");
            }
            assert!(offered("%%").await.is_empty() && offered("'").await.is_empty());
            assert_eq!(offered("\0").await.len(), 3);
        })
        .await;
    }

    #[tokio::test]
    async fn needs_the_permission_over_the_account() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, eve) =
                (testing::user(&context, &owner, "ada").await, testing::user(&context, &owner, "eve").await);
            let one = testing::group(&context, "One", &[]).await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let auditor = testing::staff_with(&context, &owner, "audit", BuiltInRole::Auditor, None).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            assert!(matches!(assign(&context, &auditor, ada, &[one]).await, Err(Error::NotAllowed(_))));
            assert!(matches!(remove(&context, &auditor, ada, &[one]).await, Err(Error::NotAllowed(_))));
            assert!(matches!(assign(&context, &desk, eve, &[one]).await, Err(Error::NotFound("user"))));
            assert!(matches!(remove(&context, &desk, eve, &[one]).await, Err(Error::NotFound("user"))));
            assert!(matches!(choices(&context.database, &auditor, None, "").await, Err(Error::NotAllowed(_))));
            assign(&context, &desk, ada, &[one]).await.unwrap();
        })
        .await;
    }
}
