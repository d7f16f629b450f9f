//! Roles as sets of permissions (D4). Nobody puts a permission they lack into a role, nor changes a
//! role that holds one they lack (D6): authority cannot be made out of nothing.

use db::entities::{accounts, role_assignments};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    QueryTrait, Value,
};
use types::directory::{HolderPage, HolderRow, RoleForm, RoleRow, RoleView, Saved};
use types::events::{EventKind, FieldChange};
use types::permissions::BuiltInRole;
use types::user_list::{MatchCount, Position};
use types::{AccountId, Permission, RoleAssignmentId, RoleId, Timestamp};

use super::paging::{ROWS, Window};
use super::unit::{COUNT_MOST, count, list as literals, statement, to_change, within};
use crate::authority::{Reach, holding_more};
use crate::events::{self, Event};
use crate::{Context, Database, Error, Result, Staff, links, sessions};

/// Assignments of a row of the list are counted no further than this.
const LIST_COUNT_MOST: i64 = 1_000;
/// A role held more often is taken from its holders first.
const DELETED_MOST: usize = 1_000;

#[derive(FromQueryResult)]
struct Row {
    id: RoleId,
    built_in: Option<String>,
    name: String,
    description: String,
    permissions: String,
    requires_second_factor: bool,
    created_at: Timestamp,
    version: i64,
}

const COLUMNS: &str = "id, built_in, name, description, permissions, requires_second_factor, created_at, version";

impl Row {
    fn form(&self) -> RoleForm {
        RoleForm {
            name: self.name.clone(),
            description: self.description.clone(),
            permissions: read_permissions(&self.permissions),
            requires_second_factor: self.requires_second_factor,
        }
    }

    /// Whether the caller holds, everywhere, all that the role gives; a key that this version does
    /// not know is held by nobody.
    fn is_within(&self, staff: &Staff) -> bool {
        self.permissions
            .split_whitespace()
            .all(|key| Permission::from_key(key).is_some_and(|permission| staff.holds(permission, None)))
    }
}

fn read_permissions(keys: &str) -> Vec<Permission> {
    let mut permissions: Vec<_> = keys.split_whitespace().filter_map(Permission::from_key).collect();
    permissions.sort();
    permissions
}

fn write_permissions(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.key()).collect::<Vec<_>>().join(" ")
}

/// Every role, the built-in ones first. Needs **View groups, organizations and roles**.
pub async fn list(database: &Database, staff: &Staff) -> Result<Vec<RoleRow>> {
    staff.require(Permission::ViewDirectory)?;
    let connection = database.read();
    let sql = format!("SELECT {COLUMNS} FROM roles ORDER BY name LIMIT 1000");
    let mut found = Row::find_by_statement(statement(connection, sql, [])).all(connection).await?;
    found.sort_by_key(|row| {
        let place = |key: &String| BuiltInRole::ALL.iter().position(|role| role.key() == key);
        row.built_in.as_ref().and_then(place).unwrap_or(usize::MAX)
    });
    let mut rows = Vec::new();
    for row in found {
        let holders = count_holders(database, staff, row.id, LIST_COUNT_MOST).await?;
        rows.push(RoleRow {
            id: row.id,
            built_in: row.built_in.is_some(),
            permissions: read_permissions(&row.permissions),
            requires_second_factor: row.requires_second_factor,
            name: row.name,
            description: row.description,
            holders,
        });
    }
    Ok(rows)
}

/// One role. Needs **View groups, organizations and roles**.
pub async fn view(database: &Database, staff: &Staff, id: RoleId) -> Result<RoleView> {
    staff.require(Permission::ViewDirectory)?;
    let row = find(database.read(), id, "").await?;
    let may_require = staff.holds(Permission::ManageRoles, None) && row.is_within(staff);
    Ok(RoleView {
        id,
        holders: count_holders(database, staff, id, COUNT_MOST).await?,
        form: row.form(),
        version: row.version,
        built_in: row.built_in.is_some(),
        created_at: row.created_at,
        grantable: grantable(staff),
        may_edit: row.built_in.is_none() && may_require,
        may_require,
    })
}

