//! Adding and changing an attribute (D1). The second of two administrators gets the difference; what
//! would be lost is told first.

use db::entities::attributes;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, SqlErr};
use types::attributes::{
    ATTRIBUTES_MOST, AttributeDefinition, AttributeFields, AttributeForm, AttributeKind, AttributeOutcome,
};
use types::events::{EventKind, FieldChange};
use types::{AttributeId, Permission, StoreId, Timestamp};

use super::scan::scan;
use super::values::compile;
use super::{definition, locked, work};
use crate::events::{self, Event};
use crate::{Context, Error, Result, Staff, stores};

fn parsed(form: &AttributeForm) -> Result<AttributeFields> {
    let fields = form.parse()?;
    if let Some(pattern) = &fields.pattern {
        compile(pattern).map_err(|message| Error::field("pattern", message))?;
    }
    Ok(fields)
}

/// Adds an attribute, after the others. Needs **Change identity stores and their attributes**.
///
/// # Errors
/// Every wrong field at once; `key` when the store has such an attribute.
pub async fn add(context: &Context, staff: &Staff, store: StoreId, form: &AttributeForm) -> Result<AttributeId> {
    staff.require_everywhere(Permission::ManageStores)?;
    let fields = parsed(form)?;
    let transaction = context.database.begin().await?;
    let store = stores::locked(&transaction, store).await?;
    let of_store = attributes::Entity::find().filter(attributes::Column::StoreId.eq(store.id));
    if of_store.clone().count(&transaction).await? >= ATTRIBUTES_MOST as u64 {
        return Err(Error::field("label", format!("A store has at most {ATTRIBUTES_MOST} attributes.")));
    }
    let id = AttributeId(context.id());
    let position = of_store.all(&transaction).await?.iter().map(|one| one.position + 1).max().unwrap_or_default();
    let event = event(EventKind::AttributeAdded, staff, &store.name, &fields.label).changes(told(None, &fields));
    let row = attributes::ActiveModel {
        id: Set(id),
        store_id: Set(store.id),
        key: Set(fields.key.clone()),
        position: Set(position),
        version: Set(1),
        created_at: Set(context.now()),
        removed_at: Set(None),
        work_total: Set(None),
        work_done: Set(0),
        work_after: Set(None),
        leased_until: Set(Timestamp(0)),
        ..columns(fields)
    };
    let inserted = attributes::Entity::insert(row).exec_without_returning(&transaction).await;
    inserted.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Error::field("key", "This store has an attribute with this key, or is still clearing one away.")
        }
        _ => error.into(),
    })?;
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Saves a change that began from `version`. When values would be lost and that is not `agreed` to,
/// nothing is saved. Needs **Change identity stores and their attributes**.
///
/// # Errors
/// Every wrong field at once; `unique` when two accounts have the same value.
pub async fn change(
    context: &Context,
    staff: &Staff,
    id: AttributeId,
    form: &AttributeForm,
    version: i64,
    agreed: bool,
) -> Result<AttributeOutcome> {
    staff.require_everywhere(Permission::ManageStores)?;
    let row = attributes::Entity::find_by_id(id)
        .filter(attributes::Column::RemovedAt.is_null())
        .one(context.database.read())
        .await?
        .ok_or(Error::NotFound("attribute"))?;
    let fields = parsed(&AttributeForm { key: row.key.clone(), ..form.clone() })?;
    let old = definition(row).ok_or(Error::NotFound("attribute"))?;
    if old.version != version {
        return Ok(AttributeOutcome::Conflict(old));
    }
    let new = AttributeDefinition { version: version + 1, ..defined(&old, &fields) };
    if AttributeForm::of(&new) == AttributeForm::of(&old) {
        return Ok(AttributeOutcome::Saved);
    }
    if may_lose(&old, &new) || (new.unique && !old.unique) {
        let found = scan(&context.database, &old, Some(&new)).await?;
        if let Some(value) = found.twice {
            let message = format!("“{}” is there more than once, so the values cannot be unique.", new.shown(&value));
            return Err(Error::field("unique", message));
        }
        if found.loss.lost > 0 && !agreed {
            return Ok(AttributeOutcome::WouldLose(found.loss));
        }
    }
    let transaction = context.database.begin().await?;
    let locked = locked(&transaction, id).await?;
    if locked.version != version {
        let theirs = definition(locked).ok_or(Error::NotFound("attribute"))?;
        return Ok(AttributeOutcome::Conflict(theirs));
    }
    let store = stores::find(&transaction, old.store).await?;
    let event = event(EventKind::AttributeChanged, staff, &store.name, &old.label).changes(told(Some(&old), &fields));
    let row = attributes::ActiveModel { version: Set(version + 1), ..columns(fields) };
    attributes::Entity::update_many().set(row).filter(attributes::Column::Id.eq(id)).exec(&transaction).await?;
    let begun = may_lose(&old, &new) || old.is_indexed() != new.is_indexed() || old.unique != new.unique;
    if begun {
        work::begin(&transaction, context, id, old.store).await?;
    }
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    if begun {
        work::soon(context, id).await?;
    }
    Ok(AttributeOutcome::Saved)
}

