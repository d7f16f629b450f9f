//! Settings of an identity store, kept in the database section by section (`types::settings`).

mod secrets;

use db::entities::{identity_stores, settings};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QuerySelect};
use serde_json::Value;
use types::StoreId;
use types::events::{EventKind, FieldChange};
use types::settings::{Section, SectionName, Settings, StoreSettings};

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::{Context, Database, Error, Result, Staff};

pub(crate) use secrets::sms_gateway;

/// One section of a store: for the rules that follow it.
pub async fn read<S: Settings>(connection: &impl ConnectionTrait, store: StoreId) -> Result<S> {
    let row = settings::Entity::find_by_id((store, S::NAME.key().to_owned())).one(connection).await?;
    row.map_or_else(|| Ok(S::default()), |row| parse(S::NAME, &row.value))
}

fn parse<S: serde::de::DeserializeOwned>(name: SectionName, json: &str) -> Result<S> {
    serde_json::from_str(json)
        .map_err(|error| Error::Internal(format!("the settings {} cannot be read: {error}", name.key())))
}

async fn read_section(connection: &impl ConnectionTrait, store: StoreId, name: SectionName) -> Result<Section> {
    let row = settings::Entity::find_by_id((store, name.key().to_owned())).one(connection).await?;
    match row {
        None => Ok(Section::default_of(name)),
        Some(row) => {
            let value: Value = parse(name, &row.value)?;
            let stored = serde_json::json!({ "section": name.key(), "value": value }).to_string();
            parse(name, &stored).map(Section::without_secrets)
        }
    }
}

/// A section as the page shows it; `None`: of the default store. Needs **Change settings** everywhere, or
/// what else the section asks for.
pub async fn section(
    database: &Database,
    staff: &Staff,
    store: Option<StoreId>,
    name: SectionName,
) -> Result<StoreSettings> {
    staff.require_everywhere(name.permission())?;
    let connection = database.read();
    let stores = stores_to_choose(connection).await?;
    let (store, store_name) = chosen(&stores, store)?;
    let section = read_section(connection, store, name).await?;
    Ok(StoreSettings { store, store_name, stores, section })
}

