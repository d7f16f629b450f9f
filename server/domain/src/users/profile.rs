//! The overview panel and the attributes (P1, P2).

use db::entities::{accounts, identity_stores, organization_memberships};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::accounts::{Profile, StatusLabel};
use types::{AccountId, OrganizationId, Permission, Timestamp};

use super::columns;
use crate::authority::holding_more;
use crate::{Error, Result, Roster, Staff};

/// Needs **View users** over the account. `may` holds what the caller can do to this account.
pub async fn profile(roster: &Roster, staff: &Staff, id: AccountId) -> Result<Profile> {
    let scope = staff.require(Permission::ViewUsers)?;
    let connection = roster.database.read();
    let account = scope.account(connection, id).await?;
    let store = identity_stores::Entity::find_by_id(account.store_id)
        .one(connection)
        .await?
        .ok_or_else(|| Error::Internal("an account without a store".into()))?;
    let outranked = holding_more(connection, staff, &[id]).await?.contains(&id);
    let organizations = organizations_of(connection, id).await?;
    let reaches = |permission| {
        staff.holds(permission, None)
            || organizations.iter().any(|organization| staff.holds(permission, Some(*organization)))
    };
    let reads = [Permission::ViewUsers, Permission::ViewEvents, Permission::ViewDirectory];
    let may = staff
        .permissions()
        .into_iter()
        .filter(|permission| reaches(*permission) && (reads.contains(permission) || !outranked))
        .collect();
    let labels = labels(&account, roster.now());
    Ok(Profile {
        id,
        store_id: account.store_id,
        store_name: store.name,
        name: account.name.clone(),
        form: columns::form_of(&account),
        version: account.version,
        disabled: account.disabled_at.is_some(),
        disabled_reason: account.disabled_reason.clone(),
        locked: labels.contains(&StatusLabel::Locked),
        labels,
        created_at: account.created_at,
        last_sign_in_at: some_moment(account.last_sign_in_at),
        may,
        is_self: id == staff.account,
    })
}

async fn organizations_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<OrganizationId>> {
    Ok(organization_memberships::Entity::find()
        .filter(organization_memberships::Column::AccountId.eq(id))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| row.organization_id)
        .collect())
}

/// The labels of U2 that exist so far. A lockout in the past is none.
pub(crate) fn labels(account: &accounts::Model, now: Timestamp) -> Vec<StatusLabel> {
    labels_of(
        account.disabled_at.is_some(),
        account.locked_until.is_some_and(|until| until > now),
        account.email_verified_at.is_some(),
        account.onboarded_at.is_some(),
    )
}

pub(crate) fn labels_of(disabled: bool, locked: bool, verified: bool, onboarded: bool) -> Vec<StatusLabel> {
    let mut labels = vec![if disabled { StatusLabel::Disabled } else { StatusLabel::Enabled }];
    if locked {
        labels.push(StatusLabel::Locked);
    }
    labels.push(if onboarded { StatusLabel::Onboarded } else { StatusLabel::NotRegistered });
    labels.push(if verified { StatusLabel::VerifiedEmail } else { StatusLabel::UnverifiedEmail });
    labels
}

/// 0 in the database is "never".
pub(crate) fn some_moment(at: Timestamp) -> Option<Timestamp> {
    (at.0 != 0).then_some(at)
}
