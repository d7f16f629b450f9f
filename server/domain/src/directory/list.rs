//! The groups or organizations that the caller may see, by name.

use sea_orm::{FromQueryResult, Value};
use types::directory::{UnitKind, UnitPage, UnitRow};
use types::user_list::{MatchCount, Position};
use types::{GroupId, Permission};
use uuid::Uuid;

use super::paging::{ROWS, Window};
use super::unit::{containing, count, list as literals, statement, unit_of, within, words};
use crate::authority::Reach;
use crate::{Database, Result, Staff};

/// Members of a row are counted no further than this: fifty rows are counted at once.
const COUNT_MOST: i64 = 1_000;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    name: String,
    name_key: String,
    description: String,
    parent: Option<String>,
    store: Option<String>,
}

/// A page, by any part of the name. Needs **View groups, organizations and roles**.
pub async fn list(
    database: &Database,
    staff: &Staff,
    kind: UnitKind,
    q: &str,
    position: &Position,
) -> Result<UnitPage> {
    let scope = staff.require(Permission::ViewDirectory)?;
    let connection = database.read();
    let table = words(kind).table;
    let window = Window::of(position);
    let (than, order) = window.order();
    let mut values: Vec<Value> = vec![containing(q).into()];
    let mut conditions = String::from("u.name_key LIKE $1 ESCAPE '\\'");
    if let (UnitKind::Organization, Reach::Organizations(ids)) = (kind, scope.reach()) {
        conditions += &format!(" AND u.id IN ({})", literals(ids.iter().map(|id| id.0), database.backend()));
    }
    if let Some(cursor) = window.cursor.clone() {
        values.extend([cursor.key.into(), cursor.id.into()]);
        conditions += &format!(" AND (u.name_key, u.id) {than} ($2, $3)");
    }
    let (parent, store, join) = match kind {
        UnitKind::Group => (
            "p.name",
            "s.name",
            "LEFT JOIN groups p ON p.id = u.parent_id LEFT JOIN identity_stores s ON s.id = u.store_id \
             AND EXISTS (SELECT 1 FROM identity_stores other WHERE other.id <> u.store_id)",
        ),
        UnitKind::Organization => ("NULL", "NULL", ""),
    };
    let sql = format!(
        "SELECT u.id, u.name, u.name_key, u.description, {parent} AS parent, {store} AS store FROM {table} u {join} \
         WHERE {conditions} ORDER BY u.name_key {order}, u.id {order} LIMIT {}",
        ROWS + 1
    );
    let rows = Row::find_by_statement(statement(connection, sql, values)).all(connection).await?;
    let (found, before, after) = window.cut(rows, |row| (row.id, row.name_key.clone()));
    let mut rows = Vec::new();
    for row in found {
        let unit = unit_of(kind, row.id);
        let members = members_of(database, staff, kind, row.id, COUNT_MOST).await?;
        let Row { name, description, parent, store, .. } = row;
        rows.push(UnitRow { unit, name, description, parent, store, members });
    }
    Ok(UnitPage { rows, before, after })
}

/// How many members the caller may see.
pub(super) async fn members_of(
    database: &Database,
    staff: &Staff,
    kind: UnitKind,
    id: Uuid,
    most: i64,
) -> Result<MatchCount> {
    let Ok(scope) = staff.require(Permission::ViewUsers) else { return Ok(MatchCount::Exactly(0)) };
    let words = words(kind);
    let sql = format!(
        "SELECT 1 FROM {} m JOIN accounts a ON a.id = m.account_id AND a.deleted_at IS NULL WHERE m.{} = $1{}",
        words.memberships,
        words.id,
        within(&scope, database.backend(), "a.id")
    );
    count(database.read(), &sql, [id.into()], most).await
}

/// At most a thousand groups by name, to choose the one around another from. Needs **View groups,
/// organizations and roles**.
pub async fn group_options(database: &Database, staff: &Staff) -> Result<Vec<types::directory::UnitName>> {
    #[derive(FromQueryResult)]
    struct Option {
        id: GroupId,
        name: String,
    }
    staff.require(Permission::ViewDirectory)?;
    let connection = database.read();
    let sql = "SELECT id, name FROM groups ORDER BY name_key LIMIT 1000";
    let rows = Option::find_by_statement(statement(connection, sql, [])).all(connection).await?;
    let named =
        |row: Option| types::directory::UnitName { unit: types::directory::Unit::Group(row.id), name: row.name };
    Ok(rows.into_iter().map(named).collect())
}

/// The groups around a group, the outermost first.
pub(super) async fn path_of(
    connection: &impl sea_orm::ConnectionTrait,
    mut parent: Option<GroupId>,
) -> Result<Vec<types::directory::UnitName>> {
    use types::directory::{Unit, UnitName};
    let mut path = Vec::new();
    while let Some(id) = parent
        && path.len() < super::edit::DEPTH_MOST
    {
        let group = super::unit::find(connection, Unit::Group(id)).await?;
        path.insert(0, UnitName { unit: Unit::Group(id), name: group.name });
        parent = group.parent_id;
    }
    Ok(path)
}
