//! One group or organization, with what the caller may do to it.

use sea_orm::FromQueryResult;
use types::GroupId;
use types::directory::{Unit, UnitName, UnitView};

use super::list::{members_of, path_of};
use super::unit::{COUNT_MOST, count, find, id_of, may_delete, may_edit, member_scope, require_sight, statement};
use crate::{Database, Result, Staff};

/// Groups directly in a group that are named.
const CHILDREN: u32 = 100;

/// Needs **View groups, organizations and roles**; an organization must be within reach.
pub async fn view(database: &Database, staff: &Staff, unit: Unit) -> Result<UnitView> {
    require_sight(staff, unit)?;
    let connection = database.read();
    let row = find(connection, unit).await?;
    let assignments = "SELECT 1 FROM role_assignments WHERE organization_id = $1";
    Ok(UnitView {
        unit,
        form: row.form(),
        version: row.version,
        created_at: row.created_at,
        path: path_of(connection, row.parent_id).await?,
        children: children_of(connection, unit).await?,
        assignments: count(connection, assignments, [row.id.into()], COUNT_MOST).await?,
        members: members_of(database, staff, unit.kind(), row.id, COUNT_MOST).await?,
        may_edit: may_edit(staff, unit),
        may_delete: may_delete(staff),
        may_change_members: member_scope(staff, unit).is_ok(),
    })
}

async fn children_of(connection: &impl sea_orm::ConnectionTrait, unit: Unit) -> Result<Vec<UnitName>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: GroupId,
        name: String,
    }
    if let Unit::Organization(_) = unit {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id, name FROM groups WHERE parent_id = $1 ORDER BY name_key LIMIT {CHILDREN}");
    let rows = Row::find_by_statement(statement(connection, sql, [id_of(unit).into()])).all(connection).await?;
    Ok(rows.into_iter().map(|row| UnitName { unit: Unit::Group(row.id), name: row.name }).collect())
}