/// Whether some values of the old definition may not be values of the new one.
fn may_lose(old: &AttributeDefinition, new: &AttributeDefinition) -> bool {
    let fewer = new.kind.has_choices() && !old.choices.iter().all(|choice| new.choices.contains(choice));
    let shorter = new.kind == AttributeKind::Text && new.unique && !old.unique;
    old.kind != new.kind || fewer || shorter
}

fn defined(old: &AttributeDefinition, fields: &AttributeFields) -> AttributeDefinition {
    let fields = fields.clone();
    AttributeDefinition {
        id: old.id,
        store: old.store,
        key: old.key.clone(),
        label: fields.label,
        kind: fields.kind,
        choices: fields.choices,
        hint: fields.hint,
        required: fields.required,
        unique: fields.unique,
        pattern: fields.pattern,
        console_visible: fields.console_visible,
        console_editable: fields.console_editable,
        holder_visible: fields.holder_visible,
        holder_editable: fields.holder_editable,
        searchable: fields.searchable,
        section: fields.section,
        version: old.version,
        ready: old.ready,
    }
}

/// The columns that follow from the fields; the rest is not set.
pub(super) fn columns(fields: AttributeFields) -> attributes::ActiveModel {
    attributes::ActiveModel {
        label: Set(fields.label),
        kind: Set(fields.kind.key().into()),
        choices: Set(fields.choices.join("\n")),
        hint: Set(fields.hint),
        required: Set(fields.required),
        is_unique: Set(fields.unique),
        pattern: Set(fields.pattern),
        console_visible: Set(fields.console_visible),
        console_editable: Set(fields.console_editable),
        holder_visible: Set(fields.holder_visible),
        holder_editable: Set(fields.holder_editable),
        searchable: Set(fields.searchable),
        section: Set(fields.section),
        ..Default::default()
    }
}

/// About no account: the note says which attribute of which store.
pub(super) fn event(kind: EventKind, staff: &Staff, store: &str, label: &str) -> Event {
    Event::new(kind).by(staff).note(Some(&format!("{label} ({store})")))
}

