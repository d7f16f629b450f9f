//! Which accounts a permission reaches: the only place that queries on accounts begin.

use db::entities::{accounts, organization_memberships};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use types::{AccountId, OrganizationId};

use crate::database::TO_CHANGE;
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

    /// Whether the organization is one that the caller may know of here.
    pub(crate) fn reaches(&self, organization: OrganizationId) -> bool {
        match &self.reach {
            Reach::Everywhere => true,
            Reach::Organizations(reached) => reached.contains(&organization),
        }
    }

    /// What both reach.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when that is nothing.
    pub(crate) fn narrowed(self, other: Self) -> Result<Self> {
        let both = match (self.reach, other.reach) {
            (Reach::Everywhere, reach) | (reach, Reach::Everywhere) => reach,
            (Reach::Organizations(mut one), Reach::Organizations(other)) => {
                one.retain(|id| other.contains(id));
                if one.is_empty() {
                    return Err(Error::not_allowed("Your roles do not include both in any organization."));
                }
                Reach::Organizations(one)
            }
        };
        Ok(Self::new(both))
    }

    pub(crate) fn is_one_organization(&self) -> bool {
        matches!(&self.reach, Reach::Organizations(organizations) if organizations.len() == 1)
    }

    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The accounts within reach that are not deleted. Reach is asked of each row that something
    /// else has found.
    pub fn accounts(&self) -> Select<accounts::Entity> {
        self.accounts_and_deleted().filter(accounts::Column::DeletedAt.is_null())
    }

    /// The same, found by membership: for reaches of few accounts.
    pub(crate) fn accounts_by_membership(&self) -> Select<accounts::Entity> {
        let query = accounts::Entity::find().filter(accounts::Column::DeletedAt.is_null());
        match &self.reach {
            Reach::Everywhere => query,
            Reach::Organizations(organizations) => query.filter(account_id().in_subquery(members(organizations))),
        }
    }

    /// The ids within reach, each once, and the test of one account; `None`: everybody is.
    pub(crate) fn members(&self) -> Option<(SelectStatement, SimpleExpr)> {
        match &self.reach {
            Reach::Everywhere => None,
            Reach::Organizations(organizations) => {
                let mut ids = members(organizations);
                if organizations.len() > 1 {
                    ids.distinct();
                }
                Some((ids, is_member(organizations)))
            }
        }
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
            .lock(TO_CHANGE)
            .one(connection)
            .await?
            .ok_or(Error::NotFound("user"))
    }

    fn condition(&self) -> Condition {
        match &self.reach {
            Reach::Everywhere => Condition::all(),
            Reach::Organizations(organizations) => Condition::all().add(is_member(organizations)),
        }
    }
}

fn is_member(organizations: &[OrganizationId]) -> SimpleExpr {
    let of_account = (organization_memberships::Entity, organization_memberships::Column::AccountId);
    Expr::exists(members(organizations).and_where(Expr::col(of_account).eq(account_id())).to_owned())
}

fn account_id() -> Expr {
    Expr::col((accounts::Entity, accounts::Column::Id))
}

fn members(organizations: &[OrganizationId]) -> SelectStatement {
    Query::select()
        .expr_as(
            Expr::col((organization_memberships::Entity, organization_memberships::Column::AccountId)),
            Alias::new("id"),
        )
        .from(organization_memberships::Entity)
        .and_where(Expr::col(organization_memberships::Column::OrganizationId).is_in(organizations.iter().copied()))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use types::Permission;
    use types::bulk::BulkAction;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn absent_deleted_and_out_of_reach_are_not_told_apart() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let inside = testing::user(&context, &owner, "inside").await;
            let outside = testing::user(&context, &owner, "outside").await;
            let deleted = testing::user(&context, &owner, "deleted").await;
            let acme = testing::organization(&context, "Acme", &[inside, deleted]).await;
            testing::bulk(&context, &owner, BulkAction::Delete, &[deleted]).await;
            let id = testing::onboarded(&context, &owner, "viewer").await;
            testing::give_permissions(&context, id, &[Permission::ViewUsers], Some(acme)).await;
            let staff = testing::staff(&context, id).await;
            let scope = staff.require(Permission::ViewUsers).unwrap();
            let connection = context.database.read();
            assert_eq!(scope.account(connection, inside).await.unwrap().id, inside);
            for hidden in [outside, deleted, AccountId(context.id())] {
                assert!(matches!(scope.account(connection, hidden).await, Err(Error::NotFound("user"))));
            }
            let seen = scope.accounts().all(connection).await.unwrap();
            assert_eq!(seen.iter().map(|row| row.id).collect::<Vec<_>>(), [inside]);
        })
        .await;
    }

    #[tokio::test]
    async fn an_organizations_help_desk_sees_its_own_people_and_nobody_else() {
        testing::on_both(|context| async move {
            use crate::{groups, roles, users};
            use types::user_list::{Filter, ListState, MatchCount};
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 6, |at| testing::form(&format!("person{at}"))).await;
            let acme = testing::organization(&context, "Acme", &ids[..2]).await;
            testing::organization(&context, "Globex", &ids[1..4]).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[ids[1], ids[2]]).await;
            let role = types::permissions::BuiltInRole::HelpDesk;
            let desk = testing::staff_with(&context, &owner, "desk", role, Some(acme)).await;
            for q in ["", "person", "p"] {
                let filter = Filter { q: q.into(), ..Filter::default() };
                let state = ListState { filter, ..ListState::default() };
                let page = users::list(&context, &desk, &state).await.unwrap();
                assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids[..2], "{q}");
                assert_eq!(page.count, Some(MatchCount::Exactly(2)));
            }
            let disabled = Some(types::user_list::StatusFilter::Disabled);
            let filter = Filter { status: disabled, ..Filter::default() };
            let page = users::list(&context, &desk, &ListState { filter, ..ListState::default() }).await.unwrap();
            assert_eq!((page.rows.len(), page.count), (1, Some(MatchCount::Exactly(1))));
            let database = &context.database;
            for (at, id) in ids.into_iter().enumerate() {
                let answers = [
                    users::profile(&context, &desk, id).await.map(drop),
                    testing::activity(database, &desk, id, None, None).await.map(drop),
                    groups::of_user(database, &desk, id).await.map(drop),
                    groups::assignable(database, &desk, id, "").await.map(drop),
                    roles::of_user(database, &desk, id).await.map(drop),
                    users::unlock(&context, &desk, id).await,
                    users::end_sessions(&context, &desk, id).await.map(drop),
                    users::edit(&context, &desk, id, &testing::form(&format!("person{at}")), 1).await.map(drop),
                ];
                for answer in answers {
                    assert!(if at < 2 { answer.is_ok() } else { matches!(answer, Err(Error::NotFound("user"))) });
                }
            }
        })
        .await;
    }
}
