//! Who is signed in to the console, for its frame.

use db::entities::organizations;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use types::sessions::Viewer;

use super::Staff;
use crate::{Database, Result};

/// Name, permissions, and the organizations that all of them are confined to.
pub async fn viewer(database: &Database, staff: &Staff) -> Result<Viewer> {
    let mut confined_to = Vec::new();
    let places: Option<Vec<_>> = staff.grants().iter().map(|grant| grant.organization).collect();
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