/// What the log tells of a definition, field by field.
fn told(old: Option<&AttributeDefinition>, new: &AttributeFields) -> Vec<FieldChange> {
    let yes = |flag: bool| Some(if flag { "Yes" } else { "No" }.to_owned());
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let after = [
        ("key", some(&new.key)),
        ("label", some(&new.label)),
        ("type", some(new.kind.label())),
        ("choices", some(&new.choices.join("; "))),
        ("hint", some(&new.hint)),
        ("required", yes(new.required)),
        ("unique", yes(new.unique)),
        ("pattern", new.pattern.clone()),
        ("visible_in_console", yes(new.console_visible)),
        ("editable_in_console", yes(new.console_editable)),
        ("visible_to_holder", yes(new.holder_visible)),
        ("editable_by_holder", yes(new.holder_editable)),
        ("searchable", yes(new.searchable)),
        ("section", some(&new.section)),
    ];
    let before = old.map(|old| {
        [
            some(&old.key),
            some(&old.label),
            some(old.kind.label()),
            some(&old.choices.join("; ")),
            some(&old.hint),
            yes(old.required),
            yes(old.unique),
            old.pattern.clone(),
            yes(old.console_visible),
            yes(old.console_editable),
            yes(old.holder_visible),
            yes(old.holder_editable),
            yes(old.searchable),
            some(&old.section),
        ]
    });
    let before = before.unwrap_or_default();
    after
        .into_iter()
        .zip(before)
        .filter(|((_, new), old)| new != old)
        .map(|((field, new), old)| FieldChange { field: field.into(), old, new })
        .collect()
}

/// For `roster seed`: an attribute that goes through the same columns as every other.
pub(crate) async fn insert_for_seed(
    connection: &impl ConnectionTrait,
    id: AttributeId,
    store: StoreId,
    form: &AttributeForm,
    position: i64,
    now: Timestamp,
) -> Result<AttributeDefinition> {
    let fields = parsed(form)?;
    let row = attributes::ActiveModel {
        id: Set(id),
        store_id: Set(store),
        key: Set(fields.key.clone()),
        position: Set(position),
        version: Set(1),
        created_at: Set(now),
        removed_at: Set(None),
        work_total: Set(None),
        work_done: Set(0),
        work_after: Set(None),
        leased_until: Set(Timestamp(0)),
        ..columns(fields)
    };
    attributes::Entity::insert(row).exec_without_returning(connection).await?;
    let row = attributes::Entity::find_by_id(id).one(connection).await?;
    row.and_then(definition).ok_or(Error::NotFound("attribute"))
}

#[cfg(test)]
mod tests {
    use types::attributes::AttributeLoss;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing::{self, form_with, wrong_fields};
    use crate::{attributes as all, users};

    async fn form_of(context: &Context, staff: &Staff, id: AttributeId) -> (AttributeForm, i64) {
        let found = all::definitions(&context.database, staff, None).await.unwrap();
        let found = found.iter().find(|one| one.id == id).unwrap();
        (AttributeForm::of(found), found.version)
    }

