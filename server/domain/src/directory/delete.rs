//! Deleting a group or organization, with what goes with it: memberships, and the roles that held
//! for an organization. Groups inside a group move up to where it was.

use sea_orm::{ConnectionTrait, FromQueryResult};
use types::directory::{Unit, UnitKind};
use types::events::{EventKind, FieldChange};
use types::{AccountId, Permission};

use super::unit::{id_of, locked, require_sight, statement, words};
use crate::authority::holding_more;
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff, sessions};

/// Memberships that are deleted at a time, so that others can write between.
const BATCH: u32 = 5_000;

/// Needs **Change groups and organizations** everywhere.
///
/// # Errors
/// [`Error::NotAllowed`] when somebody who holds more than the caller would lose a role (D6).
pub async fn delete(context: &Context, staff: &Staff, unit: Unit) -> Result<()> {
    require_sight(staff, unit)?;
    staff.require_everywhere(Permission::ManageDirectory)?;
    // Asked before anything is gone, and again with the row locked.
    losers(context.database.read(), staff, unit).await?;
    while empty(context, unit).await? {}
    let transaction = context.database.begin().await?;
    let row = locked(&transaction, unit).await?;
    let losers = losers(&transaction, staff, unit).await?;
    let mut written = Vec::new();
    for loser in &losers {
        let what = format!("{}, {}", loser.role, row.name);
        let change = FieldChange::new("role", Some(&what), None);
        written.push(Event::new(EventKind::RoleRemoved).by(staff).on(loser.account_id).changes(vec![change]));
    }
    let mut ids: Vec<_> = losers.iter().map(|loser| loser.account_id).collect();
    ids.sort();
    ids.dedup();
    sessions::end_by_staff(&transaction, context, staff, &ids).await?;
    if let Unit::Group(id) = unit {
        let sql = "UPDATE groups SET parent_id = $2, version = version + 1 WHERE parent_id = $1";
        transaction.execute_raw(statement(&transaction, sql, [id.into(), row.parent_id.into()])).await?;
    }
    let sql = format!("DELETE FROM {} WHERE id = $1", words(unit.kind()).table);
    transaction.execute_raw(statement(&transaction, sql, [row.id.into()])).await?;
    let kind = match unit.kind() {
        UnitKind::Group => EventKind::GroupDeleted,
        UnitKind::Organization => EventKind::OrganizationDeleted,
    };
    let change = FieldChange::new("name", Some(&row.name), None);
    written.push(Event::new(kind).by(staff).changes(vec![change]));
    events::write_all(&transaction, context, written).await?;
    transaction.commit().await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Loser {
    account_id: AccountId,
    role: String,
}

/// Who holds a role for the organization; refused when one of them holds more than the caller.
async fn losers(connection: &impl ConnectionTrait, staff: &Staff, unit: Unit) -> Result<Vec<Loser>> {
    if let Unit::Group(_) = unit {
        return Ok(Vec::new());
    }
    let sql = "SELECT ra.account_id, r.name AS role FROM role_assignments ra JOIN roles r ON r.id = ra.role_id \
               WHERE ra.organization_id = $1 ORDER BY ra.account_id LIMIT 1001";
    let found = Loser::find_by_statement(statement(connection, sql, [id_of(unit).into()])).all(connection).await?;
    if found.len() > 1_000 {
        return Err(Error::not_allowed("More than a thousand roles hold for this organization. Remove some first."));
    }
    let ids: Vec<_> = found.iter().map(|loser| loser.account_id).collect();
    if !holding_more(connection, staff, &ids).await?.is_empty() {
        return Err(Error::not_allowed(
            "Somebody who holds permissions that you do not have would lose a role. Ask somebody who holds them.",
        ));
    }
    Ok(found)
}

/// Takes out a batch of members, when there are more than a batch; gives whether there may be more.
async fn empty(context: &Context, unit: Unit) -> Result<bool> {
    let words = words(unit.kind());
    let transaction = context.database.begin().await?;
    let sql = format!(
        "DELETE FROM {0} WHERE {1} = $1 AND account_id IN (SELECT account_id FROM {0} WHERE {1} = $1 LIMIT {BATCH}) \
         AND EXISTS (SELECT 1 FROM {0} WHERE {1} = $1 LIMIT 1 OFFSET {BATCH})",
        words.memberships, words.id
    );
    let deleted = transaction.execute_raw(statement(&transaction, sql, [id_of(unit).into()])).await?;
    transaction.commit().await?;
    Ok(deleted.rows_affected() > 0)
}
