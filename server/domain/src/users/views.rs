//! **Saved views** (U8): name the list as it is, open it again, share it, delete it.
//!
//! A view is a question, not an answer: whoever opens it asks it with their own authority.

use std::collections::HashMap;

use db::entities::{accounts, saved_views};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, SqlErr,
};
use types::events::EventKind;
use types::fold::fold;
use types::saved_views::{NAME_MOST, SavedView, SavedViewForm};
use types::text::line;
use types::user_list::{ListState, Position};
use types::{AccountId, OrganizationId, Permission, SavedViewId};

use crate::events::{self, Event};
use crate::{Context, Database, Error, Result, Scope, Staff};

/// Views that one person may keep.
const MOST: u64 = 200;
/// What one may take up.
const MOST_BYTES: usize = 16 * 1024;
/// Views that are listed.
const LISTED: u64 = 500;

/// One's own views and the shared ones, by name. Needs **View users**.
pub async fn list(database: &Database, staff: &Staff) -> Result<Vec<SavedView>> {
    let scope = staff.require(Permission::ViewUsers)?;
    let connection = database.read();
    let mut rows = saved_views::Entity::find()
        .filter(visible_to(staff))
        .order_by_desc(saved_views::Column::OwnerId.eq(staff.account))
        .order_by_asc(saved_views::Column::NameKey)
        .order_by_asc(saved_views::Column::Id)
        .limit(LISTED)
        .all(connection)
        .await?;
    rows.retain(|row| is_theirs_to_see(staff, &scope, row));
    rows.sort_by(|one, other| (&one.name_key, one.id).cmp(&(&other.name_key, other.id)));
    let owners = rows.iter().map(|row| row.owner_id).filter(|id| *id != staff.account);
    let names: HashMap<AccountId, String> = accounts::Entity::find()
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::Name])
        .filter(accounts::Column::Id.is_in(owners))
        .into_tuple::<(AccountId, String)>()
        .all(connection)
        .await?
        .into_iter()
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| SavedView {
            id: row.id,
            editable: may_change(staff, &row),
            owner: (row.owner_id != staff.account)
                .then(|| names.get(&row.owner_id).cloned().unwrap_or_else(|| "A former administrator".into())),
            state: read(&row.query),
            name: row.name,
            is_shared: row.is_shared,
            version: row.version,
        })
        .collect())
}

fn is_theirs_to_see(staff: &Staff, scope: &Scope, row: &saved_views::Model) -> bool {
    row.owner_id == staff.account || is_within(row, |place| scope.reaches(place))
}

/// What is only of another organization is not for somebody else's eyes, its name neither.
pub(crate) fn is_within(row: &saved_views::Model, reaches: impl Fn(OrganizationId) -> bool) -> bool {
    read(&row.query).filter.organization.is_none_or(reaches)
}

/// Keeps a state of the list under a name. Needs **View users**.
///
/// # Errors
/// At `name`, when it cannot be stored or the caller has a view of that name.
pub async fn save(context: &Context, staff: &Staff, form: &SavedViewForm) -> Result<SavedViewId> {
    staff.require(Permission::ViewUsers)?;
    let (name, query) = (parse_name(&form.name)?, write(&form.state)?);
    let transaction = context.database.begin().await?;
    let own = saved_views::Entity::find().filter(saved_views::Column::OwnerId.eq(staff.account));
    if own.count(&transaction).await? >= MOST {
        return Err(Error::Conflict(format!("You have {MOST} saved views already. Delete one first.")));
    }
    let id = SavedViewId(context.id());
    let row = saved_views::ActiveModel {
        id: Set(id),
        owner_id: Set(staff.account),
        name_key: Set(fold(&name)),
        name: Set(name.clone()),
        query: Set(query),
        is_shared: Set(form.is_shared),
        version: Set(1),
        created_at: Set(context.now()),
        updated_at: Set(context.now()),
    };
    saved_views::Entity::insert(row).exec_without_returning(&transaction).await.map_err(at_name)?;
    if form.is_shared {
        note(&transaction, context, staff, EventKind::SavedViewShared, &name).await?;
    }
    transaction.commit().await?;
    Ok(id)
}