    #[tokio::test]
    async fn the_second_of_two_gets_what_the_first_saved() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = testing::attribute(&context, &owner, "team", AttributeKind::Text, |_| {}).await;
            let (form, version) = form_of(&context, &owner, id).await;
            let mine = AttributeForm { label: "Mine".into(), ..form.clone() };
            let yours = AttributeForm { label: "Yours".into(), key: "other".into(), ..form };
            let (one, two) = tokio::join!(
                change(&context, &owner, id, &mine, version, false),
                change(&context, &owner, id, &yours, version, false)
            );
            let outcomes = [one.unwrap(), two.unwrap()];
            assert_eq!(outcomes.iter().filter(|one| **one == AttributeOutcome::Saved).count(), 1);
            let conflict =
                |one: &&AttributeOutcome| matches!(one, AttributeOutcome::Conflict(theirs) if theirs.version == 2);
            assert_eq!(outcomes.iter().filter(conflict).count(), 1);
            // The key stays whatever is sent.
            assert_eq!(form_of(&context, &owner, id).await.0.key, "team");
        })
        .await;
    }

    #[tokio::test]
    async fn what_would_be_lost_is_told_first() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = testing::attribute(&context, &owner, "size", AttributeKind::Text, |form| {
                form.searchable = true;
            })
            .await;
            for (name, value) in [("ada", "12.0"), ("eve", "large"), ("joe", "")] {
                users::create(&context, &owner, &form_with(name, &[("size", value)]), &[]).await.unwrap();
            }
            let (form, version) = form_of(&context, &owner, id).await;
            let form = AttributeForm { kind: AttributeKind::Number, ..form };
            let asked = change(&context, &owner, id, &form, version, false).await.unwrap();
            let loss = AttributeLoss { lost: 1, having: 2, samples: vec!["large".into()] };
            assert_eq!(asked, AttributeOutcome::WouldLose(loss));
            assert_eq!(form_of(&context, &owner, id).await.1, version);
            let saved = change(&context, &owner, id, &form, version, true).await.unwrap();
            assert_eq!(saved, AttributeOutcome::Saved);
            let people = users::list(&context, &owner, &Default::default()).await.unwrap();
            let ids: Vec<_> = people.rows.iter().map(|row| row.id).collect();
            let values = all::values_of(context.database.read(), &ids).await.unwrap();
            let kept: Vec<_> = values.into_values().filter(|values| !values.is_empty()).collect();
            assert_eq!(kept, [form_with("", &[("size", "12")]).attributes]);
        })
        .await;
    }

    #[tokio::test]
    async fn values_that_are_there_twice_cannot_become_unique() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = testing::attribute(&context, &owner, "badge", AttributeKind::Text, |_| {}).await;
            let ada = users::create(&context, &owner, &form_with("ada", &[("badge", "x1")]), &[]).await.unwrap();
            users::create(&context, &owner, &form_with("eve", &[("badge", "X1")]), &[]).await.unwrap();
            let (form, version) = form_of(&context, &owner, id).await;
            let form = AttributeForm { unique: true, ..form };
            let refused = change(&context, &owner, id, &form, version, true).await.unwrap_err();
            assert_eq!(wrong_fields(refused), ["unique"]);
            users::edit(&context, &owner, ada, &form_with("ada", &[("badge", "x2")]), 1).await.unwrap();
            change(&context, &owner, id, &form, version, true).await.unwrap();
            let refused = users::create(&context, &owner, &form_with("joe", &[("badge", "x2")]), &[]).await;
            assert_eq!(wrong_fields(refused.unwrap_err()), ["badge"]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_key_is_there_once_and_a_pattern_must_be_one() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::attribute(&context, &owner, "team", AttributeKind::Text, |_| {}).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let form = AttributeForm { key: "team".into(), label: "Team".into(), ..AttributeForm::default() };
            let twice = add(&context, &owner, store, &form).await.unwrap_err();
            assert_eq!(wrong_fields(twice), ["key"]);
            let form = AttributeForm { key: "other".into(), pattern: "(".into(), ..form };
            let wrong = add(&context, &owner, store, &form).await.unwrap_err();
            assert_eq!(wrong_fields(wrong), ["pattern"]);
        })
        .await;
    }

    #[tokio::test]
    async fn only_who_may_everywhere_changes_attributes() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let id = testing::attribute(&context, &owner, "team", AttributeKind::Text, |_| {}).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let acme = testing::organization(&context, "Acme", &[]).await;
            let confined = testing::staff_with(&context, &owner, "a", BuiltInRole::Administrator, Some(acme)).await;
            let desk = testing::staff_with(&context, &owner, "b", BuiltInRole::HelpDesk, None).await;
            let form = AttributeForm { key: "x".into(), label: "X".into(), ..AttributeForm::default() };
            for staff in [confined, desk] {
                let answers = [
                    add(&context, &staff, store, &form).await.map(drop),
                    change(&context, &staff, id, &form, 1, true).await.map(drop),
                    all::remove(&context, &staff, id, 1).await.map(drop),
                    all::loss_of_removal(&context.database, &staff, id).await.map(drop),
                    all::order(&context, &staff, store, &[id]).await,
                    stores::create(&context, &staff, "X").await.map(drop),
                    stores::rename(&context, &staff, store, "People", "X").await,
                    stores::delete(&context, &staff, store).await,
                ];
                assert!(answers.iter().all(|answer| matches!(answer, Err(Error::NotAllowed(_)))));
            }
        })
        .await;
    }
}
