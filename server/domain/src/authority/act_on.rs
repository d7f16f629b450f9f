//! D6: nobody acts on somebody who holds more; the last Owner stays.

use std::collections::HashSet;

use db::entities::roles;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement};
use types::permissions::BuiltInRole;
use types::{AccountId, OrganizationId, Permission, RoleId};

use super::Staff;
use crate::{Error, Result};

/// Those of `accounts` who hold a permission, somewhere, that `staff` does not hold there.
pub async fn holding_more(
    connection: &impl ConnectionTrait,
    staff: &Staff,
    accounts: &[AccountId],
) -> Result<HashSet<AccountId>> {
    #[derive(FromQueryResult)]
    struct Row {
        account_id: AccountId,
        permissions: String,
        organization_id: Option<OrganizationId>,
    }
    if accounts.is_empty() {
        return Ok(HashSet::new());
    }
    let places: Vec<_> = (1..=accounts.len()).map(|at| format!("${at}")).collect();
    let statement = Statement::from_sql_and_values(
        connection.get_database_backend(),
        format!(
            "SELECT ra.account_id, r.permissions, ra.organization_id FROM role_assignments ra \
             JOIN roles r ON r.id = ra.role_id WHERE ra.account_id IN ({})",
            places.join(", ")
        ),
        accounts.iter().map(|id| (*id).into()),
    );
    let rows = Row::find_by_statement(statement).all(connection).await?;
    Ok(rows
        .into_iter()
        .filter(|row| {
            row.permissions
                .split(' ')
                .filter_map(Permission::from_key)
                .any(|permission| !staff.holds(permission, row.organization_id))
        })
        .map(|row| row.account_id)
        .collect())
}

/// Lets one transaction at a time decide who the Owners are; gives the Owner role.
pub(crate) async fn lock_ownership(connection: &impl ConnectionTrait) -> Result<RoleId> {
    let owner = roles::Entity::find()
        .filter(roles::Column::BuiltIn.eq(BuiltInRole::Owner.key()))
        .lock_exclusive()
        .one(connection)
        .await?;
    owner.map(|role| role.id).ok_or_else(|| Error::Internal("the role Owner is missing".into()))
}

/// Whether no Owner would be left who can sign in, were these accounts' Owner role gone.
///
/// Takes [`lock_ownership`], so that two transactions cannot each remove "the other" Owner.
pub async fn is_last_owner_among(connection: &impl ConnectionTrait, leaving: &[AccountId]) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Row {
        account_id: AccountId,
    }
    let owner = lock_ownership(connection).await?;
    let statement = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "SELECT ra.account_id FROM role_assignments ra JOIN accounts a ON a.id = ra.account_id \
         WHERE ra.role_id = $1 AND ra.organization_id IS NULL \
         AND a.onboarded_at IS NOT NULL AND a.disabled_at IS NULL AND a.deleted_at IS NULL",
        [owner.into()],
    );
    let owners = Row::find_by_statement(statement).all(connection).await?;
    let leaving: HashSet<_> = leaving.iter().collect();
    Ok(owners.iter().any(|row| leaving.contains(&row.account_id))
        && owners.iter().all(|row| leaving.contains(&row.account_id)))
}