/// Changes a view that the caller has seen in `version`: one's own, or a shared one with
/// **Change settings** everywhere.
///
/// # Errors
/// [`Error::NotFound`] for another's private view; [`Error::Conflict`] when somebody was faster.
pub async fn change(
    context: &Context,
    staff: &Staff,
    id: SavedViewId,
    form: &SavedViewForm,
    version: i64,
) -> Result<()> {
    let (name, query) = (parse_name(&form.name)?, write(&form.state)?);
    let transaction = context.database.begin().await?;
    let row = changeable(&transaction, staff, id).await?;
    let changed = saved_views::ActiveModel {
        name_key: Set(fold(&name)),
        name: Set(name.clone()),
        query: Set(query),
        is_shared: Set(form.is_shared),
        updated_at: Set(context.now()),
        ..Default::default()
    };
    let updated = saved_views::Entity::update_many()
        .set(changed)
        .col_expr(saved_views::Column::Version, Expr::col(saved_views::Column::Version).add(1))
        .filter(saved_views::Column::Id.eq(id))
        .filter(saved_views::Column::Version.eq(version))
        .exec(&transaction)
        .await
        .map_err(at_name)?;
    refuse_overtaken(updated.rows_affected)?;
    if form.is_shared || row.is_shared {
        note(&transaction, context, staff, EventKind::SavedViewShared, &name).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Deletes a view that the caller has seen in `version`; who may is as for [`change`].
///
/// # Errors
/// As [`change`].
pub async fn delete(context: &Context, staff: &Staff, id: SavedViewId, version: i64) -> Result<()> {
    let transaction = context.database.begin().await?;
    let row = changeable(&transaction, staff, id).await?;
    let deleted = saved_views::Entity::delete_many()
        .filter(saved_views::Column::Id.eq(id))
        .filter(saved_views::Column::Version.eq(version))
        .exec(&transaction)
        .await?;
    refuse_overtaken(deleted.rows_affected)?;
    if row.is_shared {
        note(&transaction, context, staff, EventKind::SavedViewDeleted, &row.name).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn visible_to(staff: &Staff) -> Condition {
    Condition::any().add(saved_views::Column::OwnerId.eq(staff.account)).add(saved_views::Column::IsShared.eq(true))
}

fn may_change(staff: &Staff, row: &saved_views::Model) -> bool {
    row.owner_id == staff.account || (row.is_shared && staff.holds(Permission::ManageSettings, None))
}

async fn changeable(connection: &impl ConnectionTrait, staff: &Staff, id: SavedViewId) -> Result<saved_views::Model> {
    let scope = staff.require(Permission::ViewUsers)?;
    let row = saved_views::Entity::find_by_id(id).filter(visible_to(staff)).one(connection).await?;
    let row = row.filter(|row| is_theirs_to_see(staff, &scope, row)).ok_or(Error::NotFound("view"))?;
    if may_change(staff, &row) {
        Ok(row)
    } else {
        Err(Error::not_allowed("This view is somebody else's. Save one of your own instead."))
    }
}

fn refuse_overtaken(rows: u64) -> Result<()> {
    if rows == 0 {
        return Err(Error::Conflict(
            "Somebody else has changed this view meanwhile. It is shown as it is now; nothing of yours was saved."
                .into(),
        ));
    }
    Ok(())
}

fn parse_name(name: &str) -> Result<String> {
    line(name, NAME_MOST).map_err(|why| Error::field("name", why))
}

fn at_name(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::field("name", "There is a view of this name already."),
        _ => error.into(),
    }
}

async fn note(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    kind: EventKind,
    name: &str,
) -> Result<()> {
    events::write(transaction, context, Event::new(kind).by(staff).note(Some(name))).await
}

/// As the URL has it, from the first page on: what a newer version does not know is left out, and what no reading
/// gives is not kept.
///
/// # Errors
/// At `name`, when it is too long.
fn write(state: &ListState) -> Result<String> {
    let state = ListState { position: Position::First, ..state.clone() };
    let pairs = state.to_pairs();
    let known = ListState::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))).0;
    let query = serde_json::to_string(&known.to_pairs()).unwrap_or_default();
    if query.len() > MOST_BYTES {
        return Err(Error::field("name", "This list has too many filters and columns to be kept."));
    }
    Ok(query)
}

