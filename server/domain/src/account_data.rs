//! Everything that is known about a person, for **Download account information** (P3) and **Download
//! my data** (E6). No secrets, and no more than the reader may see: what the console or the holder is
//! not shown is left out.

use std::collections::{BTreeSet, HashMap};

use db::entities::{
    account_links, accounts, alternate_emails, devices, group_memberships, groups, identity_stores, messages,
    organization_memberships, organizations, recoveries, role_assignments, roles, saved_views, security_codes,
    sessions, staff_preferences,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use types::authenticators::FactorKind;
use types::events::{EventKind, EventPage, EventRow};
use types::messages::{Channel, MessageKind, MessageState};
use types::recovery::RecoveryMethod;
use types::{AccountId, OrganizationId, Permission, Timestamp};

use crate::attributes::{self, Attributes, Editor};
use crate::authenticators;
use crate::authority;
use crate::events::{self, Event, Reader};
use crate::users::{labels, views};
use crate::{Context, Error, Holder, Result, Roster, Staff, sessions as session_verbs};

/// Messages that are told of, the latest first.
const MESSAGES_MOST: u64 = 1_000;

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
    asked_by: AskedBy,
    /// Custom attributes whose values the reader may see.
    seen: BTreeSet<String>,
}

/// Who reads, for as long as it takes.
#[derive(Clone, Debug)]
enum AskedBy {
    Staff(Staff),
    Holder(Holder),
}

impl AskedBy {
    fn editor(&self) -> Editor {
        match self {
            Self::Staff(_) => Editor::Console,
            Self::Holder(_) => Editor::Holder,
        }
    }

    async fn ask_again(&self, roster: &Roster, id: AccountId) -> Result<()> {
        match self {
            Self::Holder(holder) => authority::is_signed_in(roster, holder.session).await,
            Self::Staff(staff) => {
                let staff = authority::again(roster, staff).await?;
                for permission in [Permission::ViewUsers, Permission::ViewEvents] {
                    staff.require(permission)?.account(roster.database.read(), id).await?;
                }
                Ok(())
            }
        }
    }
}

/// For staff. Needs **View users** over the account; the events need **View activity**, and what was
/// mailed **View the mail log** everywhere.
pub async fn of_user(context: &Context, staff: &Staff, id: AccountId) -> Result<AccountData> {
    let scope = staff.require(Permission::ViewUsers)?;
    let transaction = context.database.begin().await?;
    let account = scope.account(&transaction, id).await?;
    let reader = match staff.require(Permission::ViewEvents) {
        Ok(scope) if scope.account(&transaction, id).await.is_ok() => Some(Reader::new(scope, staff)),
        _ => None,
    };
    let sees = Sees {
        mail: staff.holds(Permission::ViewMail, None),
        private: staff.account == id,
        organization: |organization| staff.holds(Permission::ViewUsers, Some(organization)),
    };
    let data = gather(&transaction, context, account, AskedBy::Staff(staff.clone()), reader, sees).await?;
    events::write(&transaction, context, Event::new(EventKind::AccountDownloaded).by(staff).on(id)).await?;
    transaction.commit().await?;
    Ok(data)
}

/// For the holder, of their own account.
pub async fn of_holder(context: &Context, holder: &Holder) -> Result<AccountData> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    let account = accounts::Entity::find_by_id(holder.account).one(&transaction).await?.ok_or(Error::SignIn)?;
    let sees = Sees { mail: true, private: true, organization: |_| true };
    let data = gather(&transaction, context, account, AskedBy::Holder(holder.clone()), None, sees).await?;
    let event = Event::new(EventKind::AccountDownloaded).by(holder).on(holder.account);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(data)
}

