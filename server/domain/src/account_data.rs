//! Everything that is known about a person, for **Download account information** (P3) and **Download
//! my data** (E6). No secrets, and no more than the reader may see: what the console or the holder is
//! not shown is left out.

use std::collections::{BTreeSet, HashMap};

use db::entities::{
    accounts, devices, group_memberships, groups, identity_stores, organization_memberships, organizations,
    role_assignments, roles, sessions,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::events::{EventKind, EventPage, EventRow};
use types::{AccountId, OrganizationId, Permission, Timestamp};

use crate::attributes::{self, Attributes, Editor};
use crate::authenticators;
use crate::events::{self, Event, Reader};
use crate::users::labels;
use crate::{Context, Database, Error, Holder, Result, Staff};

/// Fields that every account has; the others are custom attributes.
pub(crate) const BUILT_IN: &[&str] = &["email", "username", "first_name", "last_name", "phone"];

/// One thing that is known: what files call it, what people call it, what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub key: String,
    pub label: String,
    pub value: String,
}

/// Facts of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub key: &'static str,
    pub title: &'static str,
    pub records: Records,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    One(Vec<Fact>),
    Many(Vec<Vec<Fact>>),
}

/// All that is known but the events, which are read by pages: they may be many.
#[derive(Clone, Debug)]
pub struct AccountData {
    pub id: AccountId,
    pub name: String,
    pub made_at: Timestamp,
    pub sections: Vec<Section>,
    /// Who of the staff may read the events; the holder always may.
    reader: Option<Reader>,
    editor: Editor,
    /// Custom attributes whose values the reader may see.
    seen: BTreeSet<String>,
}

/// For staff. Needs **View users** over the account; the events need **View activity**.
pub async fn of_user(context: &Context, staff: &Staff, id: AccountId) -> Result<AccountData> {
    let scope = staff.require(Permission::ViewUsers)?;
    let transaction = context.database.begin().await?;
    let account = scope.account(&transaction, id).await?;
    let reader = match staff.require(Permission::ViewEvents) {
        Ok(scope) if scope.account(&transaction, id).await.is_ok() => Some(Reader::new(scope, staff)),
        _ => None,
    };
    let sees = |organization| staff.holds(Permission::ViewUsers, Some(organization));
    let data = gather(&transaction, context, account, Editor::Console, reader, sees).await?;
    events::write(&transaction, context, Event::new(EventKind::AccountDownloaded).by(staff).on(id)).await?;
    transaction.commit().await?;
    Ok(data)
}

/// For the holder, of their own account.
pub async fn of_holder(context: &Context, holder: &Holder) -> Result<AccountData> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    let account = accounts::Entity::find_by_id(holder.account).one(&transaction).await?.ok_or(Error::SignIn)?;
    let data = gather(&transaction, context, account, Editor::Holder, None, |_| true).await?;
    let event = Event::new(EventKind::AccountDownloaded).by(holder).on(holder.account);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(data)
}

impl AccountData {
    /// A page of the events, newest first; empty when the reader may not see them.
    pub async fn events(&self, database: &Database, older: Option<&str>) -> Result<EventPage> {
        if self.editor == Editor::Console && self.reader.is_none() {
            return Ok(EventPage { events: Vec::new(), older: None });
        }
        let mut page = events::page_of(database, self.reader.as_ref(), self.id, older).await?;
        for event in &mut page.events {
            events::hide(event, |field| !BUILT_IN.contains(&field) && !self.seen.contains(field));
            if self.editor == Editor::Holder {
                for_holder(event, self.id);
            }
        }
        Ok(page)
    }
}

/// What staff note about somebody is for staff, and so is which of them it was, and where they are.
pub(crate) fn for_holder(event: &mut EventRow, holder: AccountId) {
    event.note = None;
    if let Some(actor) = event.actor.as_mut().filter(|actor| actor.id != holder) {
        actor.name = "Staff".into();
        (event.ip, event.browser, event.place) = (None, None, None);
    }
    if let Some(person) = event.on_behalf_of.as_mut().filter(|person| person.id != holder) {
        person.name = "Somebody".into();
    }
}

fn fact(key: &str, label: &str, value: impl ToString) -> Fact {
    Fact { key: key.into(), label: label.into(), value: value.to_string() }
}

