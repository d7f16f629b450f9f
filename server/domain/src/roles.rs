//! Who holds which role, and where (P5); for many at once too. D6: nobody grants what they lack.

use std::collections::{BTreeSet, HashMap, HashSet};

use db::entities::{accounts, organizations, role_assignments, roles};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use types::accounts::{AssignableRoles, OrganizationChoice, RoleAssignmentRow, RoleChoice};
use types::events::{EventKind, FieldChange};
use types::permissions::BuiltInRole;
use types::{AccountId, OrganizationId, Permission, RoleAssignmentId, RoleId};

use crate::authenticators::security_codes::{self, ONE_TIME};
use crate::authority::{Reach, is_last_owner_among};
use crate::events::Event;
use crate::users::bulk::{ItemOutcome, Outcomes, done_or_skipped, everybody};
use crate::users::refuse_holding_more;
use crate::{Context, Database, Error, Result, Staff, events, links, sessions};

fn permissions_of(role: &roles::Model) -> BTreeSet<Permission> {
    role.permissions.split(' ').filter_map(Permission::from_key).collect()
}

/// Whether the caller holds all that the role gives, there.
fn may_grant(staff: &Staff, role: &roles::Model, organization: Option<OrganizationId>) -> bool {
    staff.holds(Permission::AssignRoles, organization)
        && permissions_of(role).into_iter().all(|permission| staff.holds(permission, organization))
}

/// What the account holds, and where. Needs **View users** over it.
pub async fn of_user(database: &Database, staff: &Staff, id: AccountId) -> Result<Vec<RoleAssignmentRow>> {
    let connection = database.read();
    staff.require(Permission::ViewUsers)?.account(connection, id).await?;
    let rows =
        role_assignments::Entity::find().filter(role_assignments::Column::AccountId.eq(id)).all(connection).await?;
    let held = roles::Entity::find()
        .filter(roles::Column::Id.is_in(rows.iter().map(|row| row.role_id)))
        .all(connection)
        .await?;
    let outranked = refuse_holding_more(connection, staff, id).await.is_err();
    let organizations = names_of(connection, rows.iter().filter_map(|row| row.organization_id)).await?;
    let people = people_named(connection, rows.iter().filter_map(|row| row.assigned_by)).await?;
    let mut assignments: Vec<_> = rows
        .into_iter()
        .filter_map(|row| {
            let role = held.iter().find(|role| role.id == row.role_id)?;
            Some(RoleAssignmentRow {
                id: row.id,
                removable: !outranked && may_grant(staff, role, row.organization_id),
                role: role.name.clone(),
                organization: row.organization_id.map(|id| place_name(staff, id, &organizations)),
                assigned_by: row.assigned_by.and_then(|id| people.get(&id).cloned()),
                assigned_at: row.assigned_at,
            })
        })
        .collect();
    assignments.sort_by(|one, other| (&one.role, &one.organization).cmp(&(&other.role, &other.organization)));
    Ok(assignments)
}

/// Organizations out of reach have no name: that they are there is not the caller's to know.
fn place_name(staff: &Staff, id: OrganizationId, names: &HashMap<OrganizationId, String>) -> String {
    if staff.holds(Permission::ViewUsers, Some(id)) {
        names.get(&id).cloned().unwrap_or_default()
    } else {
        "Another organization".to_owned()
    }
}

/// What the caller may grant, and for which organizations. Needs **Assign and remove roles**.
pub async fn assignable(database: &Database, staff: &Staff) -> Result<AssignableRoles> {
    let connection = database.read();
    let scope = staff.require(Permission::AssignRoles)?;
    let mut places = organizations::Entity::find().order_by_asc(organizations::Column::NameKey).limit(1_000);
    if let Reach::Organizations(ids) = scope.reach() {
        places = places.filter(organizations::Column::Id.is_in(ids.iter().copied()));
    }
    let places = places.all(connection).await?;
    let somewhere = |role: &roles::Model| {
        may_grant(staff, role, None) || places.iter().any(|place| may_grant(staff, role, Some(place.id)))
    };
    let roles = roles::Entity::find().order_by_asc(roles::Column::Name).all(connection).await?;
    Ok(AssignableRoles {
        roles: roles
            .into_iter()
            .filter(somewhere)
            .map(|role| RoleChoice { id: role.id, name: role.name, description: role.description })
            .collect(),
        everywhere: scope.is_everywhere(),
        organizations: places.into_iter().map(|place| OrganizationChoice { id: place.id, name: place.name }).collect(),
    })
}

