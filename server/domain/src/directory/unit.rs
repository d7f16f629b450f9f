//! What groups and organizations have in common: their columns, and who may see and change them.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, SqlErr, Statement, Value};
use types::directory::{Unit, UnitForm, UnitKind};
use types::user_list::MatchCount;
use types::{GroupId, OrganizationId, Permission, StoreId, Timestamp};
use uuid::Uuid;

use crate::authority::Reach;
use crate::{Error, Result, Scope, Staff};

/// Members and assignments are counted no further than this.
pub const COUNT_MOST: i64 = 10_000;

/// A group or organization as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    pub id: Uuid,
    pub name: String,
    pub description: String,
    pub version: i64,
    pub created_at: Timestamp,
    pub parent_id: Option<GroupId>,
    /// Organizations take people of any store.
    pub store_id: Option<StoreId>,
}

impl Row {
    pub fn form(&self) -> UnitForm {
        UnitForm { name: self.name.clone(), description: self.description.clone(), parent: self.parent_id, store: None }
    }
}

/// How the database calls them.
pub struct Words {
    pub table: &'static str,
    pub columns: &'static str,
    pub memberships: &'static str,
    pub id: &'static str,
}

pub fn words(kind: UnitKind) -> Words {
    match kind {
        UnitKind::Group => Words {
            table: "groups",
            columns: "id, name, description, version, created_at, parent_id, store_id",
            memberships: "group_memberships",
            id: "group_id",
        },
        UnitKind::Organization => Words {
            table: "organizations",
            columns: "id, name, description, version, created_at, NULL AS parent_id, NULL AS store_id",
            memberships: "organization_memberships",
            id: "organization_id",
        },
    }
}

pub fn id_of(unit: Unit) -> Uuid {
    match unit {
        Unit::Group(id) => id.0,
        Unit::Organization(id) => id.0,
    }
}

pub fn unit_of(kind: UnitKind, id: Uuid) -> Unit {
    match kind {
        UnitKind::Group => Unit::Group(GroupId(id)),
        UnitKind::Organization => Unit::Organization(OrganizationId(id)),
    }
}

pub fn statement(
    connection: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// The lock of a row that is about to change; SQLite's writer has the whole file.
pub fn to_change(connection: &impl ConnectionTrait) -> &'static str {
    if connection.get_database_backend() == DbBackend::Sqlite { "" } else { " FOR NO KEY UPDATE" }
}

/// The row, for reading.
pub async fn find(connection: &impl ConnectionTrait, unit: Unit) -> Result<Row> {
    read(connection, unit, "").await
}

/// The row, locked until the transaction ends.
pub async fn locked(connection: &impl ConnectionTrait, unit: Unit) -> Result<Row> {
    read(connection, unit, to_change(connection)).await
}

async fn read(connection: &impl ConnectionTrait, unit: Unit, lock: &str) -> Result<Row> {
    let Words { table, columns, .. } = words(unit.kind());
    let sql = format!("SELECT {columns} FROM {table} WHERE id = $1{lock}");
    let row = Row::find_by_statement(statement(connection, sql, [id_of(unit).into()])).one(connection).await?;
    row.ok_or(Error::NotFound(unit.kind().word()))
}

/// Groups are for everybody who sees the directory; organizations for those who reach them.
///
/// # Errors
/// [`Error::NotFound`] for an organization out of reach, as for one that is not there.
pub fn require_sight(staff: &Staff, unit: Unit) -> Result<()> {
    let scope = staff.require(Permission::ViewDirectory)?;
    if reaches(&scope, unit) { Ok(()) } else { Err(Error::NotFound(unit.kind().word())) }
}

fn reaches(scope: &Scope, unit: Unit) -> bool {
    match (scope.reach(), unit) {
        (Reach::Everywhere, _) | (_, Unit::Group(_)) => true,
        (Reach::Organizations(organizations), Unit::Organization(id)) => organizations.contains(&id),
    }
}

/// Whether the caller may change the unit itself: a group belongs to everybody, so to nobody whose
/// authority ends at an organization.
pub fn may_edit(staff: &Staff, unit: Unit) -> bool {
    match unit {
        Unit::Group(_) => staff.holds(Permission::ManageDirectory, None),
        Unit::Organization(id) => staff.holds(Permission::ManageDirectory, Some(id)),
    }
}

/// Creating and deleting concern everybody.
pub fn may_delete(staff: &Staff) -> bool {
    staff.holds(Permission::ManageDirectory, None)
}

/// Whose members: organizations give authority over people, so changing them needs more.
pub fn member_permission(kind: UnitKind) -> Permission {
    match kind {
        UnitKind::Group => Permission::ManageMemberships,
        UnitKind::Organization => Permission::ManageDirectory,
    }
}

/// The accounts that the caller may put in and take out.
///
/// # Errors
/// [`Error::NotFound`] for what the caller does not see; [`Error::NotAllowed`] for what they may not.
pub fn member_scope(staff: &Staff, unit: Unit) -> Result<Scope> {
    require_sight(staff, unit)?;
    let scope = staff.require(member_permission(unit.kind()))?;
    if reaches(&scope, unit) {
        Ok(scope)
    } else {
        Err(Error::not_allowed("You may not change the members of this organization."))
    }
}

/// The error at its field when a unique index refused the name.
pub fn name_taken(kind: UnitKind) -> impl Fn(DbErr) -> Error {
    let article = if kind == UnitKind::Group { "a" } else { "an" };
    move |error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Error::field("name", format!("There is already {article} {} with this name.", kind.word()))
        }
        _ => error.into(),
    }
}

/// How many rows a query gives, no further than `most`.
pub async fn count(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
    most: i64,
) -> Result<MatchCount> {
    let sql = format!("SELECT COUNT(*) AS found FROM ({sql} LIMIT {}) AS found", most + 1);
    let row = connection.query_one_raw(statement(connection, sql, values)).await?;
    let found: i64 = row.map(|row| row.try_get("", "found")).transpose()?.unwrap_or_default();
    Ok(if found > most { MatchCount::MoreThan(most) } else { MatchCount::Exactly(found) })
}

/// A pattern of `LIKE … ESCAPE '\'` in which nothing but the surrounding `%` is special.
pub fn containing(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let text = types::fold::fold(text.trim());
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// `AND` the account is within the scope; the organizations' ids are written out, being ids.
pub fn within(scope: &Scope, backend: DbBackend, account: &str) -> String {
    match scope.reach() {
        Reach::Everywhere => String::new(),
        Reach::Organizations(organizations) => format!(
            " AND EXISTS (SELECT 1 FROM organization_memberships reach WHERE reach.account_id = {account} \
             AND reach.organization_id IN ({}))",
            list(organizations.iter().map(|id| id.0), backend)
        ),
    }
}

/// Ids as literals.
pub fn list(ids: impl Iterator<Item = Uuid>, backend: DbBackend) -> String {
    let literal = |id: Uuid| match backend {
        DbBackend::Sqlite => format!("X'{}'", id.simple()),
        _ => format!("'{id}'"),
    };
    ids.map(literal).collect::<Vec<_>>().join(", ")
}