fn moment(key: &str, label: &str, at: Option<Timestamp>) -> Option<Fact> {
    at.filter(|at| at.0 != 0).map(|at| fact(key, label, at))
}

async fn gather(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: accounts::Model,
    editor: Editor,
    reader: Option<Reader>,
    sees: impl Fn(OrganizationId) -> bool,
) -> Result<AccountData> {
    let id = account.id;
    let attributes = Attributes::of_store(connection, account.store_id).await?;
    let values = attributes.values_for(editor, &attributes::read(account.attribute_values.as_deref()));
    let shown = attributes.shown_to(editor);
    let custom = shown.iter().filter_map(|one| Some(fact(&one.key, &one.label, one.shown(values.get(&one.key)?))));
    let store = identity_stores::Entity::find_by_id(account.store_id).one(connection).await?;
    let store = store.map(|store| store.name).unwrap_or_default();
    let sections = vec![
        Section {
            key: "account",
            title: "Account",
            records: Records::One(facts(&account, store, editor, context.now())),
        },
        Section { key: "attributes", title: "Attributes", records: Records::One(custom.collect()) },
        Section {
            key: "authenticators",
            title: "Authenticators",
            records: Records::Many(authenticators_of(connection, context, &account).await?),
        },
        Section { key: "groups", title: "Groups", records: Records::Many(groups_of(connection, id).await?) },
        Section {
            key: "organizations",
            title: "Organizations",
            records: Records::Many(organizations_of(connection, id, sees).await?),
        },
        Section { key: "roles", title: "Roles", records: Records::Many(roles_of(connection, id).await?) },
        Section { key: "devices", title: "Devices", records: Records::Many(devices_of(connection, id).await?) },
        Section { key: "sessions", title: "Open sessions", records: Records::Many(sessions_of(connection, id).await?) },
    ];
    let seen = shown.into_iter().map(|one| one.key).collect();
    Ok(AccountData { id, name: account.name, made_at: context.now(), sections, reader, editor, seen })
}