/// Assigns each role for each organization, or everywhere when none is named; what is held already
/// changes nothing. Sessions of the account go on, since authority is read at each request, but
/// for those without a second factor that the role requires. Its links and backup codes end: whoever made one,
/// with less authority, would be let in with more (D6).
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] when the caller lacks any permission of a role, there (D6).
pub async fn assign(
    context: &Context,
    staff: &Staff,
    id: AccountId,
    chosen: &[RoleId],
    places: &[OrganizationId],
) -> Result<()> {
    let scope = staff.require(Permission::AssignRoles)?;
    staff.require_recent_proof(context.now())?;
    if chosen.is_empty() || chosen.len() * places.len().max(1) > 1_000 {
        return Err(Error::field("roles", "Choose at least one role, and at most a thousand assignments at once."));
    }
    let transaction = context.database.begin().await?;
    // Membership of an organization is not needed to hold a role for it, but the caller's reach is.
    scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    // What they require and allow stays so until the assignments are there.
    let roles = roles::Entity::find()
        .filter(roles::Column::Id.is_in(chosen.iter().copied()))
        .order_by_asc(roles::Column::Id)
        .lock(LockType::Share)
        .all(&transaction)
        .await?;
    let organizations = names_of(&transaction, places.iter().copied()).await?;
    let known = places.iter().all(|place| organizations.contains_key(place) && scope.reaches(*place));
    if !known || chosen.iter().any(|id| roles.iter().all(|role| role.id != *id)) {
        return Err(Error::NotFound("role or organization"));
    }
    let places: Vec<_> = if places.is_empty() { vec![None] } else { places.iter().copied().map(Some).collect() };
    let mut written = Vec::new();
    for role in &roles {
        for place in &places {
            if !may_grant(staff, role, *place) {
                return Err(Error::not_allowed(format!(
                    "“{}” holds permissions that you do not have there.",
                    role.name
                )));
            }
            let assignment = role_assignments::ActiveModel {
                id: Set(RoleAssignmentId(context.id())),
                account_id: Set(id),
                role_id: Set(role.id),
                organization_id: Set(*place),
                assigned_by: Set(Some(staff.account)),
                assigned_at: Set(context.now()),
            };
            let added = role_assignments::Entity::insert(assignment)
                .on_conflict(OnConflict::new().do_nothing().to_owned())
                .try_insert()
                .exec_without_returning(&transaction)
                .await?;
            if matches!(added, sea_orm::TryInsertResult::Inserted(rows) if rows > 0) {
                let name = place.and_then(|place| organizations.get(&place));
                written.push(event(EventKind::RoleAssigned, staff, id, role, name));
            }
        }
    }
    if !written.is_empty() {
        links::void_all(&transaction, &[id], context.now()).await?;
        security_codes::forget(&transaction, &[id], Some(ONE_TIME)).await?;
        let whose = db::entities::sessions::Column::AccountId.eq(id);
        sessions::end_lacking_second_factor(&transaction, context, staff, whose).await?;
    }
    events::write_all(&transaction, context, written).await?;
    transaction.commit().await?;
    Ok(())
}

