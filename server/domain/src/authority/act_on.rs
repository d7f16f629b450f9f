//! D6: nobody acts on somebody who holds more; the last Owner stays.

use std::collections::HashSet;

use db::entities::roles;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement,
};
use types::permissions::BuiltInRole;
use types::{AccountId, OrganizationId, Permission, RoleId};

use super::Staff;
use crate::database::TO_CHANGE;
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
    let rows = Row::find_by_statement(held_by(connection.get_database_backend(), accounts)).all(connection).await?;
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

/// What each of the accounts holds, and where.
fn held_by(backend: DbBackend, accounts: &[AccountId]) -> Statement {
    let places: Vec<_> = (1..=accounts.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT ra.account_id, r.permissions, ra.organization_id FROM role_assignments ra \
         JOIN roles r ON r.id = ra.role_id WHERE ra.account_id IN ({})",
        places.join(", ")
    );
    Statement::from_sql_and_values(backend, sql, accounts.iter().map(|id| (*id).into()))
}

/// Lets one transaction at a time decide who the Owners are; gives the Owner role.
pub(crate) async fn lock_ownership(connection: &impl ConnectionTrait) -> Result<RoleId> {
    let owner = roles::Entity::find()
        .filter(roles::Column::BuiltIn.eq(BuiltInRole::Owner.key()))
        .lock(TO_CHANGE)
        .one(connection)
        .await?;
    owner.map(|role| role.id).ok_or_else(|| Error::Internal("the role Owner is missing".into()))
}

/// Whether no Owner would be left who can sign in, were these accounts' Owner role gone. The one who
/// must be left is of the default store: somebody of another one cannot sign in any more once the
/// default store has their address and username.
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
         AND a.onboarded_at IS NOT NULL AND a.disabled_at IS NULL AND a.deleted_at IS NULL AND a.store_id = $2",
        [owner.into(), crate::stores::default_store(connection).await?.into()],
    );
    let owners = Row::find_by_statement(statement).all(connection).await?;
    let leaving: HashSet<_> = leaving.iter().collect();
    Ok(owners.iter().any(|row| leaving.contains(&row.account_id))
        && owners.iter().all(|row| leaving.contains(&row.account_id)))
}

#[cfg(test)]
mod tests {
    use types::bulk::BulkAction;
    use types::{Permission, accounts::EditOutcome};

    use super::*;
    use crate::{Context, groups, roles as role_verbs, testing, users};

    fn refused<T>(result: Result<T>) -> bool {
        matches!(result, Err(Error::NotAllowed(_)))
    }

    /// Whether the staff member may act on the account, asked of every verb: all agree.
    async fn may_act(context: &Context, staff: &Staff, id: AccountId, others: AccountId) -> bool {
        let group = testing::group(context, &context.id().to_string(), &[]).await;
        let row = testing::account(context, id).await;
        let form = users::columns::form_of(&row);
        let role = crate::stores::built_in_role(context.database.read(), BuiltInRole::Auditor).await.unwrap();
        let done = testing::bulk(context, staff, BulkAction::Disable, &[id, others]).await.done > 0;
        let edited = users::edit(context, staff, id, &form, testing::account(context, id).await.version).await;
        assert!(edited.as_ref().ok().is_none_or(|outcome| matches!(outcome, EditOutcome::Saved { .. })));
        let answers = [
            !refused(edited),
            !refused(users::unlock(context, staff, id).await),
            !refused(users::end_sessions(context, staff, id).await),
            !refused(users::set_password(context, staff, id, "seven purple elephants dance", false).await),
            !refused(groups::assign(context, staff, id, &[group]).await),
            !refused(groups::remove(context, staff, id, &[group]).await),
            !refused(role_verbs::assign(context, staff, id, &[role], &[]).await),
            testing::account(context, id).await.disabled_at.is_some() == done && done,
        ];
        assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
        answers[0]
    }

    #[tokio::test]
    async fn what_somebody_holds_is_met_by_their_account() {
        testing::on_both(|context| async move {
            testing::owner(&context).await;
            let people = testing::many_with_roles(&context).await;
            for some in [1, 20] {
                let statement = held_by(context.database.backend(), &people[..some]);
                let plan = testing::explain(&context, statement).await;
                assert!(plan.contains("role_assignments_of_account"), "{plan}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_owner_of_another_store_does_not_let_the_last_one_go() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let elsewhere = testing::onboarded(&context, &owner, "elsewhere").await;
            testing::give_role(&context, elsewhere, BuiltInRole::Owner, None).await;
            let last = async || {
                let transaction = context.database.begin().await.unwrap();
                is_last_owner_among(&transaction, &[owner.account]).await.unwrap()
            };
            assert!(!last().await);
            let store = testing::another_store(&context).await;
            testing::move_to_store(&context, elsewhere, store).await;
            assert!(last().await);
        })
        .await;
    }

    #[tokio::test]
    async fn an_administrator_acts_on_administrators_and_through_no_verb_on_owners() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let second = testing::staff_with(&context, &owner, "second", BuiltInRole::Owner, None).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let peer = testing::staff_with(&context, &owner, "peer", BuiltInRole::Administrator, None).await;
            assert!(!may_act(&context, &admin, second.account, admin.account).await);
            assert_eq!(testing::open_sessions(&context, second.account).await, 1);
            assert!(may_act(&context, &admin, peer.account, admin.account).await);
            assert!(may_act(&context, &owner, second.account, owner.account).await);
        })
        .await;
    }

    #[tokio::test]
    async fn authority_for_one_organization_does_not_reach_authority_elsewhere() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let mut people = Vec::new();
            for name in ["same", "other", "everywhere", "plain"] {
                people.push(testing::onboarded(&context, &owner, name).await);
            }
            let acme = testing::organization(&context, "Acme", &people).await;
            let globex = testing::organization(&context, "Globex", &people).await;
            testing::give_role(&context, people[0], BuiltInRole::Auditor, Some(acme)).await;
            testing::give_role(&context, people[1], BuiltInRole::Auditor, Some(globex)).await;
            testing::give_role(&context, people[2], BuiltInRole::Auditor, None).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let more = holding_more(context.database.read(), &desk, &people).await.unwrap();
            assert_eq!(more, HashSet::from([people[1], people[2]]));
            for (at, allowed) in [true, false, false, true].into_iter().enumerate() {
                assert_eq!(!refused(users::end_sessions(&context, &desk, people[at]).await), allowed, "{at}");
            }
            assert!(!desk.holds(Permission::ViewUsers, Some(globex)));
        })
        .await;
    }
}