fn facts(account: &accounts::Model, store: String, editor: Editor, now: Timestamp) -> Vec<Fact> {
    let labels: Vec<_> = labels(account, now).into_iter().map(|label| label.text()).collect();
    let text = |key, label, value: &str| (!value.is_empty()).then(|| fact(key, label, value));
    let reason = account.disabled_reason.as_deref().filter(|_| editor == Editor::Console);
    [
        Some(fact("id", "ID", account.id)),
        Some(fact("store", "Identity store", store)),
        text("name", "Name", &account.name),
        text("first_name", "First name", &account.first_name),
        text("last_name", "Last name", &account.last_name),
        text("email", "Email", &account.email),
        text("username", "Username", account.username.as_deref().unwrap_or_default()),
        text("phone", "Phone", account.phone.as_deref().unwrap_or_default()),
        Some(fact("status", "Status", labels.join(", "))),
        moment("email_verified_at", "Email verified", account.email_verified_at),
        moment("onboarded_at", "Onboarded", account.onboarded_at),
        moment("disabled_at", "Disabled", account.disabled_at),
        text("disabled_reason", "Reason of disabling", reason.unwrap_or_default()),
        moment("locked_until", "Locked until", account.locked_until),
        moment("last_sign_in_at", "Last sign-in", Some(account.last_sign_in_at)),
        moment("created_at", "Created", Some(account.created_at)),
        moment("updated_at", "Last changed", Some(account.updated_at)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the account proves itself with, and what stands in for it. Neither secrets nor questions.
async fn authenticators_of(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
) -> Result<Vec<Vec<Fact>>> {
    let stored = authenticators::of_row(connection, context, account).await?;
    let password = stored
        .password
        .map(|password| vec![fact("kind", "Kind", "Password"), fact("changed_at", "Changed", password.changed_at)]);
    let factors = stored.factors.into_iter().map(|row| {
        let known = [fact("kind", "Kind", row.kind.label()), fact("name", "Name", row.name)];
        let moments = [
            moment("created_at", "Added", Some(row.created_at)),
            moment("last_used_at", "Last used", row.last_used_at),
        ];
        known.into_iter().chain(moments.into_iter().flatten()).collect()
    });
    let waiting = stored.unverified.into_iter().map(|one| {
        vec![
            fact("kind", "Kind", one.kind.label()),
            fact("name", "Name", format!("{} (not verified)", one.address)),
            fact("created_at", "Added", one.added_at),
        ]
    });
    let alternate = stored
        .recovery
        .alternate_email
        .map(|email| vec![fact("kind", "Kind", "Alternate email"), fact("name", "Name", email)]);
    let questions = (stored.recovery.questions > 0).then(|| {
        vec![fact("kind", "Kind", "Security questions"), fact("count", "Answered", stored.recovery.questions)]
    });
    Ok(password.into_iter().chain(factors).chain(waiting).chain(alternate).chain(questions).collect())
}

async fn groups_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows =
        group_memberships::Entity::find().filter(group_memberships::Column::AccountId.eq(id)).all(connection).await?;
    let since: HashMap<_, _> = rows.into_iter().map(|row| (row.group_id, row.added_at)).collect();
    let mut named =
        groups::Entity::find().filter(groups::Column::Id.is_in(since.keys().copied())).all(connection).await?;
    named.sort_by(|one, other| one.name_key.cmp(&other.name_key));
    let as_record = |group: groups::Model| {
        let since = moment("since", "Since", since.get(&group.id).copied());
        [Some(fact("name", "Name", group.name)), since].into_iter().flatten().collect()
    };
    Ok(named.into_iter().map(as_record).collect())
}

async fn organizations_of(
    connection: &impl ConnectionTrait,
    id: AccountId,
    sees: impl Fn(OrganizationId) -> bool,
) -> Result<Vec<Vec<Fact>>> {
    let rows = organization_memberships::Entity::find()
        .filter(organization_memberships::Column::AccountId.eq(id))
        .all(connection)
        .await?;
    let since: HashMap<_, _> = rows
        .into_iter()
        .filter(|row| sees(row.organization_id))
        .map(|row| (row.organization_id, row.added_at))
        .collect();
    let named = names_of(connection, since.keys().copied()).await?;
    let mut records: Vec<_> = since
        .into_iter()
        .filter_map(|(id, at)| Some(vec![fact("name", "Name", named.get(&id)?), fact("since", "Since", at)]))
        .collect();
    records.sort_by(|one, other| one[0].value.cmp(&other[0].value));
    Ok(records)
}

async fn names_of(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = OrganizationId>,
) -> Result<HashMap<OrganizationId, String>> {
    let rows = organizations::Entity::find().filter(organizations::Column::Id.is_in(ids)).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

async fn roles_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows =
        role_assignments::Entity::find().filter(role_assignments::Column::AccountId.eq(id)).all(connection).await?;
    let held = roles::Entity::find()
        .filter(roles::Column::Id.is_in(rows.iter().map(|row| row.role_id)))
        .all(connection)
        .await?;
    let places = names_of(connection, rows.iter().filter_map(|row| row.organization_id)).await?;
    let as_record = |row: role_assignments::Model| {
        let role = held.iter().find(|role| role.id == row.role_id)?;
        let place = row.organization_id.and_then(|id| places.get(&id)).map_or("Everywhere", String::as_str);
        Some(vec![
            fact("role", "Role", &role.name),
            fact("where", "Where", place),
            fact("assigned_at", "Assigned", row.assigned_at),
        ])
    };
    Ok(rows.into_iter().filter_map(as_record).collect())
}

async fn devices_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows = devices::Entity::find()
        .filter(devices::Column::AccountId.eq(id))
        .order_by_desc(devices::Column::LastSeenAt)
        .all(connection)
        .await?;
    let as_record = |row: devices::Model| {
        vec![
            fact("browser", "Browser", row.browser),
            fact("ip", "IP address", row.ip),
            fact("place", "Place", row.place),
            fact("registered_at", "Registered", row.registered_at),
            fact("last_seen_at", "Last signed in", row.last_seen_at),
        ]
    };
    Ok(rows.into_iter().map(as_record).collect())
}

async fn sessions_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(id))
        .filter(sessions::Column::EndedAt.is_null())
        .all(connection)
        .await?;
    let as_record = |row: sessions::Model| {
        vec![
            fact("browser", "Browser", row.browser),
            fact("ip", "IP address", row.ip),
            fact("place", "Place", row.place),
            fact("started_at", "Started", row.created_at),
            fact("last_seen_at", "Last seen", row.last_seen_at),
        ]
    };
    Ok(rows.into_iter().map(as_record).collect())
}