fn read(query: &str) -> ListState {
    let pairs: Vec<(String, String)> = serde_json::from_str(query).unwrap_or_default();
    ListState::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))).0
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;
    use types::user_list::{Filter, ListColumn, StatusFilter};

    use super::*;
    use crate::testing::{self, wrong_fields};

    fn form(name: &str, is_shared: bool) -> SavedViewForm {
        let filter = Filter { q: "ada".into(), status: Some(StatusFilter::Disabled), ..Filter::default() };
        let columns = Some(vec![ListColumn::Name, ListColumn::Phone]);
        let position = Position::After("abc".into());
        SavedViewForm {
            name: name.into(),
            state: ListState { filter, columns, position, ..ListState::default() },
            is_shared,
        }
    }

    #[tokio::test]
    async fn a_shared_view_of_an_organization_is_for_those_who_reach_it() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (acme, other) = (
                testing::organization(&context, "Acme", &[]).await,
                testing::organization(&context, "Other", &[]).await,
            );
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            for (name, place) in [("Ours", acme), ("Theirs", other)] {
                let mut form = form(name, true);
                form.state.filter.organization = Some(place);
                save(&context, &owner, &form).await.unwrap();
            }
            let names = |views: Vec<SavedView>| views.into_iter().map(|view| view.name).collect::<Vec<_>>();
            assert_eq!(names(list(&context.database, &desk).await.unwrap()), ["Ours"]);
            assert_eq!(names(list(&context.database, &owner).await.unwrap()), ["Ours", "Theirs"]);
            let theirs = list(&context.database, &owner).await.unwrap()[1].id;
            assert!(matches!(delete(&context, &desk, theirs, 1).await, Err(Error::NotFound("view"))));
            // One's own stays one's own.
            let mut own = form("From before", false);
            own.state.filter.organization = Some(other);
            let id = save(&context, &desk, &own).await.unwrap();
            assert_eq!(names(list(&context.database, &desk).await.unwrap()), ["From before", "Ours"]);
            delete(&context, &desk, id, 1).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn a_view_comes_back_as_it_was_saved_from_its_first_page() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = save(&context, &owner, &form(" Left us ", false)).await.unwrap();
            let views = list(&context.database, &owner).await.unwrap();
            let expected = ListState { position: Position::First, ..form("", false).state };
            assert_eq!((views.len(), views[0].id, views[0].name.as_str()), (1, id, "Left us"));
            assert_eq!((&views[0].state, views[0].owner.as_ref(), views[0].editable), (&expected, None, true));
            let mut long = form("Long", false);
            long.state.filter.q = "q".repeat(1_000_000);
            long.state.columns = Some(vec![ListColumn::Attribute("a".repeat(500)); 500]);
            match save(&context, &owner, &long).await {
                Ok(id) => delete(&context, &owner, id, 1).await.unwrap(),
                Err(refused) => assert_eq!(wrong_fields(refused), ["name"]),
            }
            let kept = testing::dump(&context).await;
            assert!(kept.iter().all(|row| row.len() < 100_000));
            for (name, why) in [("LEFT US", "taken"), (" ", "empty"), (&"x".repeat(81), "long"), ("a\u{202E}b", "sign")]
            {
                let refused = save(&context, &owner, &form(name, false)).await.unwrap_err();
                assert_eq!(wrong_fields(refused), ["name"], "{why}");
            }
            delete(&context, &owner, id, 1).await.unwrap();
            assert!(list(&context.database, &owner).await.unwrap().is_empty());
            assert!(matches!(delete(&context, &owner, id, 1).await, Err(Error::NotFound("view"))));
        })
        .await;
    }

    #[tokio::test]
    async fn a_private_view_is_nobody_elses_and_a_shared_one_is_read_by_all() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 2, |at| testing::form(&format!("ada{at}"))).await;
            let acme = testing::organization(&context, "Acme", &ids[..1]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let private = save(&context, &owner, &form("Private", false)).await.unwrap();
            let mut everybody = form("Shared", true);
            everybody.state.filter = Filter { q: "ada".into(), ..Filter::default() };
            let shared = save(&context, &owner, &everybody).await.unwrap();
            let seen = list(&context.database, &desk).await.unwrap();
            assert_eq!(seen.iter().map(|view| (view.id, view.editable)).collect::<Vec<_>>(), [(shared, false)]);
            // Through a shared view one sees no more than one may.
            let page = crate::users::list(&context, &desk, &seen[0].state).await.unwrap();
            assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids[..1]);
            for id in [private, SavedViewId(context.id())] {
                assert!(matches!(change(&context, &desk, id, &everybody, 1).await, Err(Error::NotFound("view"))));
                assert!(matches!(delete(&context, &desk, id, 1).await, Err(Error::NotFound("view"))));
            }
            assert!(matches!(change(&context, &desk, shared, &everybody, 1).await, Err(Error::NotAllowed(_))));
            assert!(matches!(delete(&context, &desk, shared, 1).await, Err(Error::NotAllowed(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_who_edit_one_view_the_second_is_told() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let id = save(&context, &owner, &form("Leavers", true)).await.unwrap();
            change(&context, &admin, id, &form("Gone", true), 1).await.unwrap();
            let overtaken = change(&context, &owner, id, &form("Left", true), 1).await;
            assert!(matches!(overtaken, Err(Error::Conflict(_))));
            assert!(matches!(delete(&context, &owner, id, 1).await, Err(Error::Conflict(_))));
            let now = list(&context.database, &owner).await.unwrap();
            assert_eq!((now[0].name.as_str(), now[0].version), ("Gone", 2));
            change(&context, &owner, id, &form("Left", false), 2).await.unwrap();
            assert!(list(&context.database, &admin).await.unwrap().is_empty());
        })
        .await;
    }
}