/// The permissions that the caller may put into a new role. Needs **Create and change roles**.
pub fn grantable_of(staff: &Staff) -> Result<Vec<Permission>> {
    staff.require_everywhere(Permission::ManageRoles)?;
    Ok(grantable(staff))
}

fn grantable(staff: &Staff) -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|permission| staff.holds(*permission, None)).collect()
}

async fn find(connection: &impl ConnectionTrait, id: RoleId, lock: &str) -> Result<Row> {
    let sql = format!("SELECT {COLUMNS} FROM roles WHERE id = $1{lock}");
    let row = Row::find_by_statement(statement(connection, sql, [id.into()])).one(connection).await?;
    row.ok_or(Error::NotFound("role"))
}

/// Refuses what the caller lacks, by name.
fn refuse_lacking(staff: &Staff, permissions: &[Permission]) -> Result<()> {
    match permissions.iter().find(|permission| !staff.holds(**permission, None)) {
        None => Ok(()),
        Some(lacking) => Err(Error::not_allowed(format!(
            "You do not hold “{}” everywhere, so you cannot put it into a role.",
            lacking.label()
        ))),
    }
}

/// Needs **Create and change roles** everywhere, and every permission of the role.
pub async fn create(context: &Context, staff: &Staff, form: &RoleForm) -> Result<RoleId> {
    staff.require_everywhere(Permission::ManageRoles)?;
    let form = form.parse()?;
    refuse_lacking(staff, &form.permissions)?;
    let id = RoleId(context.id());
    let transaction = context.database.begin().await?;
    let insert = statement(
        &transaction,
        "INSERT INTO roles (id, name, description, permissions, created_at, requires_second_factor) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        [
            id.into(),
            form.name.clone().into(),
            form.description.clone().into(),
            write_permissions(&form.permissions).into(),
            context.now().into(),
            form.requires_second_factor.into(),
        ],
    );
    transaction.execute_raw(insert).await.map_err(name_taken)?;
    let changes = differences(&RoleForm::default(), &form);
    events::write(&transaction, context, Event::new(EventKind::RoleCreated).by(staff).changes(changes)).await?;
    transaction.commit().await?;
    Ok(id)
}

fn name_taken(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => {
            Error::field("name", "There is already a role with this name.")
        }
        _ => error.into(),
    }
}

/// Saves an edit that began from `version`; whoever holds the role has the new permissions from their
/// next request on; sessions without a second factor that is required now end, but for the caller's own. Needs
/// **Create and change roles** everywhere. Of a built-in role only that is chosen.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] for all else of a built-in role, and when the caller lacks a
/// permission that the role has or is to have.
pub async fn edit(
    context: &Context,
    staff: &Staff,
    id: RoleId,
    form: &RoleForm,
    version: i64,
) -> Result<Saved<RoleForm>> {
    staff.require_everywhere(Permission::ManageRoles)?;
    staff.require_recent_proof(context.now())?;
    let form = form.parse()?;
    let transaction = context.database.begin().await?;
    let row = within_reach(&transaction, staff, id).await?;
    refuse_lacking(staff, &form.permissions)?;
    let required = RoleForm { requires_second_factor: form.requires_second_factor, ..row.form() };
    if row.built_in.is_some() && form != required {
        return Err(Error::not_allowed(BUILT_IN));
    }
    if row.version != version {
        return Ok(Saved::Conflict { theirs: row.form(), version: row.version });
    }
    let changes = differences(&row.form(), &form);
    if changes.is_empty() {
        return Ok(Saved::Saved { version });
    }
    let update = statement(
        &transaction,
        "UPDATE roles SET name = $2, description = $3, permissions = $4, requires_second_factor = $5, \
         version = version + 1 WHERE id = $1",
        [
            id.into(),
            form.name.clone().into(),
            form.description.clone().into(),
            write_permissions(&form.permissions).into(),
            form.requires_second_factor.into(),
        ],
    );
    transaction.execute_raw(update).await.map_err(name_taken)?;
    if form.permissions.iter().any(|permission| !row.form().permissions.contains(permission)) {
        end_invitations(&transaction, context, id).await?;
    }
    if form.requires_second_factor {
        let holders = Query::select()
            .column(role_assignments::Column::AccountId)
            .from(role_assignments::Entity)
            .and_where(role_assignments::Column::RoleId.eq(id))
            .to_owned();
        let whose = db::entities::sessions::Column::AccountId.in_subquery(holders);
        sessions::end_lacking_second_factor(&transaction, context, staff, whose).await?;
    }
    let event = Event::new(EventKind::RoleEdited).by(staff).changes(changes).note(Some(&row.name));
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(Saved::Saved { version: version + 1 })
}