/// Removes one assignment and ends the account's sessions, so that no page goes on showing what
/// is theirs no more.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] for a role that holds more than the caller's, and for the last
/// Owner's.
pub async fn remove(context: &Context, staff: &Staff, id: AccountId, assignment: RoleAssignmentId) -> Result<()> {
    let scope = staff.require(Permission::AssignRoles)?;
    staff.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    let row = role_assignments::Entity::find_by_id(assignment)
        .filter(role_assignments::Column::AccountId.eq(id))
        .one(&transaction)
        .await?
        .ok_or(Error::NotFound("role assignment"))?;
    let role = roles::Entity::find_by_id(row.role_id).one(&transaction).await?.ok_or(Error::NotFound("role"))?;
    if !may_grant(staff, &role, row.organization_id) {
        return Err(Error::not_allowed(format!("“{}” holds permissions that you do not have there.", role.name)));
    }
    let is_owner = role.built_in.as_deref() == Some(BuiltInRole::Owner.key()) && row.organization_id.is_none();
    if is_owner && is_last_owner_among(&transaction, &[id]).await? {
        return Err(Error::not_allowed("This is the last Owner. Make somebody else an Owner first."));
    }
    role_assignments::Entity::delete_by_id(assignment).exec(&transaction).await?;
    sessions::end_by_staff(&transaction, context, staff, &[id]).await?;
    let place = names_of(&transaction, row.organization_id).await?;
    let event = event(EventKind::RoleRemoved, staff, id, &role, place.values().next());
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

const GONE: &str = "the role or organization is not there any more";

/// A role and where it holds, both staying until the transaction ends.
struct Grant {
    role: roles::Model,
    organization: Option<OrganizationId>,
    organization_name: Option<String>,
}

impl Grant {
    /// `None` when role or organization is gone, or the organization is beyond the caller's reach: the
    /// two are not told apart.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when the caller lacks any permission of the role, there (D6).
    async fn find(
        connection: &impl ConnectionTrait,
        staff: &Staff,
        (role, organization): (RoleId, Option<OrganizationId>),
    ) -> Result<Option<Self>> {
        let Some(role) = roles::Entity::find_by_id(role).lock(LockType::Share).one(connection).await? else {
            return Ok(None);
        };
        let scope = staff.require(Permission::AssignRoles)?;
        if organization.is_some_and(|place| !scope.reaches(place)) {
            return Ok(None);
        }
        if !may_grant(staff, &role, organization) {
            return Err(Error::not_allowed(format!("“{}” holds permissions that you do not have there.", role.name)));
        }
        let organization_name = match organization {
            None => None,
            Some(id) => {
                let found = organizations::Entity::find_by_id(id).lock(LockType::KeyShare).one(connection).await?;
                let Some(found) = found else { return Ok(None) };
                Some(found.name)
            }
        };
        Ok(Some(Self { role, organization, organization_name }))
    }

    fn assigned(&self) -> Condition {
        let place = match self.organization {
            None => role_assignments::Column::OrganizationId.is_null(),
            Some(id) => role_assignments::Column::OrganizationId.eq(id),
        };
        Condition::all().add(role_assignments::Column::RoleId.eq(self.role.id)).add(place)
    }

    async fn holders_among(
        &self,
        connection: &impl ConnectionTrait,
        chosen: &[accounts::Model],
    ) -> Result<HashSet<AccountId>> {
        let holders: Vec<AccountId> = role_assignments::Entity::find()
            .select_only()
            .column(role_assignments::Column::AccountId)
            .filter(role_assignments::Column::AccountId.is_in(chosen.iter().map(|row| row.id)))
            .filter(self.assigned())
            .into_tuple()
            .all(connection)
            .await?;
        Ok(holders.into_iter().collect())
    }

    async fn write_events(
        &self,
        connection: &impl ConnectionTrait,
        context: &Context,
        kind: EventKind,
        staff: &Staff,
        accounts: &HashSet<AccountId>,
    ) -> Result<()> {
        let place = self.organization_name.as_ref();
        let written = accounts.iter().map(|id| event(kind, staff, *id, &self.role, place)).collect();
        events::write_all(connection, context, written).await
    }
}

/// Assigns one role to many, inside the caller's transaction, and ends their links as [`assign`] does. The
/// caller has asked for a recent proof.
pub(crate) async fn assign_all(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    what: (RoleId, Option<OrganizationId>),
    chosen: &[accounts::Model],
) -> Result<Outcomes> {
    let Some(grant) = Grant::find(transaction, staff, what).await? else {
        return Ok(everybody(chosen, &ItemOutcome::Failed(GONE)));
    };
    let already = grant.holders_among(transaction, chosen).await?;
    let coming: HashSet<_> = chosen.iter().map(|row| row.id).filter(|id| !already.contains(id)).collect();
    if !coming.is_empty() {
        let rows = coming.iter().map(|id| role_assignments::ActiveModel {
            id: Set(RoleAssignmentId(context.id())),
            account_id: Set(*id),
            role_id: Set(grant.role.id),
            organization_id: Set(grant.organization),
            assigned_by: Set(Some(staff.account)),
            assigned_at: Set(context.now()),
        });
        role_assignments::Entity::insert_many(rows).exec_without_returning(transaction).await?;
        let coming: Vec<_> = coming.iter().copied().collect();
        links::void_all(transaction, &coming, context.now()).await?;
        security_codes::forget(transaction, &coming, Some(ONE_TIME)).await?;
        let whose = db::entities::sessions::Column::AccountId.is_in(coming.iter().copied());
        sessions::end_lacking_second_factor(transaction, context, staff, whose).await?;
    }
    grant.write_events(transaction, context, EventKind::RoleAssigned, staff, &coming).await?;
    Ok(done_or_skipped(chosen, &coming, "has the role already"))
}

/// Removes one role from many, inside the caller's transaction, and ends their sessions. The
/// caller has seen to the last Owner.
pub(crate) async fn remove_all(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    what: (RoleId, Option<OrganizationId>),
    chosen: &[accounts::Model],
) -> Result<Outcomes> {
    let Some(grant) = Grant::find(transaction, staff, what).await? else {
        return Ok(everybody(chosen, &ItemOutcome::Failed(GONE)));
    };
    let leaving = grant.holders_among(transaction, chosen).await?;
    role_assignments::Entity::delete_many()
        .filter(role_assignments::Column::AccountId.is_in(leaving.iter().copied()))
        .filter(grant.assigned())
        .exec(transaction)
        .await?;
    sessions::end_by_staff(transaction, context, staff, &leaving.iter().copied().collect::<Vec<_>>()).await?;
    grant.write_events(transaction, context, EventKind::RoleRemoved, staff, &leaving).await?;
    Ok(done_or_skipped(chosen, &leaving, "does not have the role"))
}

/// Whether it is what makes an Owner.
pub(crate) async fn is_ownership(
    connection: &impl ConnectionTrait,
    role: RoleId,
    organization: Option<OrganizationId>,
) -> Result<bool> {
    let owner = crate::stores::built_in_role(connection, BuiltInRole::Owner).await?;
    Ok(role == owner && organization.is_none())
}

/// `Auditor, everywhere`: for the title of a job.
///
/// # Errors
/// [`Error::NotFound`] when it is not there, [`Error::NotAllowed`] when it is not the caller's to grant.
pub(crate) async fn name_for_grant(
    connection: &impl ConnectionTrait,
    staff: &Staff,
    what: (RoleId, Option<OrganizationId>),
) -> Result<String> {
    let grant = Grant::find(connection, staff, what).await?.ok_or(Error::NotFound("role or organization"))?;
    Ok(format!("{}, {}", grant.role.name, grant.organization_name.as_deref().unwrap_or("everywhere")))
}

fn event(kind: EventKind, staff: &Staff, account: AccountId, role: &roles::Model, place: Option<&String>) -> Event {
    let what = format!("{}, {}", role.name, place.map_or("everywhere", String::as_str));
    let change = match kind {
        EventKind::RoleRemoved => FieldChange::new("role", Some(&what), None),
        _ => FieldChange::new("role", None, Some(&what)),
    };
    Event::new(kind).by(staff).on(account).changes(vec![change])
}

async fn names_of(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = OrganizationId>,
) -> Result<HashMap<OrganizationId, String>> {
    let ids: Vec<_> = ids.into_iter().collect();
    let rows = organizations::Entity::find().filter(organizations::Column::Id.is_in(ids)).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

async fn people_named(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = AccountId>,
) -> Result<HashMap<AccountId, String>> {
    let ids: Vec<_> = ids.into_iter().collect();
    let rows: Vec<(AccountId, String)> = accounts::Entity::find()
        .select_only()
        .columns([accounts::Column::Id, accounts::Column::Name])
        .filter(accounts::Column::Id.is_in(ids))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use types::authenticators::{FactorKind, Method};
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::directory::RoleForm;
    use types::settings::{AlternateLogin, SecurityCodeKinds};

    use super::*;
    use crate::authenticators::backup_code;
    use crate::directory::roles as directory_roles;
    use crate::messages::Alert;
    use crate::{jobs, testing, users};

    async fn role(context: &Context, role: BuiltInRole) -> RoleId {
        crate::stores::built_in_role(context.database.read(), role).await.unwrap()
    }

    async fn held(context: &Context, owner: &Staff, id: AccountId) -> Vec<RoleAssignmentRow> {
        of_user(&context.database, owner, id).await.unwrap()
    }

    /// Owners grant every role, Administrators every role but Owner, the others none.
    fn grants(actor: BuiltInRole, target: BuiltInRole) -> bool {
        match actor {
            BuiltInRole::Owner => true,
            BuiltInRole::Administrator => target != BuiltInRole::Owner,
            BuiltInRole::HelpDesk | BuiltInRole::Auditor => false,
        }
    }

    /// S4: the requirement holds for sessions too that were there before it.
    #[tokio::test]
    async fn sessions_without_the_second_factor_that_a_role_requires_end() {
        testing::on_both(|context| async move {
            let works = async |token: &str| crate::authority::authenticate(&context, token).await.is_ok();
            let owner = testing::owner(&context).await;
            let (ada, bob) =
                (testing::onboarded(&context, &owner, "ada").await, testing::onboarded(&context, &owner, "bob").await);
            let auditor = testing::role(&context, BuiltInRole::Auditor).await;
            testing::give_role(&context, ada, BuiltInRole::Auditor, None).await;
            let token = testing::session(&context, ada).await;
            let strong = {
                let transaction = context.database.begin().await.unwrap();
                let methods = [Method::Password, Method::Factor(FactorKind::AuthenticatorApp)];
                let session = sessions::begin(&transaction, &context, ada, &methods).await.unwrap();
                transaction.commit().await.unwrap();
                session.token.expose().to_owned()
            };
            let others = testing::session(&context, bob).await;
            // Before the role required it; nobody else's assignment ends it.
            let own = testing::session(&context, owner.account).await;
            let owner = crate::authority::authenticate(&context, &own).await.unwrap().into_staff().unwrap();
            testing::give_role(&context, owner.account, BuiltInRole::Auditor, None).await;
            let seen = directory_roles::view(&context.database, &owner, auditor).await.unwrap();
            let form = RoleForm { requires_second_factor: true, ..seen.form };
            directory_roles::edit(&context, &owner, auditor, &form, seen.version).await.unwrap();
            assert!(!works(&token).await && works(&strong).await && works(&others).await);
            assign(&context, &owner, bob, &[auditor], &[]).await.unwrap();
            assert!(!works(&others).await && works(&own).await);
            // The same in bulk.
            let eve = testing::onboarded(&context, &owner, "eve").await;
            let hers = testing::session(&context, eve).await;
            testing::app(&context, eve).await;
            testing::set(&context, &owner, |settings: &mut AlternateLogin| {
                settings.security_codes_enabled = true;
                settings.security_codes = SecurityCodeKinds::OneTime;
            })
            .await;
            backup_code::generate(&context, &owner, eve).await.unwrap();
            let what = Parameters::Role { role: auditor, organization: None };
            let only = Selection::Accounts(vec![eve]);
            jobs::start(&context, &owner, BulkAction::AssignRole, &only, &what).await.unwrap();
            while jobs::run_open(&context).await.unwrap() {}
            assert!(!works(&hers).await);
            // What somebody with less than the role may have made lets nobody in with it.
            let seen = users::view_authenticators(&context, &owner, eve).await.unwrap();
            assert_eq!(seen.backup_code_until, None);
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_grants_or_takes_what_they_lack() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            for actor in BuiltInRole::ALL {
                let staff = testing::staff_with(&context, &owner, &format!("a-{}", actor.key()), actor, None).await;
                for target in BuiltInRole::ALL {
                    for places in [vec![], vec![acme]] {
                        let ada = testing::user(&context, &owner, &context.id().to_string()).await;
                        let role = role(&context, target).await;
                        let assigned = assign(&context, &staff, ada, &[role], &places).await;
                        assert_eq!(assigned.is_ok(), grants(actor, target), "{actor:?} {target:?}");
                        assert!(!matches!(assigned, Err(Error::Database(_) | Error::Internal(_))));
                        let rows = held(&context, &owner, ada).await;
                        assert_eq!(rows.len(), usize::from(grants(actor, target)));
                        let one = testing::user(&context, &owner, &context.id().to_string()).await;
                        testing::give_role(&context, one, target, places.first().copied()).await;
                        let rows = of_user(&context.database, &staff, one).await.unwrap();
                        let removed = remove(&context, &staff, one, rows[0].id).await;
                        assert_eq!(removed.is_ok(), grants(actor, target), "{actor:?} {target:?}");
                        assert_eq!(rows[0].removable, removed.is_ok(), "{actor:?} {target:?}");
                    }
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn who_is_confined_to_an_organization_grants_there_only() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let outside = testing::user(&context, &owner, "outside").await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let globex = testing::organization(&context, "Globex", &[ada]).await;
            let staff = testing::staff_with(&context, &owner, "a", BuiltInRole::Administrator, Some(acme)).await;
            let desk = role(&context, BuiltInRole::HelpDesk).await;
            let everywhere = assign(&context, &staff, ada, &[desk], &[]).await;
            assert!(matches!(everywhere, Err(Error::NotAllowed(_))));
            // Another's organization, and one that there is not, are one answer: here and in bulk.
            for place in [globex, OrganizationId(context.id())] {
                for places in [vec![place], vec![acme, place]] {
                    let refused = assign(&context, &staff, ada, &[desk], &places).await;
                    assert!(matches!(refused, Err(Error::NotFound("role or organization"))), "{places:?}");
                }
                let what = Parameters::Role { role: desk, organization: Some(place) };
                let whom = Selection::Accounts(vec![ada]);
                let refused = jobs::start(&context, &staff, BulkAction::AssignRole, &whom, &what).await;
                assert!(matches!(refused, Err(Error::NotFound("role or organization"))));
            }
            let unreached = assign(&context, &staff, outside, &[desk], &[acme]).await;
            assert!(matches!(unreached, Err(Error::NotFound("user"))));
            assert!(held(&context, &owner, ada).await.is_empty());
            assign(&context, &staff, ada, &[desk], &[acme]).await.unwrap();
            let rows = held(&context, &owner, ada).await;
            assert_eq!((rows[0].organization.as_deref(), rows[0].assigned_by.as_deref()), (Some("Acme"), Some("a")));
            let choices = assignable(&context.database, &staff).await.unwrap();
            let names: Vec<_> = choices.roles.iter().map(|role| role.name.as_str()).collect();
            assert_eq!(names, ["Administrator", "Auditor", "Help desk"]);
            assert_eq!((choices.everywhere, choices.organizations.len()), (false, 1));
        })
        .await;
    }

    #[tokio::test]
    async fn assigning_twice_is_one_assignment_and_one_event() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            let chosen = [role(&context, BuiltInRole::HelpDesk).await, role(&context, BuiltInRole::Auditor).await];
            for _ in 0..2 {
                assign(&context, &owner, ada, &chosen, &[]).await.unwrap();
                assign(&context, &owner, ada, &[chosen[0], chosen[0]], &[acme, acme]).await.unwrap();
            }
            let rows = held(&context, &owner, ada).await;
            let rows: Vec<_> = rows.iter().map(|row| (row.role.as_str(), row.organization.as_deref())).collect();
            assert_eq!(rows, [("Auditor", None), ("Help desk", None), ("Help desk", Some("Acme"))]);
            assert_eq!(testing::events_of(&context, ada, EventKind::RoleAssigned).await, 3);
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_assigned() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let desk = role(&context, BuiltInRole::HelpDesk).await;
            let gone = assign(&context, &owner, ada, &[RoleId(context.id())], &[]).await;
            assert!(matches!(gone, Err(Error::NotFound(_))));
            let nowhere = assign(&context, &owner, ada, &[desk], &[OrganizationId(context.id())]).await;
            assert!(matches!(nowhere, Err(Error::NotFound(_))));
            let none = assign(&context, &owner, ada, &[], &[]).await.unwrap_err();
            assert_eq!(testing::wrong_fields(none), ["roles"]);
            let other = RoleAssignmentId(context.id());
            assert!(matches!(remove(&context, &owner, ada, other).await, Err(Error::NotFound(_))));
            let owners = held(&context, &owner, owner.account).await[0].id;
            assert!(matches!(remove(&context, &owner, ada, owners).await, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn removing_a_role_ends_sessions_and_is_logged() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let assignment = held(&context, &owner, desk.account).await[0].id;
            remove(&context, &owner, desk.account, assignment).await.unwrap();
            assert_eq!(testing::open_sessions(&context, desk.account).await, 0);
            assert_eq!(testing::alerted(&context, "desk@example.com").await, [Alert::SessionsEndedByStaff]);
            let (away, here) = (
                testing::staff_with(&context, &owner, "away", BuiltInRole::Auditor, None).await,
                testing::staff_with(&context, &owner, "here", BuiltInRole::Auditor, None).await,
            );
            sessions::sign_out(&context, &away).await.unwrap();
            let auditor = Parameters::Role { role: role(&context, BuiltInRole::Auditor).await, organization: None };
            let whom = Selection::Accounts(vec![away.account, here.account]);
            jobs::start(&context, &owner, BulkAction::RemoveRole, &whom, &auditor).await.unwrap();
            assert_eq!(testing::open_sessions(&context, here.account).await, 0);
            assert_eq!(testing::alerted(&context, "here@example.com").await, [Alert::SessionsEndedByStaff]);
            assert_eq!(testing::alerted(&context, "away@example.com").await, [], "was not signed in");
            assert!(!testing::holder(&context, desk.account).await.is_staff());
            let page =
                testing::activity(&context.database, &owner, desk.account, Some(EventKind::RoleRemoved), None).await;
            let change = FieldChange::new("role", Some("Help desk, everywhere"), None);
            assert_eq!(page.unwrap().events[0].changes, [change]);
        })
        .await;
    }

    #[tokio::test]
    async fn the_last_owner_who_can_sign_in_keeps_the_role() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let own = held(&context, &owner, owner.account).await[0].id;
            let disabled = testing::staff_with(&context, &owner, "disabled", BuiltInRole::Owner, None).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[disabled.account]).await;
            let bare = testing::user(&context, &owner, "bare").await;
            testing::give_role(&context, bare, BuiltInRole::Owner, None).await;
            assert!(matches!(remove(&context, &owner, owner.account, own).await, Err(Error::NotAllowed(_))));
            testing::staff_with(&context, &owner, "second", BuiltInRole::Owner, None).await;
            remove(&context, &owner, owner.account, own).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_owners_who_demote_each_other_at_once_one_stays() {
        testing::on_both(|context| async move {
            let one = testing::owner(&context).await;
            for round in 0..5 {
                let two = testing::staff_with(&context, &one, &format!("two{round}"), BuiltInRole::Owner, None).await;
                let three = testing::staff_with(&context, &one, &format!("x{round}"), BuiltInRole::Owner, None).await;
                let ids =
                    [held(&context, &one, two.account).await[0].id, held(&context, &one, three.account).await[0].id];
                let firsts = held(&context, &one, one.account).await.iter().map(|row| row.id).collect::<Vec<_>>();
                if let [first] = firsts[..] {
                    remove(&context, &two, one.account, first).await.unwrap();
                }
                let (first, second) = tokio::join!(
                    remove(&context, &two, three.account, ids[1]),
                    remove(&context, &three, two.account, ids[0])
                );
                assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
                testing::give_role(&context, one.account, BuiltInRole::Owner, None).await;
                let left = if first.is_ok() { &two } else { &three };
                let last = held(&context, left, left.account).await[0].id;
                remove(&context, left, left.account, last).await.unwrap();
            }
        })
        .await;
    }
}
