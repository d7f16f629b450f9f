//! What the ids of a filter are called (U6), and what there is to choose from.

use db::entities::{groups, organizations, roles};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::user_list::{Filter, FilterChoices, FilterNames};
use types::{OrganizationId, Permission, StoreId};

use crate::authority::Reach;
use crate::{Database, Result, Scope, Staff, stores};

/// Groups, roles and organizations that are offered.
const CHOICES: u64 = 1_000;

fn reaches(scope: &Scope, organization: OrganizationId) -> bool {
    match scope.reach() {
        Reach::Everywhere => true,
        Reach::Organizations(organizations) => organizations.contains(&organization),
    }
}

/// The names, as far as the scope reaches; what is gone, or out of it, has none.
pub(super) async fn of(database: &Database, scope: &Scope, filter: &Filter) -> Result<FilterNames> {
    let connection = database.read();
    let mut names = FilterNames::default();
    if let Some(id) = filter.group {
        names.group = groups::Entity::find_by_id(id).one(connection).await?.map(|group| group.name);
    }
    if let Some(id) = filter.role {
        names.role = roles::Entity::find_by_id(id).one(connection).await?.map(|role| role.name);
    }
    if let Some(id) = filter.organization.filter(|id| reaches(scope, *id)) {
        names.organization = organizations::Entity::find_by_id(id).one(connection).await?.map(|it| it.name);
    }
    Ok(names)
}

/// What the **Filter** dialog offers. Needs **View users**; organizations only within its reach.
pub async fn choices(database: &Database, staff: &Staff, store: Option<StoreId>) -> Result<FilterChoices> {
    let scope = staff.require(Permission::ViewUsers)?;
    let connection = database.read();
    let store = match store {
        Some(store) => store,
        None => stores::default_store(connection).await?,
    };
    let groups = groups::Entity::find()
        .filter(groups::Column::StoreId.eq(store))
        .order_by_asc(groups::Column::NameKey)
        .limit(CHOICES)
        .all(connection)
        .await?;
    let roles = roles::Entity::find().order_by_asc(roles::Column::Name).limit(CHOICES).all(connection).await?;
    let mut places = organizations::Entity::find().order_by_asc(organizations::Column::NameKey).limit(CHOICES);
    if let Reach::Organizations(ids) = scope.reach() {
        places = places.filter(organizations::Column::Id.is_in(ids.iter().copied()));
    }
    let places = places.all(connection).await?;
    Ok(FilterChoices {
        groups: groups.into_iter().map(|group| (group.id, group.name)).collect(),
        roles: roles.into_iter().map(|role| (role.id, role.name)).collect(),
        organizations: places.into_iter().map(|place| (place.id, place.name)).collect(),
    })
}
