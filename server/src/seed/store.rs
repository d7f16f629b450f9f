//! Writing the people: rows collected, then stored in statements of one size each, so that the
//! database prepares every statement once.

use std::collections::HashMap;

use db::entities::{
    account_attributes, accounts, events, group_memberships, groups, organization_memberships, organizations,
    role_assignments,
};
use domain::attributes::Attributes;
use domain::{Result, stores};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};
use types::permissions::BuiltInRole;
use types::{GroupId, OrganizationId, RoleAssignmentId, StoreId, Timestamp};

use super::custom;
use super::dice::Dice;
use super::directory::{GROUPS, ORGANIZATIONS};
use super::people::{Person, name_key};

/// Rows of a statement: their columns stay below SQLite's 32,766 variables.
const ROWS: usize = 500;

/// Rows of one table on their way.
struct Rows<E: EntityTrait> {
    waiting: Vec<E::ActiveModel>,
}

impl<E: EntityTrait> Rows<E>
where
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    fn new() -> Self {
        Self { waiting: Vec::new() }
    }

    fn add(&mut self, row: E::ActiveModel) {
        self.waiting.push(row);
    }

    /// Stores full statements; what is left waits.
    async fn store(&mut self, transaction: &DatabaseTransaction) -> Result<()> {
        while self.waiting.len() >= ROWS {
            let rest = self.waiting.split_off(ROWS);
            let rows = std::mem::replace(&mut self.waiting, rest);
            E::insert_many(rows).exec_without_returning(transaction).await?;
        }
        Ok(())
    }

    async fn store_rest(&mut self, transaction: &DatabaseTransaction) -> Result<()> {
        self.store(transaction).await?;
        if !self.waiting.is_empty() {
            E::insert_many(std::mem::take(&mut self.waiting)).exec_without_returning(transaction).await?;
        }
        Ok(())
    }
}

/// Everything that a seeding stores.
pub struct Store<'a> {
    transaction: &'a DatabaseTransaction,
    dice: Dice,
    groups: Vec<GroupId>,
    organizations: Vec<OrganizationId>,
    roles: HashMap<&'static str, types::RoleId>,
    attributes: Attributes,
    accounts: Rows<accounts::Entity>,
    account_attributes: Rows<account_attributes::Entity>,
    events: Rows<events::Entity>,
    group_memberships: Rows<group_memberships::Entity>,
    organization_memberships: Rows<organization_memberships::Entity>,
    members: Vec<i64>,
}

impl<'a> Store<'a> {
    /// The groups and organizations are made, or found when they are there from an earlier round.
    pub async fn new(
        transaction: &'a DatabaseTransaction,
        store: StoreId,
        dice: Dice,
        since: Timestamp,
    ) -> Result<Self> {
        let groups = groups_of(transaction, store, &dice, since).await?;
        let organizations = all_organizations(transaction, &dice, since).await?;
        custom::attributes(transaction, store, &dice, since).await?;
        let attributes = Attributes::of_store(transaction, store).await?;
        let mut roles = HashMap::new();
        for role in BuiltInRole::ALL {
            roles.insert(role.key(), stores::built_in_role(transaction, role).await?);
        }
        Ok(Self {
            transaction,
            dice,
            members: vec![0; organizations.len()],
            groups,
            organizations,
            roles,
            attributes,
            accounts: Rows::new(),
            account_attributes: Rows::new(),
            events: Rows::new(),
            group_memberships: Rows::new(),
            organization_memberships: Rows::new(),
        })
    }

