//! Renaming, describing and nesting; the second of two administrators gets the difference.

use sea_orm::ConnectionTrait;
use types::directory::{Saved, Unit, UnitForm, UnitKind};
use types::events::{EventKind, FieldChange};
use types::fold::fold;
use types::{GroupId, StoreId};

use super::unit::{find, id_of, locked, may_edit, name_taken, require_sight, statement, to_change, words};
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff};

/// Groups within groups, at most.
pub(super) const DEPTH_MOST: usize = 10;

/// Saves an edit that began from `version`. Needs **Change groups and organizations**: everywhere
/// for a group.
///
/// # Errors
/// Every wrong field; a name that is taken; a group that would be inside itself.
pub async fn edit(
    context: &Context,
    staff: &Staff,
    unit: Unit,
    form: &UnitForm,
    version: i64,
) -> Result<Saved<UnitForm>> {
    require_sight(staff, unit)?;
    if !may_edit(staff, unit) {
        return Err(Error::not_allowed(format!("You may not change this {}.", unit.kind().word())));
    }
    let form = form.parse()?;
    let transaction = context.database.begin().await?;
    // The store before the group, as everybody who nests: otherwise two could wait for each other.
    if let (UnitKind::Group, Some(parent)) = (unit.kind(), form.parent) {
        check_parent(&transaction, Some(unit), parent).await?;
    }
    let row = locked(&transaction, unit).await?;
    if row.version != version {
        return Ok(Saved::Conflict { theirs: row.form(), version: row.version });
    }
    let changes = differences(&transaction, &row.form(), &form).await?;
    if changes.is_empty() {
        return Ok(Saved::Saved { version });
    }
    let table = words(unit.kind()).table;
    let mut values =
        vec![id_of(unit).into(), form.name.clone().into(), fold(&form.name).into(), form.description.clone().into()];
    let parent = if unit.kind() == UnitKind::Group {
        values.push(form.parent.into());
        ", parent_id = $5"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE {table} SET name = $2, name_key = $3, description = $4, version = version + 1{parent} WHERE id = $1"
    );
    transaction.execute_raw(statement(&transaction, sql, values)).await.map_err(name_taken(unit.kind()))?;
    let kind = match unit {
        Unit::Group(_) => EventKind::GroupEdited,
        Unit::Organization(_) => EventKind::OrganizationEdited,
    };
    let event = Event::new(kind).by(staff).changes(changes).note(Some(&row.name));
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(Saved::Saved { version: version + 1 })
}

/// Lets one transaction at a time nest groups of a store, and sees that `group` is not put inside
/// itself. Gives the store.
///
/// # Errors
/// An error at the field `parent`.
pub(super) async fn check_parent(
    connection: &impl ConnectionTrait,
    group: Option<Unit>,
    parent: GroupId,
) -> Result<StoreId> {
    let wrong = |why: &str| Error::field("parent", why);
    let gone = |_| wrong("This group is no longer there.");
    let store = find(connection, Unit::Group(parent)).await.map_err(gone)?.store_id;
    let store = store.ok_or_else(|| Error::Internal("a group without a store".into()))?;
    let sql = format!("SELECT 1 FROM identity_stores WHERE id = $1{}", to_change(connection));
    connection.query_one_raw(statement(connection, sql, [store.into()])).await?;
    if let Some(group) = group
        && find(connection, group).await?.store_id != Some(store)
    {
        return Err(wrong("This group belongs to another identity store."));
    }
    let mut around = Some(parent);
    for _ in 0..DEPTH_MOST {
        let Some(id) = around else { return Ok(store) };
        if group == Some(Unit::Group(id)) {
            return Err(wrong("A group cannot be inside itself."));
        }
        around = find(connection, Unit::Group(id)).await.map_err(gone)?.parent_id;
    }
    Err(wrong("Groups can be nested ten deep, no deeper."))
}

async fn differences(
    connection: &impl ConnectionTrait,
    before: &UnitForm,
    after: &UnitForm,
) -> Result<Vec<FieldChange>> {
    let mut changes = Vec::new();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    for (field, old, new) in
        [("name", &before.name, &after.name), ("description", &before.description, &after.description)]
    {
        if old != new {
            changes.push(FieldChange { field: field.into(), old: some(old), new: some(new) });
        }
    }
    if before.parent != after.parent {
        let mut names = [None, None];
        for (name, id) in names.iter_mut().zip([before.parent, after.parent]) {
            if let Some(id) = id {
                *name = find(connection, Unit::Group(id)).await.ok().map(|group| group.name);
            }
        }
        let [old, new] = names;
        changes.push(FieldChange { field: "parent".into(), old, new });
    }
    Ok(changes)
}