impl AccountData {
    /// A page of the events, newest first; empty when the reader may not see them.
    ///
    /// # Errors
    /// Of further pages: [`Error::SignIn`] and [`Error::NotAllowed`] when they may not any more.
    pub async fn events(&self, roster: &Roster, older: Option<&str>) -> Result<EventPage> {
        let database = &roster.database;
        if older.is_some() {
            self.asked_by.ask_again(roster, self.id).await?;
        }
        if self.asked_by.editor() == Editor::Console && self.reader.is_none() {
            return Ok(EventPage { events: Vec::new(), older: None });
        }
        let mut page = events::page_of(database, self.reader.as_ref(), self.id, older).await?;
        for event in &mut page.events {
            events::hide(event, |field| !BUILT_IN.contains(&field) && !self.seen.contains(field));
            if self.asked_by.editor() == Editor::Holder {
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
        (event.ip, event.browser, event.place, event.session) = (None, None, None, None);
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

/// What depends on more than on whether it is the console or the holder that asks.
struct Sees<S> {
    mail: bool,
    /// Views that are not shared, and preferences: of oneself alone.
    private: bool,
    organization: S,
}

async fn gather(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: accounts::Model,
    asked_by: AskedBy,
    reader: Option<Reader>,
    sees: Sees<impl Fn(OrganizationId) -> bool>,
) -> Result<AccountData> {
    let editor = asked_by.editor();
    let (id, now) = (account.id, context.now());
    let attributes = Attributes::of_store(connection, account.store_id).await?;
    let values = attributes.values_for(editor, &attributes::read(account.attribute_values.as_deref()));
    let shown = attributes.shown_to(editor);
    let custom = shown.iter().filter_map(|one| Some(fact(&one.key, &one.label, one.shown(values.get(&one.key)?))));
    let store = identity_stores::Entity::find_by_id(account.store_id).one(connection).await?;
    let store = store.map(|store| store.name).unwrap_or_default();
    let one = |key, title, facts| Section { key, title, records: Records::One(facts) };
    let many = |key, title, records| Section { key, title, records: Records::Many(records) };
    let live = session_verbs::live(now);
    let mut sections = vec![
        one("account", "Account", facts(&account, store, editor, now)),
        one("attributes", "Attributes", custom.collect()),
        many("authenticators", "Authenticators", authenticators_of(connection, context, &account).await?),
        many("groups", "Groups", groups_of(connection, id).await?),
        many("organizations", "Organizations", organizations_of(connection, id, &sees.organization).await?),
        many("roles", "Roles", roles_of(connection, id, &sees.organization).await?),
        many("devices", "Devices", devices_of(connection, id).await?),
        many("countries", "Countries of sign-ins", countries_of(connection, id).await?),
        many("sessions", "Open sessions", sessions_of(connection, id, live.clone()).await?),
        many("ended_sessions", "Earlier sessions", sessions_of(connection, id, live.not()).await?),
        many("links", "Links that were sent", links_of(connection, id).await?),
        many("saved_views", "Saved views", views_of(connection, id, sees.private, &sees.organization).await?),
    ];
    if sees.private {
        sections.push(many("preferences", "Preferences", preferences_of(connection, id).await?));
    }
    if sees.mail {
        sections.push(many("messages", "Mails and text messages", messages_of(connection, id).await?));
    }
    let seen = shown.into_iter().map(|one| one.key).collect();
    Ok(AccountData { id, name: account.name, made_at: now, sections, reader, asked_by, seen })
}

fn facts(account: &accounts::Model, store: String, editor: Editor, now: Timestamp) -> Vec<Fact> {
    let labels: Vec<_> = labels(account, now).into_iter().map(|label| label.text()).collect();
    let text = |key, label, value: &str| (!value.is_empty()).then(|| fact(key, label, value));
    let reason = account.disabled_reason.as_deref().filter(|_| editor == Editor::Console);
    let default = account.second_factor.as_deref().and_then(FactorKind::from_key);
    [
        Some(fact("id", "ID", account.id)),
        Some(fact("store", "Identity store", store)),
        text("name", "Name", &account.name),
        text("first_name", "First name", &account.first_name),
        text("last_name", "Last name", &account.last_name),
        text("email", "Email", &account.email),
        text("username", "Username", account.username.as_deref().unwrap_or_default()),
        text("phone", "Phone", account.phone.as_deref().unwrap_or_default()),
        text("verified_phone", "Verified phone", account.verified_phone.as_deref().unwrap_or_default()),
        Some(fact("status", "Status", labels.join(", "))),
        moment("email_verified_at", "Email verified", account.email_verified_at),
        moment("activation_sent_at", "Activation mail sent", account.activation_sent_at),
        moment("activation_expires_at", "Activation link ends", account.activation_expires_at),
        moment("onboarded_at", "Onboarded", account.onboarded_at),
        moment("disabled_at", "Disabled", account.disabled_at),
        text("disabled_reason", "Reason of disabling", reason.unwrap_or_default()),
        moment("locked_until", "Locked until", account.locked_until),
        moment("password_expires_at", "Password ends", account.password_expires_at),
        text("second_factor", "Default second factor", default.map_or("", FactorKind::label)),
        account.device_limit.map(|limit| fact("device_limit", "Device limit", limit)),
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
    let password = stored.password.map(|password| {
        let must_change = password.must_change.then(|| fact("must_change", "Must be changed", "Yes"));
        let known = [fact("kind", "Kind", "Password"), fact("changed_at", "Changed", password.changed_at)];
        known.into_iter().chain(must_change).collect()
    });
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
    let alternate = alternate_emails::Entity::find_by_id(account.id).one(connection).await?.map(|row| {
        let known = [fact("kind", "Kind", "Alternate email"), fact("name", "Name", row.email)];
        known.into_iter().chain(moment("verified_at", "Verified", Some(row.verified_at))).collect()
    });
    let questions = (stored.recovery.questions > 0).then(|| {
        vec![fact("kind", "Kind", "Security questions"), fact("count", "Answered", stored.recovery.questions)]
    });
    let recovery = recoveries::Entity::find_by_id(account.id).one(connection).await?.map(|row| {
        let chosen = row.chosen.as_deref().and_then(RecoveryMethod::from_key).map(RecoveryMethod::label);
        let chosen = chosen.map(|label| fact("name", "Name", label));
        let known = [
            Some(fact("kind", "Kind", "Forgot my phone")),
            chosen,
            Some(fact("failures", "Wrong answers", row.failures)),
        ];
        known.into_iter().flatten().collect()
    });
    let codes = codes_of(connection, account.id).await?;
    let factors = password.into_iter().chain(factors).chain(waiting).chain(codes);
    Ok(factors.chain(alternate).chain(questions).chain(recovery).collect())
}

/// How many security and backup codes were made, and are left. The codes themselves nobody knows.
async fn codes_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows = security_codes::Entity::find().filter(security_codes::Column::AccountId.eq(id)).all(connection).await?;
    let mut records = Vec::new();
    for (kind, label) in [(authenticators::STATIC, "Security codes"), (authenticators::ONE_TIME, "Backup code")] {
        let of_kind: Vec<_> = rows.iter().filter(|row| row.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let left = of_kind.iter().filter(|row| row.used_at.is_none()).count();
        let latest = |moment: fn(&security_codes::Model) -> Option<Timestamp>| {
            of_kind.iter().filter_map(|row| moment(row)).max()
        };
        let moments = [
            moment("created_at", "Added", latest(|row| Some(row.created_at))),
            moment("expires_at", "Work until", latest(|row| row.expires_at)),
            moment("last_used_at", "Last used", latest(|row| row.used_at)),
        ];
        let known = [fact("kind", "Kind", label), fact("left", "Not used", left)];
        records.push(known.into_iter().chain(moments.into_iter().flatten()).collect());
    }
    Ok(records)
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

/// Where a role holds that is beyond what the reader sees has no name, as on the Roles tab.
async fn roles_of(
    connection: &impl ConnectionTrait,
    id: AccountId,
    sees: impl Fn(OrganizationId) -> bool,
) -> Result<Vec<Vec<Fact>>> {
    let rows =
        role_assignments::Entity::find().filter(role_assignments::Column::AccountId.eq(id)).all(connection).await?;
    let held = roles::Entity::find()
        .filter(roles::Column::Id.is_in(rows.iter().map(|row| row.role_id)))
        .all(connection)
        .await?;
    let places = names_of(connection, rows.iter().filter_map(|row| row.organization_id)).await?;
    let as_record = |row: role_assignments::Model| {
        let role = held.iter().find(|role| role.id == row.role_id)?;
        let place = match row.organization_id {
            Some(id) if !sees(id) => "Another organization",
            place => place.and_then(|id| places.get(&id)).map_or("Everywhere", String::as_str),
        };
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

async fn countries_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    #[derive(FromQueryResult)]
    struct Row {
        country: String,
        first_at: Timestamp,
    }
    let statement = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "SELECT country, first_at FROM account_countries WHERE account_id = $1 ORDER BY first_at, country",
        [id.into()],
    );
    let rows = Row::find_by_statement(statement).all(connection).await?;
    let as_record =
        |row: Row| vec![fact("country", "Country", row.country), fact("first_at", "First signed in", row.first_at)];
    Ok(rows.into_iter().map(as_record).collect())
}

async fn sessions_of(connection: &impl ConnectionTrait, id: AccountId, which: Condition) -> Result<Vec<Vec<Fact>>> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(id))
        .filter(which)
        .order_by_desc(sessions::Column::CreatedAt)
        .all(connection)
        .await?;
    let as_record = |row: sessions::Model| {
        let method = session_verbs::method_of(&row);
        let known = [
            fact("browser", "Browser", row.browser),
            fact("ip", "IP address", row.ip),
            fact("place", "Place", row.place),
            fact("method", "Method", method),
        ];
        let moments = [
            moment("started_at", "Started", Some(row.created_at)),
            moment("proved_at", "Last proof", Some(row.proved_at)),
            moment("last_seen_at", "Last seen", Some(row.last_seen_at)),
            moment("expires_at", "Ends at the latest", Some(row.expires_at)),
            moment("ended_at", "Ended", row.ended_at),
        ];
        known.into_iter().chain(moments.into_iter().flatten()).collect()
    };
    Ok(rows.into_iter().map(as_record).collect())
}

async fn links_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows = account_links::Entity::find()
        .filter(account_links::Column::AccountId.eq(id))
        .order_by_desc(account_links::Column::CreatedAt)
        .all(connection)
        .await?;
    let as_record = |row: account_links::Model| {
        let known = [
            Some(fact("kind", "Kind", row.kind.replace('_', " "))),
            row.email.map(|email| fact("email", "Email", email)),
            moment("created_at", "Made", Some(row.created_at)),
            moment("expires_at", "Works until", Some(row.expires_at)),
            moment("used_at", "Used", row.used_at),
            moment("voided_at", "Void since", row.voided_at),
        ];
        known.into_iter().flatten().collect()
    };
    Ok(rows.into_iter().map(as_record).collect())
}

async fn preferences_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows =
        staff_preferences::Entity::find().filter(staff_preferences::Column::AccountId.eq(id)).all(connection).await?;
    let as_record =
        |row: staff_preferences::Model| vec![fact("key", "What", row.key), fact("value", "Value", row.value)];
    Ok(rows.into_iter().map(as_record).collect())
}

async fn views_of(
    connection: &impl ConnectionTrait,
    id: AccountId,
    with_private: bool,
    reaches: impl Fn(OrganizationId) -> bool,
) -> Result<Vec<Vec<Fact>>> {
    let mut query = saved_views::Entity::find().filter(saved_views::Column::OwnerId.eq(id));
    if !with_private {
        query = query.filter(saved_views::Column::IsShared.eq(true));
    }
    let mut rows = query.all(connection).await?;
    rows.retain(|row| views::is_within(row, &reaches));
    let as_record = |row: saved_views::Model| {
        vec![
            fact("name", "Name", row.name),
            fact("query", "List", row.query),
            fact("is_shared", "Shared", if row.is_shared { "Yes" } else { "No" }),
            fact("created_at", "Created", row.created_at),
            fact("updated_at", "Last changed", row.updated_at),
        ]
    };
    Ok(rows.into_iter().map(as_record).collect())
}

/// What was sent, not its words: they are erased, and may have held a link.
async fn messages_of(connection: &impl ConnectionTrait, id: AccountId) -> Result<Vec<Vec<Fact>>> {
    let rows = messages::Entity::find()
        .filter(messages::Column::AccountId.eq(id))
        .order_by_desc(messages::Column::CreatedAt)
        .limit(MESSAGES_MOST)
        .all(connection)
        .await?;
    let as_record = |row: messages::Model| {
        // What a newer version wrote is told as it is spelt.
        let kind = MessageKind::from_key(&row.kind).map_or(row.kind, |kind| kind.label().to_owned());
        let channel = Channel::from_key(&row.channel).map_or(row.channel, |channel| channel.label().to_owned());
        let state = MessageState::from_key(&row.state).map_or(row.state, |state| state.label().to_owned());
        let known = [
            Some(fact("kind", "Kind", kind)),
            Some(fact("channel", "By", channel)),
            Some(fact("recipient", "To", row.recipient)),
            Some(fact("recipient_name", "Name", row.recipient_name)),
            Some(fact("state", "State", state)),
            moment("created_at", "Queued", Some(row.created_at)),
            moment("sent_at", "Sent", row.sent_at),
        ];
        known.into_iter().flatten().collect()
    };
    Ok(rows.into_iter().map(as_record).collect())
}

#[cfg(test)]
mod tests {
    use types::attributes::AttributeKind;
    use types::permissions::BuiltInRole;
    use types::saved_views::SavedViewForm;
    use types::user_list::PageSize;

    use super::*;
    use crate::testing::{self, form_with};
    use crate::users;

    async fn told(context: &Context, data: &AccountData) -> String {
        format!("{:?} {:?}", data.sections, data.events(context, None).await.unwrap())
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
            let events = data.events(&context, None).await.unwrap().events;
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

    /// Which fact tells what a column holds.
    const TOLD: &[(&str, &[(&str, &str)])] = &[
        (
            "accounts",
            &[
                ("id", "account.id"),
                ("store_id", "account.store"),
                ("email", "account.email"),
                ("username", "account.username"),
                ("first_name", "account.first_name"),
                ("last_name", "account.last_name"),
                ("name", "account.name"),
                ("phone", "account.phone"),
                ("attribute_values", "attributes.badge"),
                ("email_verified_at", "account.email_verified_at"),
                ("onboarded_at", "account.onboarded_at"),
                ("activation_sent_at", "account.activation_sent_at"),
                ("activation_expires_at", "account.activation_expires_at"),
                ("password_expires_at", "account.password_expires_at"),
                ("disabled_at", "account.disabled_at"),
                ("disabled_reason", "account.disabled_reason"),
                ("locked_until", "account.locked_until"),
                ("last_sign_in_at", "account.last_sign_in_at"),
                ("created_at", "account.created_at"),
                ("updated_at", "account.updated_at"),
                ("second_factor", "account.second_factor"),
                ("verified_phone", "account.verified_phone"),
                ("device_limit", "account.device_limit"),
            ],
        ),
        ("account_countries", &[("country", "countries.country"), ("first_at", "countries.first_at")]),
        (
            "account_links",
            &[
                ("kind", "links.kind"),
                ("email", "links.email"),
                ("created_at", "links.created_at"),
                ("expires_at", "links.expires_at"),
                ("used_at", "links.used_at"),
                ("voided_at", "links.voided_at"),
            ],
        ),
        ("alternate_emails", &[("email", "authenticators.name"), ("verified_at", "authenticators.verified_at")]),
        (
            "authenticators",
            &[
                ("kind", "authenticators.kind"),
                ("name", "authenticators.name"),
                ("created_at", "authenticators.created_at"),
                ("last_used_at", "authenticators.last_used_at"),
            ],
        ),
        (
            "code_addresses",
            &[
                ("kind", "authenticators.kind"),
                ("address", "authenticators.name"),
                ("added_at", "authenticators.created_at"),
            ],
        ),
        (
            "devices",
            &[
                ("browser", "devices.browser"),
                ("ip", "devices.ip"),
                ("place", "devices.place"),
                ("registered_at", "devices.registered_at"),
                ("last_seen_at", "devices.last_seen_at"),
            ],
        ),
        ("group_memberships", &[("group_id", "groups.name"), ("added_at", "groups.since")]),
        (
            "messages",
            &[
                ("channel", "messages.channel"),
                ("kind", "messages.kind"),
                ("recipient", "messages.recipient"),
                ("recipient_name", "messages.recipient_name"),
                ("state", "messages.state"),
                ("created_at", "messages.created_at"),
                ("sent_at", "messages.sent_at"),
            ],
        ),
        ("organization_memberships", &[("organization_id", "organizations.name"), ("added_at", "organizations.since")]),
        (
            "password_credentials",
            &[("changed_at", "authenticators.changed_at"), ("must_change", "authenticators.must_change")],
        ),
        ("recoveries", &[("chosen", "authenticators.name"), ("failures", "authenticators.failures")]),
        (
            "role_assignments",
            &[("role_id", "roles.role"), ("organization_id", "roles.where"), ("assigned_at", "roles.assigned_at")],
        ),
        (
            "saved_views",
            &[
                ("name", "saved_views.name"),
                ("query", "saved_views.query"),
                ("is_shared", "saved_views.is_shared"),
                ("created_at", "saved_views.created_at"),
                ("updated_at", "saved_views.updated_at"),
            ],
        ),
        (
            "security_codes",
            &[
                ("kind", "authenticators.kind"),
                ("created_at", "authenticators.created_at"),
                ("expires_at", "authenticators.expires_at"),
                ("used_at", "authenticators.left"),
            ],
        ),
        ("security_questions", &[("position", "authenticators.count")]),
        (
            "sessions",
            &[
                ("browser", "sessions.browser"),
                ("ip", "sessions.ip"),
                ("place", "sessions.place"),
                ("methods", "sessions.method"),
                ("actor_session_id", "sessions.method"),
                ("created_at", "sessions.started_at"),
                ("proved_at", "sessions.proved_at"),
                ("last_seen_at", "sessions.last_seen_at"),
                ("expires_at", "sessions.expires_at"),
                ("ended_at", "ended_sessions.ended_at"),
            ],
        ),
        ("staff_preferences", &[("key", "preferences.key"), ("value", "preferences.value")]),
    ];

    /// Why a column is not told.
    const NOT_TOLD: &[(&str, &[&str])] = &[
        (
            "it is a secret, or what proves one",
            &[
                "account_links.token_hash",
                "authenticators.secret",
                "authenticators.credential_id",
                "authenticators.last_step",
                "devices.browser_key",
                "password_credentials.hash",
                "password_credentials.is_short",
                "security_codes.fingerprint",
                "security_questions.answer_hash",
                "security_questions.question",
                "recoveries.asked",
                "sessions.token_hash",
                "messages.content",
            ],
        ),
        (
            "another one tells it",
            &[
                "accounts.row_number",
                "accounts.email_key",
                "accounts.name_key",
                "accounts.search_text",
                "account_attributes.*",
                "saved_views.name_key",
                "sessions.device_id",
                "group_memberships.name_key",
                "group_memberships.email_key",
                "group_memberships.account_created_at",
                "group_memberships.last_sign_in_at",
                "organization_memberships.name_key",
                "organization_memberships.email_key",
                "organization_memberships.account_created_at",
                "organization_memberships.last_sign_in_at",
            ],
        ),
        (
            "it says how work goes on",
            &[
                "accounts.version",
                "accounts.password_notice_at",
                "messages.attempts",
                "messages.next_attempt_at",
                "messages.expires_at",
                "messages.problem",
                "saved_views.version",
            ],
        ),
        ("it lives for minutes", &["one_time_codes.*", "pre_sessions.*"]),
        ("who of the staff it was is in the log", &["role_assignments.assigned_by"]),
        ("what staff did to many is in the log", &["job_items.*"]),
        ("nobody looks at an account that is deleted", &["accounts.deleted_at"]),
    ];

    /// The columns of every table whose rows belong to accounts.
    async fn columns(context: &Context) -> Vec<(String, String)> {
        let sql = if context.database.is_sqlite() {
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'"
        } else {
            "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
             WHERE table_schema = 'public'"
        };
        let statement = Statement::from_string(context.database.backend(), sql);
        let rows = context.database.read().query_all_raw(statement).await.unwrap();
        let all: Vec<(String, String)> =
            rows.iter().map(|row| (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap())).collect();
        let of_accounts: BTreeSet<String> = all
            .iter()
            .filter(|(table, column)| table == "accounts" || column == "account_id" || column == "owner_id")
            .map(|(table, _)| table.clone())
            .collect();
        let is_key =
            |table: &str, column: &str| table != "accounts" && ["id", "account_id", "owner_id"].contains(&column);
        all.into_iter().filter(|(table, column)| of_accounts.contains(table) && !is_key(table, column)).collect()
    }

    /// Everything that an account can have, and its holder.
    async fn filled(context: &Context, owner: &Staff) -> (AccountId, Holder) {
        testing::attribute(context, owner, "badge", AttributeKind::Text, |_| ()).await;
        let ada = testing::onboarded(context, owner, "ada").await;
        let form = types::accounts::AccountForm {
            username: "ada".into(),
            last_name: "Lovelace".into(),
            phone: "+41446681800".into(),
            ..form_with("ada", &[("badge", "B-one")])
        };
        users::edit(context, owner, ada, &form, 1).await.unwrap();
        testing::group(context, "Poets", &[ada]).await;
        testing::organization(context, "Acme", &[ada]).await;
        testing::give_role(context, ada, BuiltInRole::Auditor, None).await;
        let ended = testing::holder(context, ada).await;
        crate::sessions::sign_out(context, &ended).await.unwrap();
        let holder = testing::holder(context, ada).await;
        let transaction = context.database.begin().await.unwrap();
        for (table, columns, values) in [
            ("account_countries", "country, first_at", "'CH', 1"),
            (
                "account_links",
                "token_hash, kind, email, created_at, expires_at, used_at, voided_at",
                "'x', 'activation', 'a@b', 1, 2, 1, 1",
            ),
            ("alternate_emails", "email, verified_at", "'a@example.net', 1"),
            (
                "authenticators",
                "id, kind, name, secret, last_step, created_at, last_used_at",
                "id, 'authenticator_app', 'Phone', '', 0, 1, 1",
            ),
            ("code_addresses", "kind, address, added_at", "'email_code', 'c@example.net', 1"),
            (
                "messages",
                "id, channel, kind, recipient, recipient_name, state, attempts, created_at, next_attempt_at, expires_at, sent_at",
                "id, 'mail', 'welcome', 'ada@example.com', 'Ada', 'sent', 1, 1, 1, 1, 1",
            ),
            ("recoveries", "chosen, asked, failures", "'questions', 0, 1"),
            (
                "saved_views",
                "id, owner_id, name, name_key, query, is_shared, version, created_at, updated_at",
                "id, id, 'Mine', 'mine', 'q=x', true, 1, 1, 1",
            ),
            ("security_codes", "fingerprint, kind, created_at, expires_at, used_at", "'s', 'static', 1, NULL, 1"),
            ("security_codes", "fingerprint, kind, created_at, expires_at", "'o', 'one_time', 1, 2"),
            ("security_questions", "position, question, answer_hash", "0, 'first_school', ''"),
            ("staff_preferences", "key, value", "'users.pins', 'email'"),
        ] {
            let account = if table == "saved_views" { "" } else { ", account_id" };
            let id = if table == "saved_views" { "" } else { ", id" };
            let sql = format!(
                "INSERT INTO {table} ({columns}{account}) SELECT {values}{id} FROM accounts WHERE email = 'ada@example.com'"
            );
            transaction.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{table}: {error}"));
        }
        for sql in [
            "UPDATE accounts SET email_verified_at = 1, activation_sent_at = 1, activation_expires_at = 1, \
             password_expires_at = 1, disabled_at = 1, disabled_reason = 'x', locked_until = 1, last_sign_in_at = 1, \
             second_factor = 'authenticator_app', verified_phone = phone, device_limit = 3 WHERE email = 'ada@example.com'",
            "UPDATE password_credentials SET must_change = true",
        ] {
            transaction.execute_unprepared(sql).await.unwrap();
        }
        transaction.commit().await.unwrap();
        (ada, holder)
    }

    #[tokio::test]
    async fn every_column_about_somebody_is_told_or_left_out_for_a_reason() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, holder) = filled(&context, &owner).await;
            let staffs = of_user(&context, &owner, ada).await.unwrap();
            let own = of_holder(&context, &holder).await.unwrap();
            let mut facts = BTreeSet::new();
            for section in staffs.sections.iter().chain(&own.sections) {
                let records = match &section.records {
                    Records::One(one) => vec![one],
                    Records::Many(many) => many.iter().collect(),
                };
                facts.extend(records.into_iter().flatten().map(|fact| format!("{}.{}", section.key, fact.key)));
            }
            for (table, column) in columns(&context).await {
                let of_table = TOLD.iter().find(|(one, _)| *one == table).map_or(&[][..], |(_, columns)| columns);
                let told = of_table.iter().find(|(one, _)| *one == column).map(|(_, fact)| *fact);
                let name = format!("{table}.{column}");
                let left_out = NOT_TOLD.iter().flat_map(|(_, columns)| columns.iter());
                let is_left_out = left_out.into_iter().any(|one| **one == name || **one == format!("{table}.*"));
                match told {
                    Some(fact) => assert!(facts.contains(fact), "{name}: {fact} is not among {facts:?}"),
                    None => assert!(is_left_out, "{name} is neither told nor left out for a reason"),
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn sessions_that_are_over_are_not_open_and_mails_are_for_who_may_see_them() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::session(&context, ada).await;
            context.clock.advance_seconds(authority::IDLE_LIMIT_SECONDS);
            testing::session(&context, ada).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            testing::bulk(&context, &admin, types::bulk::BulkAction::SendWelcome, &[ada]).await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let count = |data: &AccountData, key: &str| {
                let section = data.sections.iter().find(|section| section.key == key)?;
                match &section.records {
                    Records::Many(records) => Some(records.len()),
                    Records::One(_) => None,
                }
            };
            let seen = of_user(&context, &owner, ada).await.unwrap();
            assert_eq!(["sessions", "ended_sessions", "messages"].map(|key| count(&seen, key)), [1, 1, 1].map(Some));
            let confined = of_user(&context, &desk, ada).await.unwrap();
            assert_eq!(count(&confined, "messages"), None);
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
    async fn views_that_are_not_shared_and_preferences_are_of_their_holder_alone() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for (name, is_shared) in [("Private view", false), ("Shared view", true)] {
                let form = SavedViewForm { name: name.into(), is_shared, state: Default::default() };
                views::save(&context, &owner, &form).await.unwrap();
            }
            crate::preferences::remember_page_size(&context, &owner, PageSize::ALL[2]).await.unwrap();
            let role = BuiltInRole::Administrator;
            let other = testing::staff_with(&context, &owner, "other", role, None).await;
            let holder = testing::holder(&context, owner.account).await;
            let others = told(&context, &of_user(&context, &other, owner.account).await.unwrap()).await;
            assert!(others.contains("Shared view") && !others.contains("Private view"), "{others}");
            assert!(!others.contains("preferences"), "{others}");
            for own in [of_user(&context, &owner, owner.account).await, of_holder(&context, &holder).await] {
                let own = told(&context, &own.unwrap()).await;
                assert!(own.contains("Shared view") && own.contains("Private view") && own.contains("preferences"));
            }
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
            assert!(data.events(&context, None).await.unwrap().events.is_empty());
        })
        .await;
    }
}
