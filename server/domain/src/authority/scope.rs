//! Which accounts a permission reaches: the only place that queries on accounts begin.

use db::entities::{accounts, organization_memberships};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use types::{AccountId, OrganizationId};

use crate::{Error, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Everywhere,
    /// Never empty.
    Organizations(Vec<OrganizationId>),
}

/// Made by [`super::Staff::require`] only.
#[derive(Clone, Debug)]
pub struct Scope {
    reach: Reach,
}

impl Scope {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach }
    }

    pub fn is_everywhere(&self) -> bool {
        self.reach == Reach::Everywhere
    }

    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The accounts within reach that are not deleted.
    pub fn accounts(&self) -> Select<accounts::Entity> {
        self.accounts_and_deleted().filter(accounts::Column::DeletedAt.is_null())
    }

    /// The same with the deleted ones, for **Restore**.
    pub(crate) fn accounts_and_deleted(&self) -> Select<accounts::Entity> {
        accounts::Entity::find().filter(self.condition())
    }

    /// One account within reach.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there, deleted or out of reach: never told apart.
    pub async fn account(&self, connection: &impl ConnectionTrait, id: AccountId) -> Result<accounts::Model> {
        self.accounts().filter(accounts::Column::Id.eq(id)).one(connection).await?.ok_or(Error::NotFound("user"))
    }

    /// The same, locked until the transaction ends, so that two changes do not cross.
    pub(crate) async fn locked_account(
        &self,
        connection: &impl ConnectionTrait,
        id: AccountId,
    ) -> Result<accounts::Model> {
        self.accounts()
            .filter(accounts::Column::Id.eq(id))
            .lock_exclusive()
            .one(connection)
            .await?
            .ok_or(Error::NotFound("user"))
    }

    fn condition(&self) -> Condition {
        match &self.reach {
            Reach::Everywhere => Condition::all(),
            Reach::Organizations(organizations) => Condition::all()
                .add(Expr::col((accounts::Entity, accounts::Column::Id)).in_subquery(members(organizations))),
        }
    }
}

fn members(organizations: &[OrganizationId]) -> SelectStatement {
    Query::select()
        .column(organization_memberships::Column::AccountId)
        .from(organization_memberships::Entity)
        .and_where(Expr::col(organization_memberships::Column::OrganizationId).is_in(organizations.iter().copied()))
        .to_owned()
}