/// Ends the links of those who hold the role and have not come yet, as assigning it does.
async fn end_invitations(transaction: &DatabaseTransaction, context: &Context, role: RoleId) -> Result<()> {
    let holders = role_assignments::Entity::find()
        .select_only()
        .column(role_assignments::Column::AccountId)
        .filter(role_assignments::Column::RoleId.eq(role));
    let waiting: Vec<AccountId> = accounts::Entity::find()
        .select_only()
        .column(accounts::Column::Id)
        .filter(accounts::Column::OnboardedAt.is_null())
        .filter(accounts::Column::Id.in_subquery(holders.into_query()))
        .into_tuple()
        .all(transaction)
        .await?;
    links::void_all(transaction, &waiting, context.now()).await
}

const BUILT_IN: &str = "Built-in roles stay as they are. Create a role of your own instead.";

/// The role, locked, when the caller holds all that it gives.
async fn within_reach(connection: &impl ConnectionTrait, staff: &Staff, id: RoleId) -> Result<Row> {
    let row = find(connection, id, to_change(connection)).await?;
    if !row.is_within(staff) {
        return Err(Error::not_allowed("This role holds permissions that you do not have."));
    }
    Ok(row)
}

fn differences(before: &RoleForm, after: &RoleForm) -> Vec<FieldChange> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let required = |form: &RoleForm| if form.requires_second_factor { "Required" } else { "" }.to_owned();
    let named = |permissions: &[Permission]| {
        permissions.iter().map(|permission| permission.label()).collect::<Vec<_>>().join(", ")
    };
    [
        ("name", before.name.clone(), after.name.clone()),
        ("description", before.description.clone(), after.description.clone()),
        ("permissions", named(&before.permissions), named(&after.permissions)),
        ("second_factor", required(before), required(after)),
    ]
    .into_iter()
    .filter(|(_, old, new)| old != new)
    .map(|(field, old, new)| FieldChange { field: field.into(), old: some(&old), new: some(&new) })
    .collect()
}

/// Deletes a custom role and takes it from everybody who holds it; their sessions end. Needs **Create
/// and change roles** everywhere.
///
/// # Errors
/// [`Error::NotAllowed`] as [`edit`], and when somebody who holds more than the caller would lose it.
pub async fn delete(context: &Context, staff: &Staff, id: RoleId) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Assignment {
        account_id: AccountId,
        organization: Option<String>,
    }
    staff.require_everywhere(Permission::ManageRoles)?;
    let transaction = context.database.begin().await?;
    let row = within_reach(&transaction, staff, id).await?;
    if row.built_in.is_some() {
        return Err(Error::not_allowed(BUILT_IN));
    }
    let sql = format!(
        "SELECT ra.account_id, o.name AS organization FROM role_assignments ra \
         LEFT JOIN organizations o ON o.id = ra.organization_id WHERE ra.role_id = $1 \
         ORDER BY ra.account_id LIMIT {}",
        DELETED_MOST + 1
    );
    let held = Assignment::find_by_statement(statement(&transaction, sql, [id.into()])).all(&transaction).await?;
    if held.len() > DELETED_MOST {
        return Err(Error::not_allowed("More than a thousand hold this role. Remove it from some of them first."));
    }
    let mut ids: Vec<_> = held.iter().map(|one| one.account_id).collect();
    ids.dedup();
    if !holding_more(&transaction, staff, &ids).await?.is_empty() {
        return Err(Error::not_allowed(
            "Somebody who holds permissions that you do not have would lose this role. Ask somebody who holds them.",
        ));
    }
    let mut written: Vec<_> = held
        .iter()
        .map(|one| {
            let what = format!("{}, {}", row.name, one.organization.as_deref().unwrap_or("everywhere"));
            let change = FieldChange::new("role", Some(&what), None);
            Event::new(EventKind::RoleRemoved).by(staff).on(one.account_id).changes(vec![change])
        })
        .collect();
    sessions::end_by_staff(&transaction, context, staff, &ids).await?;
    for sql in ["DELETE FROM role_assignments WHERE role_id = $1", "DELETE FROM roles WHERE id = $1"] {
        transaction.execute_raw(statement(&transaction, sql, [id.into()])).await?;
    }
    let changes = differences(&row.form(), &RoleForm::default());
    written.push(Event::new(EventKind::RoleDeleted).by(staff).changes(changes));
    events::write_all(&transaction, context, written).await?;
    transaction.commit().await?;
    Ok(())
}