    pub async fn add(&mut self, people: Vec<Person>) -> Result<()> {
        let mut assignments = Vec::new();
        for person in people {
            let (account_id, added_at) = (person.id, person.created_at);
            let accounts::ActiveModel { name_key, email_key, last_sign_in_at, created_at, .. } = person.account.clone();
            self.accounts.add(person.account);
            let index = self.attributes.index_rows(account_id, &person.attributes);
            index.into_iter().for_each(|row| self.account_attributes.add(row));
            person.events.into_iter().for_each(|event| self.events.add(event));
            for group in person.groups {
                self.group_memberships.add(group_memberships::ActiveModel {
                    group_id: Set(self.groups[group]),
                    account_id: Set(account_id),
                    added_at: Set(added_at),
                    name_key: name_key.clone(),
                    email_key: email_key.clone(),
                    account_created_at: created_at.clone(),
                    last_sign_in_at: last_sign_in_at.clone(),
                });
            }
            if let Some(place) = person.organization {
                self.members[place] += 1;
                self.organization_memberships.add(organization_memberships::ActiveModel {
                    organization_id: Set(self.organizations[place]),
                    account_id: Set(account_id),
                    added_at: Set(added_at),
                    name_key,
                    email_key,
                    account_created_at: created_at,
                    last_sign_in_at,
                });
            }
            for (role, place) in person.roles {
                assignments.push(role_assignments::ActiveModel {
                    id: Set(RoleAssignmentId(self.dice.id(added_at))),
                    account_id: Set(account_id),
                    role_id: Set(self.roles[role.key()]),
                    organization_id: Set(place.map(|place| self.organizations[place])),
                    assigned_by: Set(None),
                    assigned_at: Set(added_at),
                });
            }
        }
        if !assignments.is_empty() {
            // They name accounts that must be there.
            self.accounts.store_rest(self.transaction).await?;
            role_assignments::Entity::insert_many(assignments).exec_without_returning(self.transaction).await?;
        }
        self.accounts.store(self.transaction).await?;
        if self.accounts.waiting.is_empty() {
            self.account_attributes.store(self.transaction).await?;
            self.group_memberships.store(self.transaction).await?;
            self.organization_memberships.store(self.transaction).await?;
        }
        self.events.store(self.transaction).await
    }

    /// What waits, and how many members the organizations have.
    pub async fn finish(mut self) -> Result<()> {
        self.accounts.store_rest(self.transaction).await?;
        self.account_attributes.store_rest(self.transaction).await?;
        self.group_memberships.store_rest(self.transaction).await?;
        self.organization_memberships.store_rest(self.transaction).await?;
        self.events.store_rest(self.transaction).await?;
        for (organization, members) in self.organizations.iter().zip(&self.members) {
            organizations::Entity::update_many()
                .col_expr(
                    organizations::Column::MemberCount,
                    Expr::col(organizations::Column::MemberCount).add(*members),
                )
                .filter(organizations::Column::Id.eq(*organization))
                .exec(self.transaction)
                .await?;
        }
        Ok(())
    }
}

async fn groups_of(
    transaction: &DatabaseTransaction,
    store: StoreId,
    dice: &Dice,
    since: Timestamp,
) -> Result<Vec<GroupId>> {
    let mut ids = Vec::new();
    for (name, description, _) in GROUPS {
        let known = groups::Entity::find()
            .filter(groups::Column::StoreId.eq(store))
            .filter(groups::Column::NameKey.eq(name_key(name)))
            .one(transaction)
            .await?;
        let id = match known {
            Some(group) => group.id,
            None => {
                let id = GroupId(dice.id(since));
                let group = groups::ActiveModel {
                    id: Set(id),
                    store_id: Set(store),
                    name: Set(name.into()),
                    name_key: Set(name_key(name)),
                    description: Set(description.into()),
                    created_at: Set(since),
                };
                groups::Entity::insert(group).exec_without_returning(transaction).await?;
                id
            }
        };
        ids.push(id);
    }
    Ok(ids)
}

async fn all_organizations(
    transaction: &DatabaseTransaction,
    dice: &Dice,
    since: Timestamp,
) -> Result<Vec<OrganizationId>> {
    let mut ids = Vec::new();
    for (name, _, _) in ORGANIZATIONS {
        let known = organizations::Entity::find()
            .filter(organizations::Column::NameKey.eq(name_key(name)))
            .one(transaction)
            .await?;
        let id = match known {
            Some(organization) => organization.id,
            None => {
                let id = OrganizationId(dice.id(since));
                let organization = organizations::ActiveModel {
                    id: Set(id),
                    name: Set(name.into()),
                    name_key: Set(name_key(name)),
                    member_count: Set(0),
                    created_at: Set(since),
                };
                organizations::Entity::insert(organization).exec_without_returning(transaction).await?;
                id
            }
        };
        ids.push(id);
    }
    Ok(ids)
}
