//! Who is signed in to the console, for its frame.

use db::entities::organizations;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use types::sessions::Viewer;

use super::Staff;
use crate::{Database, Result};

/// Name, permissions, and the organizations that all of them are confined to.
pub async fn viewer(database: &Database, staff: &Staff) -> Result<Viewer> {
    let mut confined_to = Vec::new();
    let having = staff.grants().iter().filter(|grant| !grant.permissions.is_empty());
    let places: Option<Vec<_>> = having.map(|grant| grant.organization).collect();
    if let Some(places) = places {
        let rows = organizations::Entity::find()
            .filter(organizations::Column::Id.is_in(places))
            .order_by_asc(organizations::Column::NameKey)
            .all(database.read())
            .await?;
        confined_to = rows.into_iter().map(|organization| organization.name).collect();
    }
    Ok(Viewer {
        name: staff.name.clone(),
        email: staff.email.clone(),
        permissions: staff.permissions().into_iter().collect(),
        confined_to,
    })
}

#[cfg(test)]
mod tests {
    use types::Permission;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn names_the_organizations_that_authority_is_confined_to() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            assert_eq!(viewer(&context.database, &owner).await.unwrap().confined_to, Vec::<String>::new());
            let acme = testing::organization(&context, "Acme", &[]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let seen = viewer(&context.database, &desk).await.unwrap();
            assert_eq!(seen.confined_to, ["Acme"]);
            assert!(seen.may(Permission::EditUsers) && !seen.may(Permission::DeleteUsers));
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
            assert_eq!(viewer(&context.database, &staff).await.unwrap().confined_to, ["Acme"]);
        })
        .await;
    }
}
