//! Who is calling, and what they may do. The only way to a [`Scope`], and so to accounts' rows.

mod act_on;
mod authenticate;
mod scope;
mod viewer;

use std::collections::BTreeSet;

use types::{AccountId, OrganizationId, Permission, SessionId, Timestamp};

use crate::{Error, Result};

pub use act_on::{holding_more, is_last_owner_among};
pub use authenticate::{ABSOLUTE_LIMIT_SECONDS, IDLE_LIMIT_SECONDS, authenticate};
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
        if self.is_staff() {
            Ok(Staff(self))
        } else {
            Err(Error::not_allowed("This page is for administrators. Your own account is under “Your account”."))
        }
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