/// The assignments that the caller may see: of people within reach, and for organizations within
/// reach or everywhere.
fn visible(database: &Database, staff: &Staff) -> Option<String> {
    let scope = staff.require(Permission::ViewUsers).ok()?;
    let people = within(&scope, database.backend(), "a.id");
    Some(match scope.reach() {
        Reach::Everywhere => people,
        Reach::Organizations(ids) => format!(
            "{people} AND (ra.organization_id IS NULL OR ra.organization_id IN ({}))",
            literals(ids.iter().map(|id| id.0), database.backend())
        ),
    })
}

async fn count_holders(database: &Database, staff: &Staff, id: RoleId, most: i64) -> Result<MatchCount> {
    let Some(visible) = visible(database, staff) else { return Ok(MatchCount::Exactly(0)) };
    let sql = format!(
        "SELECT 1 FROM role_assignments ra JOIN accounts a ON a.id = ra.account_id AND a.deleted_at IS NULL \
         WHERE ra.role_id = $1{visible}"
    );
    count(database.read(), &sql, [id.into()], most).await
}

/// Who holds the role, and where, in the order of assignment. Needs **View groups, organizations and
/// roles**, and **View users** over each.
pub async fn holders(database: &Database, staff: &Staff, id: RoleId, position: &Position) -> Result<HolderPage> {
    #[derive(FromQueryResult)]
    struct Holding {
        id: RoleAssignmentId,
        account_id: AccountId,
        name: String,
        email: String,
        organization: Option<String>,
        assigned_at: Timestamp,
    }
    staff.require(Permission::ViewDirectory)?;
    staff.require(Permission::ViewUsers)?;
    let connection = database.read();
    find(connection, id, "").await?;
    let window = Window::of(position);
    let (than, order) = window.order();
    let mut values: Vec<Value> = vec![id.into()];
    let beyond = window.cursor.clone().map(|cursor| {
        values.push(cursor.id.into());
        format!(" AND ra.id {than} $2")
    });
    let sql = format!(
        "SELECT ra.id, ra.account_id, a.name, a.email, o.name AS organization, ra.assigned_at \
         FROM role_assignments ra JOIN accounts a ON a.id = ra.account_id AND a.deleted_at IS NULL \
         LEFT JOIN organizations o ON o.id = ra.organization_id WHERE ra.role_id = $1{}{} \
         ORDER BY ra.id {order} LIMIT {}",
        visible(database, staff).unwrap_or_default(),
        beyond.unwrap_or_default(),
        ROWS + 1
    );
    let rows = Holding::find_by_statement(statement(connection, sql, values)).all(connection).await?;
    let (rows, before, after) = window.cut(rows, |row| (row.id.0, String::new()));
    let rows = rows
        .into_iter()
        .map(|row| HolderRow {
            account: row.account_id,
            name: row.name,
            email: row.email,
            organization: row.organization,
            assigned_at: row.assigned_at,
        })
        .collect();
    Ok(HolderPage { rows, before, after })
}