/// Every store and its name, the default one first.
pub(crate) async fn stores_to_choose(connection: &impl ConnectionTrait) -> Result<Vec<(StoreId, String)>> {
    let rows = identity_stores::Entity::find()
        .order_by_desc(identity_stores::Column::IsDefault)
        .order_by_asc(identity_stores::Column::Name)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The store that is asked for, else the default one.
pub(crate) fn chosen(stores: &[(StoreId, String)], store: Option<StoreId>) -> Result<(StoreId, String)> {
    let found = stores.iter().find(|(id, _)| store.is_none_or(|store| store == *id));
    found.cloned().ok_or(Error::NotFound("identity store"))
}

/// Saves a section that was `before` when its editing began. Needs **Change settings** everywhere, or what
/// else the section asks for.
///
/// # Errors
/// Every wrong field at once; [`Error::Conflict`] when somebody else saved meanwhile;
/// [`Error::ProofNeeded`] for the SMS gateway.
pub async fn save(context: &Context, staff: &Staff, store: StoreId, before: &Section, now: &Section) -> Result<()> {
    let name = now.name();
    staff.require_everywhere(name.permission())?;
    // Whoever sets them reads everybody's codes, or decides what everybody has to prove.
    if matches!(name, SectionName::SmsGateway | SectionName::SignIn | SectionName::AlternateLogin) {
        staff.require_recent_proof(context.now())?;
    }
    let transaction = context.database.begin().await?;
    // The store's row stands for all its settings: of two that save at once, the second waits.
    let found = identity_stores::Entity::find_by_id(store).lock(TO_CHANGE).one(&transaction).await?;
    let found = found.ok_or(Error::NotFound("identity store"))?;
    now.check()?;
    let stored = read_section(&transaction, store, name).await?;
    if stored != *before {
        return Err(Error::Conflict("Somebody changed these settings meanwhile. Reload the page to see them.".into()));
    }
    let typed = secrets::keep(&transaction, context, store, &stored, now).await?;
    let now = &now.clone().as_saved(&stored);
    let mut changes = differences(&stored, now);
    changes.extend(typed);
    if changes.is_empty() {
        return Ok(());
    }
    let row = settings::ActiveModel {
        store_id: Set(store),
        section: Set(name.key().into()),
        value: Set(fields(now).to_string()),
        changed_at: Set(context.now()),
    };
    let again = OnConflict::columns([settings::Column::StoreId, settings::Column::Section])
        .update_columns([settings::Column::Value, settings::Column::ChangedAt])
        .to_owned();
    settings::Entity::insert(row).on_conflict(again).exec_without_returning(&transaction).await?;
    let note = format!("{} of {}", name.label(), found.name);
    let event = Event::new(EventKind::SettingsChanged).by(staff).changes(changes).note(Some(&note));
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

fn fields(section: &Section) -> Value {
    let mut json = serde_json::to_value(section).unwrap_or_default();
    json.get_mut("value").map(Value::take).unwrap_or_default()
}

/// The fields that differ, as the log keeps them. What may be secret is not among them: [`secrets::keep`] tells
/// of it.
fn differences(old: &Section, new: &Section) -> Vec<FieldChange> {
    let (old, new) = (fields(old), fields(new));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Value::Object(new) = new else { return Vec::new() };
    new.iter()
        .filter(|(field, value)| old.get(field.as_str()) != Some(value) && !secrets::FIELDS.contains(&field.as_str()))
        .map(|(field, value)| FieldChange::new(field, old.get(field).map(text).as_deref(), Some(&text(value))))
        .collect()
}

#[cfg(test)]
mod tests {
    use db::entities::events as event_rows;
    use sea_orm::{ColumnTrait, QueryFilter};
    use types::permissions::BuiltInRole;
    use types::settings::{Notifications, Onboarding};

    use super::*;
    use crate::{stores, testing};

    fn hours(link_hours: u32) -> Section {
        Onboarding { link_hours, ..Onboarding::default() }.into_section()
    }

    #[tokio::test]
    async fn each_store_has_its_own_and_the_log_shows_old_and_new() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let other = testing::another_store(&context).await;
            save(&context, &owner, store, &hours(72), &hours(24)).await.unwrap();
            save(&context, &owner, store, &hours(24), &hours(24)).await.unwrap();
            context.clock.advance_seconds(1);
            save(&context, &owner, store, &hours(24), &hours(12)).await.unwrap();
            let of = async |store| read::<Onboarding>(context.database.read(), store).await.unwrap().link_hours;
            assert_eq!((of(store).await, of(other).await), (12, 72));
            let page = section(&context.database, &owner, None, SectionName::Onboarding).await.unwrap();
            assert_eq!((page.store, page.section, page.stores.len()), (store, hours(12), 2));
            let written = event_rows::Entity::find()
                .filter(event_rows::Column::Kind.eq(EventKind::SettingsChanged.key()))
                .order_by_asc(event_rows::Column::Id)
                .all(context.database.read())
                .await
                .unwrap();
            let changes: Vec<_> = written.iter().map(|event| event.changes.clone().unwrap()).collect();
            assert_eq!(
                changes,
                [
                    r#"[{"field":"link_hours","old":"72","new":"24"}]"#,
                    r#"[{"field":"link_hours","old":"24","new":"12"}]"#
                ]
            );
            assert_eq!(written[0].note.as_deref(), Some("Onboarding of People"));
        })
        .await;
    }

    #[tokio::test]
    async fn the_second_of_two_does_not_overwrite_the_first() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let (before, one, two) = (hours(72), hours(1), hours(2));
            let answers = tokio::join!(
                save(&context, &owner, store, &before, &one),
                save(&context, &owner, store, &before, &two)
            );
            let conflicts =
                [answers.0, answers.1].into_iter().filter(|answer| matches!(answer, Err(Error::Conflict(_)))).count();
            assert_eq!(conflicts, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn wrong_values_stores_and_people_are_refused() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let wrong = save(&context, &owner, store, &hours(72), &hours(0)).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["link_hours"]);
            let other = Notifications::default().into_section();
            let mixed = save(&context, &owner, store, &other, &hours(5)).await;
            assert!(matches!(mixed, Err(Error::Conflict(_))));
            let nowhere = StoreId(context.id());
            let lost = save(&context, &owner, nowhere, &hours(72), &hours(5)).await;
            assert!(matches!(lost, Err(Error::NotFound(_))));
            let lost = section(&context.database, &owner, Some(nowhere), SectionName::Onboarding).await;
            assert!(matches!(lost, Err(Error::NotFound(_))));
            let acme = testing::organization(&context, "Acme", &[]).await;
            for (name, role, place) in [
                ("desk", BuiltInRole::HelpDesk, None),
                ("auditor", BuiltInRole::Auditor, None),
                ("local", BuiltInRole::Administrator, Some(acme)),
            ] {
                let staff = testing::staff_with(&context, &owner, name, role, place).await;
                let refused = save(&context, &staff, store, &hours(72), &hours(5)).await;
                assert!(matches!(refused, Err(Error::NotAllowed(_))), "{name}");
                let refused = section(&context.database, &staff, None, SectionName::Onboarding).await;
                assert!(matches!(refused, Err(Error::NotAllowed(_))), "{name}");
            }
        })
        .await;
    }
}
