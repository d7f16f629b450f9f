//! Who is signed in to the console, for its frame.

use db::entities::organizations;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use types::Permission;
use types::sessions::Viewer;
use types::settings::AlternateLogin;

use super::Staff;
use crate::{Result, Roster, settings};

/// Name, permissions, and the organizations that all of them are confined to.
pub async fn viewer(roster: &Roster, staff: &Staff) -> Result<Viewer> {
    let connection = roster.database.read();
    let mut confined_to = Vec::new();
    let having = staff.grants().iter().filter(|grant| !grant.permissions.is_empty());
    let places: Option<Vec<_>> = having.map(|grant| grant.organization).collect();
    if let Some(places) = places {
        let rows = organizations::Entity::find()
            .filter(organizations::Column::Id.is_in(places))
            .order_by_asc(organizations::Column::NameKey)
            .all(connection)
            .await?;
        confined_to = rows.into_iter().map(|organization| organization.name).collect();
    }
    let makes_codes = staff.require(Permission::GenerateBackupCodes).is_ok();
    let one_time_codes = makes_codes
        && settings::read::<AlternateLogin>(connection, roster.default_store().await?).await?.has_one_time_codes();
    let permissions: Vec<_> = staff.permissions().into_iter().collect();
    Ok(Viewer {
        id: staff.account,
        name: staff.name.clone(),
        email: staff.email.clone(),
        everywhere: permissions.iter().copied().filter(|permission| staff.holds(*permission, None)).collect(),
        permissions,
        confined_to,
        mail_arrives: roster.mailing.delivers(),
        one_time_codes,
    })
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn names_the_organizations_that_authority_is_confined_to() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let all = viewer(&context, &owner).await.unwrap();
            assert_eq!((all.confined_to, all.everywhere), (Vec::new(), all.permissions));
            let acme = testing::organization(&context, "Acme", &[]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let seen = viewer(&context, &desk).await.unwrap();
            assert_eq!(seen.confined_to, ["Acme"]);
            assert!(seen.may(Permission::EditUsers) && !seen.may(Permission::DeleteUsers));
            assert!(!seen.may_everywhere(Permission::EditUsers), "{:?}", seen.everywhere);
        })
        .await;
    }

    #[tokio::test]
    async fn a_role_that_grants_nothing_widens_nothing() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            let id = testing::onboarded(&context, &owner, "desk").await;
            testing::give_role(&context, id, BuiltInRole::HelpDesk, Some(acme)).await;
            testing::give_permissions(&context, id, &[], None).await;
            let staff = testing::staff(&context, id).await;
            assert_eq!(viewer(&context, &staff).await.unwrap().confined_to, ["Acme"]);
        })
        .await;
    }
}
