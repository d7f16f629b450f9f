//! The overview panel and the attributes (P1, P2).

use db::entities::{accounts, identity_stores, organization_memberships, organizations};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::accounts::{OrganizationChoice, Profile, StatusLabel};
use types::{AccountId, OrganizationId, Permission, Timestamp};

use super::columns;
use crate::attributes::{Attributes, Editor};
use crate::authority::holding_more;
use crate::{Error, Result, Roster, Staff, sign_in};

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
    // Who sees only some organizations does not learn who else there is.
    let shared_address =
        if scope.is_everywhere() { sign_in::shared_address(connection, &account).await? } else { None };
    let labels = labels(&account, roster.now());
    let attributes = Attributes::of_store(connection, account.store_id).await?;
    Ok(Profile {
        id,
        store_id: account.store_id,
        store_name: store.name,
        name: account.name.clone(),
        form: columns::whole_form_of(&account, &attributes, Editor::Console),
        attributes: attributes.shown_to(Editor::Console),
        version: account.version,
        disabled: account.disabled_at.is_some(),
        disabled_reason: account.disabled_reason.clone(),
        locked: labels.contains(&StatusLabel::Locked),
        organizations: named(connection, organizations.into_iter().filter(|id| scope.reaches(*id))).await?,
        labels,
        created_at: account.created_at,
        last_sign_in_at: some_moment(account.last_sign_in_at),
        shared_address,
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

async fn named(
    connection: &impl ConnectionTrait,
    ids: impl Iterator<Item = OrganizationId>,
) -> Result<Vec<OrganizationChoice>> {
    let rows = organizations::Entity::find()
        .filter(organizations::Column::Id.is_in(ids))
        .order_by_asc(organizations::Column::NameKey)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| OrganizationChoice { id: row.id, name: row.name }).collect())
}

/// The labels of U2 that exist so far. A lockout in the past is none.
pub(crate) fn labels(account: &accounts::Model, now: Timestamp) -> Vec<StatusLabel> {
    labels_of(
        account.disabled_at.is_some(),
        account.locked_until.is_some_and(|until| until > now),
        account.password_expires_at.is_some_and(|at| at <= now),
        account.email_verified_at.is_some(),
        onboarding(account.onboarded_at, account.activation_expires_at, now),
    )
}

/// **Not registered**, **Pending activation** or **Onboarded** (O2).
pub(crate) fn onboarding(
    onboarded_at: Option<Timestamp>,
    activation_expires_at: Option<Timestamp>,
    now: Timestamp,
) -> StatusLabel {
    match (onboarded_at, activation_expires_at) {
        (Some(_), _) => StatusLabel::Onboarded,
        (None, None) => StatusLabel::NotRegistered,
        (None, Some(until)) if until <= now => StatusLabel::ActivationExpired,
        (None, Some(_)) => StatusLabel::PendingActivation,
    }
}

pub(crate) fn labels_of(
    disabled: bool,
    locked: bool,
    password_expired: bool,
    verified: bool,
    onboarding: StatusLabel,
) -> Vec<StatusLabel> {
    let mut labels = vec![if disabled { StatusLabel::Disabled } else { StatusLabel::Enabled }];
    if locked {
        labels.push(StatusLabel::Locked);
    }
    if password_expired {
        labels.push(StatusLabel::PasswordExpired);
    }
    labels.push(onboarding);
    labels.push(if verified { StatusLabel::VerifiedEmail } else { StatusLabel::UnverifiedEmail });
    labels
}

/// 0 in the database is "never".
pub(crate) fn some_moment(at: Timestamp) -> Option<Timestamp> {
    (at.0 != 0).then_some(at)
}

#[cfg(test)]
mod tests {
    use types::bulk::{BulkAction, Parameters};
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn on_somebody_who_holds_more_one_may_only_read() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let reads = [Permission::ViewUsers, Permission::ViewEvents, Permission::ViewDirectory];
            assert_eq!(profile(&context, &admin, owner.account).await.unwrap().may, reads);
            let may = profile(&context, &admin, ada).await.unwrap().may;
            assert_eq!(may, BuiltInRole::Administrator.permissions());
        })
        .await;
    }

    #[tokio::test]
    async fn one_may_no_more_than_ones_roles_reach() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (inside, outside) =
                (testing::user(&context, &owner, "in").await, testing::user(&context, &owner, "out").await);
            let acme = testing::organization(&context, "Acme", &[inside]).await;
            let id = testing::onboarded(&context, &owner, "mixed").await;
            testing::give_permissions(&context, id, &[Permission::ViewUsers], None).await;
            testing::give_permissions(&context, id, &[Permission::EditUsers], Some(acme)).await;
            let staff = testing::staff(&context, id).await;
            assert!(profile(&context, &staff, inside).await.unwrap().may(Permission::EditUsers));
            assert!(!profile(&context, &staff, outside).await.unwrap().may(Permission::EditUsers));
            assert!(profile(&context, &staff, id).await.unwrap().is_self);
        })
        .await;
    }

    #[tokio::test]
    async fn tells_status_and_why_somebody_was_disabled() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            use StatusLabel::*;
            let fresh = profile(&context, &owner, ada).await.unwrap();
            assert_eq!(fresh.labels, [Enabled, NotRegistered, UnverifiedEmail]);
            assert_eq!((fresh.last_sign_in_at, fresh.store_name.as_str()), (None, "People"));
            let selection = types::bulk::Selection::Accounts(vec![ada]);
            crate::jobs::start(&context, &owner, BulkAction::Disable, &selection, &Parameters::Reason(" left ".into()))
                .await
                .unwrap();
            let disabled = profile(&context, &owner, ada).await.unwrap();
            assert_eq!(disabled.labels, [Disabled, NotRegistered, UnverifiedEmail]);
            assert_eq!((disabled.disabled, disabled.disabled_reason.as_deref()), (true, Some("left")));
            assert!(disabled.version > fresh.version);
            testing::bulk(&context, &owner, BulkAction::Delete, &[ada]).await;
            assert!(matches!(profile(&context, &owner, ada).await, Err(Error::NotFound("user"))));
        })
        .await;
    }
}
