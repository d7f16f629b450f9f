//! Who is calling, and what they may do. The only way to a [`Scope`], and so to accounts' rows.

mod act_on;
mod authenticate;
mod scope;
mod viewer;

use std::collections::BTreeSet;

use types::{AccountId, OrganizationId, Permission, SessionId, Timestamp};

use crate::impersonation::Acting;
use crate::{Error, Result};

pub(crate) use act_on::lock_ownership;
pub use act_on::{holding_more, is_last_owner_among};
pub use authenticate::{ABSOLUTE_LIMIT_SECONDS, IDLE_LIMIT_SECONDS, again, authenticate, is_signed_in, staff_by_email};
pub use scope::{Reach, Scope};
pub use viewer::viewer;

/// Somebody who is signed in: authority over their own account, and perhaps more.
#[derive(Clone, Debug)]
pub struct Holder {
    pub account: AccountId,
    pub session: SessionId,
    pub name: String,
    pub email: String,
    /// When this session proved who it is.
    pub signed_in_at: Timestamp,
    /// When they proved it last: at the sign-in, or when they were asked again (S12).
    pub proved_at: Timestamp,
    /// Staff set the password: until the holder has chosen another, they may do nothing else.
    pub must_change_password: bool,
    /// Somebody of the staff, who looks at the account in its holder's place (A11).
    pub acting: Option<Acting>,
    grants: Vec<Grant>,
}

/// A role's permissions, and where they hold.
#[derive(Clone, Debug)]
pub struct Grant {
    pub permissions: BTreeSet<Permission>,
    /// `None`: everywhere.
    pub organization: Option<OrganizationId>,
}

impl Holder {
    /// The same person as staff, when they hold any permission at all.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for everybody else.
    pub fn into_staff(self) -> Result<Staff> {
        self.require_in_person()?;
        if self.is_staff() {
            Ok(Staff(self))
        } else {
            Err(Error::not_allowed("This page is for administrators. Your own account is under “Your account”."))
        }
    }

    /// For whatever changes the account, or hands it out: not in its holder's place (A11).
    ///
    /// # Errors
    /// [`Error::NotAllowed`] while somebody impersonates the holder.
    pub fn require_in_person(&self) -> Result<()> {
        if self.acting.is_some() { Err(Error::not_allowed("End the impersonation first.")) } else { Ok(()) }
    }

    pub fn is_staff(&self) -> bool {
        self.grants.iter().any(|grant| !grant.permissions.is_empty())
    }
}

/// Somebody who may use the console.
#[derive(Clone, Debug)]
pub struct Staff(Holder);

impl std::ops::Deref for Staff {
    type Target = Holder;
    fn deref(&self) -> &Holder {
        &self.0
    }
}

impl Staff {
    /// The rows that the permission reaches.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when no role of theirs has it.
    pub fn require(&self, permission: Permission) -> Result<Scope> {
        let having = || self.grants.iter().filter(|grant| grant.permissions.contains(&permission));
        if having().any(|grant| grant.organization.is_none()) {
            return Ok(Scope::new(Reach::Everywhere));
        }
        let organizations: BTreeSet<_> = having().filter_map(|grant| grant.organization).collect();
        if organizations.is_empty() {
            return Err(Error::not_allowed(format!("Your roles do not include “{}”.", permission.label())));
        }
        Ok(Scope::new(Reach::Organizations(organizations.into_iter().collect())))
    }

    /// For what belongs to no organization.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when they do not hold it, or only for some organizations.
    pub fn require_everywhere(&self, permission: Permission) -> Result<Scope> {
        match self.require(permission)? {
            scope if scope.is_everywhere() => Ok(scope),
            _ => Err(Error::not_allowed(format!(
                "Your roles include “{}” for some organizations only; this needs it everywhere.",
                permission.label()
            ))),
        }
    }

    /// Whether a grant of `permission` for `organization` (`None`: everywhere) is within what they hold.
    pub fn holds(&self, permission: Permission, organization: Option<OrganizationId>) -> bool {
        self.grants.iter().any(|grant| {
            grant.permissions.contains(&permission)
                && (grant.organization.is_none() || grant.organization == organization)
        })
    }

    /// Everything they may do somewhere.
    pub fn permissions(&self) -> BTreeSet<Permission> {
        self.grants.iter().flat_map(|grant| grant.permissions.iter().copied()).collect()
    }

    pub(crate) fn grants(&self) -> &[Grant] {
        &self.0.grants
    }
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn a_plain_account_is_no_staff() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let holder = testing::holder(&context, ada).await;
            assert!(!holder.is_staff());
            assert!(matches!(holder.into_staff(), Err(Error::NotAllowed(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn a_role_for_an_organization_reaches_that_organization_only() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            let other = testing::organization(&context, "Other", &[]).await;
            let staff = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let scope = staff.require(Permission::ViewUsers).unwrap();
            assert_eq!(scope.reach(), &Reach::Organizations(vec![acme]));
            assert!(matches!(staff.require_everywhere(Permission::ViewUsers), Err(Error::NotAllowed(_))));
            assert!(matches!(staff.require(Permission::DeleteUsers), Err(Error::NotAllowed(_))));
            let holds = |place| staff.holds(Permission::ViewUsers, place);
            assert_eq!((holds(Some(acme)), holds(Some(other)), holds(None)), (true, false, false));
        })
        .await;
    }

    #[tokio::test]
    async fn each_permission_reaches_as_far_as_the_roles_that_have_it() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            let id = testing::onboarded(&context, &owner, "mixed").await;
            testing::give_role(&context, id, BuiltInRole::Auditor, None).await;
            testing::give_role(&context, id, BuiltInRole::HelpDesk, Some(acme)).await;
            let staff = testing::staff(&context, id).await;
            assert!(staff.require_everywhere(Permission::ViewUsers).is_ok());
            let reach = staff.require(Permission::EditUsers).unwrap().reach().clone();
            assert_eq!(reach, Reach::Organizations(vec![acme]));
        })
        .await;
    }

    #[tokio::test]
    async fn a_permission_that_this_version_does_not_know_grants_nothing() {
        testing::on_both(|context| async move {
            use sea_orm::ConnectionTrait;
            let owner = testing::owner(&context).await;
            let id = testing::onboarded(&context, &owner, "future").await;
            testing::give_permissions(&context, id, &[Permission::ViewUsers], None).await;
            let transaction = context.database.begin().await.unwrap();
            let unknown = "UPDATE roles SET permissions = 'fly' WHERE permissions = 'view_users'";
            transaction.execute_unprepared(unknown).await.unwrap();
            transaction.commit().await.unwrap();
            assert!(!testing::holder(&context, id).await.is_staff());
        })
        .await;
    }
}