#[cfg(test)]
mod tests {
    use types::attributes::AttributeKind;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing::{self, form_with};
    use crate::users;

    async fn told(context: &Context, data: &AccountData) -> String {
        format!("{:?} {:?}", data.sections, data.events(&context.database, None).await.unwrap())
    }

    #[tokio::test]
    async fn who_is_confined_is_not_told_who_acted_from_beyond() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            users::edit(&context, &desk, ada, &testing::form("ada.b"), 1).await.unwrap();
            let data = of_user(&context, &desk, ada).await.unwrap();
            let events = data.events(&context.database, None).await.unwrap().events;
            let actors: BTreeSet<_> =
                events.iter().filter_map(|event| Some(event.actor.as_ref()?.name.as_str())).collect();
            assert!(actors.contains("An administrator") && actors.contains("desk"), "{actors:?}");
            assert!(!actors.contains("owner"), "{actors:?}");
            let from_beyond = events.iter().filter(|event| event.actor.as_ref().is_some_and(|one| one.name != "desk"));
            assert!(from_beyond.into_iter().all(|event| event.ip.is_none() && event.browser.is_none()));
        })
        .await;
    }

    #[tokio::test]
    async fn everything_known_that_the_reader_may_see_and_no_secrets() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for (key, console, holder) in [("badge", true, true), ("remark", true, false), ("wish", false, true)] {
                testing::attribute(&context, &owner, key, AttributeKind::Text, |form| {
                    (form.console_visible, form.holder_visible) = (console, holder);
                    form.holder_editable = holder;
                })
                .await;
            }
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let form = form_with("ada", &[("badge", "B-one"), ("remark", "R-one")]);
            users::edit(&context, &owner, ada, &form, 1).await.unwrap();
            testing::group(&context, "Poets", &[ada]).await;
            testing::organization(&context, "Acme", &[ada]).await;
            testing::give_role(&context, ada, BuiltInRole::Auditor, None).await;
            let token = testing::session(&context, ada).await;
            let holder = testing::holder(&context, ada).await;
            let wish = crate::account::OwnEdit {
                attributes: form_with("", &[("wish", "W-one")]).attributes,
                ..Default::default()
            };
            crate::account::edit(&context, &holder, &wish).await.unwrap();
            let staffs = told(&context, &of_user(&context, &owner, ada).await.unwrap()).await;
            let own = told(&context, &of_holder(&context, &holder).await.unwrap()).await;
            for known in ["ada@example.com", "B-one", "Poets", "Acme", "Auditor", "192.0.2.1", "Password"] {
                assert!(staffs.contains(known) && own.contains(known), "{known}");
            }
            assert!(staffs.contains("R-one") && !own.contains("R-one"));
            assert!(!staffs.contains("W-one") && own.contains("W-one"));
            assert!(staffs.contains("name: \"owner\"") && !own.contains("name: \"owner\""));
            for secret in [token.as_str(), &crate::tokens::hash(&token), "argon2"] {
                assert!(!staffs.contains(secret) && !own.contains(secret));
            }
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountDownloaded).await, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn a_help_desk_of_one_organization_downloads_its_own_people_and_learns_of_no_other() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let inside = testing::user(&context, &owner, "inside").await;
            let outside = testing::user(&context, &owner, "outside").await;
            let acme = testing::organization(&context, "Acme", &[inside]).await;
            testing::organization(&context, "Globex", &[inside, outside]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let known = told(&context, &of_user(&context, &desk, inside).await.unwrap()).await;
            assert!(known.contains("Acme") && !known.contains("Globex"));
            let hidden = of_user(&context, &desk, outside).await;
            assert!(matches!(hidden, Err(Error::NotFound("user"))));
            assert_eq!(testing::events_of(&context, outside, EventKind::AccountDownloaded).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn without_view_activity_there_are_no_events() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let id = testing::onboarded(&context, &owner, "viewer").await;
            testing::give_permissions(&context, id, &[Permission::ViewUsers], None).await;
            let viewer = testing::staff(&context, id).await;
            let data = of_user(&context, &viewer, ada).await.unwrap();
            assert!(data.events(&context.database, None).await.unwrap().events.is_empty());
        })
        .await;
    }
}
