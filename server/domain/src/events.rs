//! The log: written in the transaction of the change (G1), read by account (P7).

use std::collections::{HashMap, HashSet};

use db::entities::{accounts, events, organizations};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::events::{EventActor, EventKind, EventPage, EventRow, FieldChange, Outcome};
use types::{AccountId, EventId, Timestamp};
use uuid::Uuid;

use crate::authority::Reach;
use crate::{Context, Database, Holder, Result, Scope, Staff, dashboard};

/// Rows on a page of **Activity**.
const PAGE_ROWS: u64 = 50;

/// An event about to be written; `Event::new(kind)` and what is known of it.
#[derive(Clone, Debug)]
pub struct Event {
    kind: EventKind,
    outcome: Outcome,
    actor_id: Option<AccountId>,
    on_behalf_of: Option<AccountId>,
    session: Option<types::SessionId>,
    subject: Option<AccountId>,
    changes: Vec<FieldChange>,
    note: Option<String>,
}

impl Event {
    pub fn new(kind: EventKind) -> Self {
        Self {
            kind,
            outcome: Outcome::Done,
            actor_id: None,
            on_behalf_of: None,
            session: None,
            subject: None,
            changes: Vec::new(),
            note: None,
        }
    }

    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }

    /// Who is signed in; who looks at the account in its holder's place is named as such.
    pub fn by(mut self, holder: &Holder) -> Self {
        self.actor_id = Some(holder.account);
        self.session = Some(holder.session);
        if let Some(acting) = &holder.acting {
            self.actor_id = Some(acting.account);
            self.on_behalf_of = Some(holder.account);
        }
        self
    }

    pub fn on_behalf_of(mut self, account: AccountId) -> Self {
        self.on_behalf_of = Some(account);
        self
    }

    /// For what somebody does to their own account before they have a session.
    pub fn by_account(mut self, account: AccountId) -> Self {
        self.actor_id = Some(account);
        self
    }

    pub fn in_session(mut self, session: types::SessionId) -> Self {
        self.session = Some(session);
        self
    }

    pub fn on(mut self, subject: AccountId) -> Self {
        self.subject = Some(subject);
        self
    }

    pub fn changes(mut self, changes: Vec<FieldChange>) -> Self {
        self.changes = changes;
        self
    }

    pub fn note(mut self, note: Option<&str>) -> Self {
        self.note = note.map(str::to_owned);
        self
    }

    fn into_row(self, context: &Context, now: Timestamp) -> events::ActiveModel {
        let changes = (!self.changes.is_empty()).then(|| serde_json::to_string(&self.changes).unwrap_or_default());
        events::ActiveModel {
            id: Set(EventId(context.random.id(now))),
            at: Set(now),
            kind: Set(self.kind.key().into()),
            outcome: Set(match self.outcome {
                Outcome::Done => "done".into(),
                Outcome::Refused => "refused".into(),
            }),
            actor_id: Set(self.actor_id),
            on_behalf_of: Set(self.on_behalf_of),
            subject_id: Set(self.subject),
            session_id: Set(self.session),
            ip: Set(context.origin.ip.clone()),
            browser: Set(context.origin.browser.clone()),
            changes: Set(changes),
            note: Set(self.note),
            place: Set(context.origin.place.clone()),
        }
    }
}

/// Writes one event into the transaction.
pub async fn write(connection: &impl ConnectionTrait, context: &Context, event: Event) -> Result<()> {
    write_all(connection, context, vec![event]).await
}

/// Rows in one INSERT: SQLite numbers its values up to 32,766.
const ROWS_AT_ONCE: usize = 1_000;

/// Writes many, in statements of many rows.
pub async fn write_all(connection: &impl ConnectionTrait, context: &Context, events: Vec<Event>) -> Result<()> {
    let now = context.now();
    dashboard::count(connection, context, events.iter().map(|event| event.kind)).await?;
    let mut rows = events.into_iter().map(|event| event.into_row(context, now)).peekable();
    while rows.peek().is_some() {
        let some: Vec<_> = rows.by_ref().take(ROWS_AT_ONCE).collect();
        events::Entity::insert_many(some).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Leaves values of custom attributes out, telling only that they changed: an attribute may have been
/// visible when the event was written.
pub(crate) fn hide(event: &mut EventRow, is_hidden: impl Fn(&str) -> bool) {
    if matches!(event.kind, EventKind::AccountCreated | EventKind::AccountEdited) {
        for change in event.changes.iter_mut().filter(|change| is_hidden(&change.field)) {
            (change.old, change.new) = (None, None);
        }
    }
}

/// A page of what happened to an account, newest first, for the files about it. `reader`: whoever of
/// the staff asks; `None`: the holder.
///
/// `older`: the cursor of the page before; one that makes no sense begins at the newest.
pub(crate) async fn page_of(
    database: &Database,
    reader: Option<&Reader>,
    id: AccountId,
    older: Option<&str>,
) -> Result<EventPage> {
    let mut query = events::Entity::find()
        .filter(events::Column::SubjectId.eq(id))
        .order_by_desc(events::Column::At)
        .order_by_desc(events::Column::Id)
        .limit(PAGE_ROWS + 1);
    if let Some((at, event)) = older.and_then(read_cursor) {
        let position = Expr::tuple([Expr::col(events::Column::At), Expr::col(events::Column::Id)]);
        query = query.filter(position.lt(Expr::tuple([Expr::val(at), Expr::val(event)])));
    }
    let mut rows = query.all(database.read()).await?;
    let more = rows.len() as u64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let older = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.at.0, row.id));
    let actors = rows.iter().flat_map(|row| [row.actor_id, row.on_behalf_of]).flatten().collect();
    let names = Names::read(database.read(), reader, actors).await?;
    Ok(EventPage { events: rows.into_iter().filter_map(|row| as_row(row, &names)).collect(), older })
}

pub(crate) fn read_cursor(text: &str) -> Option<(Timestamp, EventId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp(at.parse().ok()?), EventId(Uuid::parse_str(id).ok()?)))
}

/// Whoever of the staff reads events: what they reach, and themselves.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    scope: Scope,
    own: (AccountId, String),
}

impl Reader {
    pub(crate) fn new(scope: Scope, staff: &Staff) -> Self {
        Self { scope, own: (staff.account, staff.name.clone()) }
    }
}

/// The names of those whom events are about, as far as the reader may know them.
pub(crate) struct Names {
    known: HashMap<AccountId, String>,
    /// Of a reader who is confined: the organizations they reach.
    places: Option<HashSet<String>>,
}

impl Names {
    pub(crate) async fn read(
        connection: &impl ConnectionTrait,
        reader: Option<&Reader>,
        mut ids: Vec<AccountId>,
    ) -> Result<Self> {
        let reader = reader.filter(|reader| !reader.scope.is_everywhere());
        let accounts = reader.map_or_else(accounts::Entity::find, |reader| reader.scope.accounts_and_deleted());
        ids.sort();
        ids.dedup();
        let mut known = HashMap::new();
        if !ids.is_empty() {
            let named: Vec<(AccountId, String)> = accounts
                .select_only()
                .columns([accounts::Column::Id, accounts::Column::Name])
                .filter(accounts::Column::Id.is_in(ids))
                .into_tuple()
                .all(connection)
                .await?;
            known.extend(named);
        }
        known.extend(reader.map(|reader| reader.own.clone()));
        let places = match reader.map(|reader| reader.scope.reach()) {
            Some(Reach::Organizations(reached)) => {
                let named = organizations::Entity::find()
                    .select_only()
                    .column(organizations::Column::Name)
                    .filter(organizations::Column::Id.is_in(reached.iter().copied()));
                Some(named.into_tuple::<String>().all(connection).await?.into_iter().collect())
            }
            _ => None,
        };
        Ok(Self { known, places })
    }

    pub(crate) fn of(&self, id: AccountId) -> EventActor {
        EventActor { id, name: self.known.get(&id).cloned().unwrap_or_else(|| "A former account".into()) }
    }

    /// Who is confined learns that somebody beyond their reach acted, not who it was nor from where,
    /// and of a role only its name: the rest tells of other organizations (D5).
    fn conceal(&self, event: &mut EventRow, places: &HashSet<String>) {
        if let Some(actor) = event.actor.as_mut().filter(|actor| !self.known.contains_key(&actor.id)) {
            *actor = EventActor { id: AccountId(Uuid::nil()), name: "An administrator".into() };
            (event.ip, event.place, event.browser, event.session) = (None, None, None, None);
        }
        if let Some(person) = event.on_behalf_of.as_mut().filter(|person| !self.known.contains_key(&person.id)) {
            *person = EventActor { id: AccountId(Uuid::nil()), name: "Somebody".into() };
        }
        if matches!(event.kind, EventKind::RoleAssigned | EventKind::RoleRemoved) {
            for value in event.changes.iter_mut().flat_map(|change| [&mut change.old, &mut change.new]).flatten() {
                value.truncate(value.find(", ").unwrap_or(value.len()));
            }
        }
        if matches!(event.kind, EventKind::OrganizationAdded | EventKind::OrganizationRemoved) {
            for value in event.changes.iter_mut().flat_map(|change| [&mut change.old, &mut change.new]).flatten() {
                if !places.contains(value) {
                    "Another organization".clone_into(value);
                }
            }
        }
    }
}

pub(crate) fn as_row(row: events::Model, names: &Names) -> Option<EventRow> {
    let mut event = EventRow {
        id: row.id,
        at: row.at,
        // A kind that a newer version wrote is left out rather than shown wrongly.
        kind: EventKind::from_key(&row.kind)?,
        outcome: if row.outcome == "done" { Outcome::Done } else { Outcome::Refused },
        actor: row.actor_id.map(|id| names.of(id)),
        on_behalf_of: row.on_behalf_of.map(|id| names.of(id)),
        ip: row.ip,
        place: row.place,
        browser: row.browser,
        session: row.session_id,
        changes: row.changes.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        note: row.note,
    };
    if let Some(places) = &names.places {
        names.conceal(&mut event, places);
    }
    Some(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, PASSWORD};
    use crate::{sign_in::sign_in, tokens};

    async fn page(context: &Context, staff: &Staff, id: AccountId, older: Option<&str>) -> EventPage {
        testing::activity(&context.database, staff, id, None, older).await.unwrap()
    }

    async fn many(context: &Context, id: AccountId, kind: EventKind, count: usize) {
        let transaction = context.database.begin().await.unwrap();
        let events = (0..count).map(|at| Event::new(kind).on(id).note(Some(&at.to_string()))).collect();
        write_all(&transaction, context, events).await.unwrap();
        transaction.commit().await.unwrap();
    }

    #[tokio::test]
    async fn paging_gives_every_event_once_however_many_happened_at_one_moment() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = AccountId(context.id());
            let transaction = context.database.begin().await.unwrap();
            let store = crate::stores::default_store(&transaction).await.unwrap();
            let fields = testing::form("ada").parse().unwrap();
            let row = crate::users::columns::new_row(ada, store, &fields, context.now());
            accounts::Entity::insert(row).exec_without_returning(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            many(&context, ada, EventKind::SignedIn, 70).await;
            context.clock.advance_seconds(1);
            many(&context, ada, EventKind::SignedOut, 80).await;
            many(&context, owner.account, EventKind::SignedOut, 5).await;
            let (mut seen, mut older) = (Vec::new(), None);
            for rows in [50, 50, 50] {
                let page = page(&context, &owner, ada, older.as_deref()).await;
                assert_eq!(page.events.len(), rows);
                seen.extend(page.events);
                older = page.older;
            }
            assert_eq!(older, None);
            assert!(seen.windows(2).all(|two| (two[0].at, two[0].id) > (two[1].at, two[1].id)));
            assert!(seen[..80].iter().all(|event| event.kind == EventKind::SignedOut));
        })
        .await;
    }

    #[tokio::test]
    async fn one_kind_is_shown_alone_and_pages_too() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            many(&context, ada, EventKind::SignedIn, 60).await;
            many(&context, ada, EventKind::SignedOut, 60).await;
            let kind = Some(EventKind::SignedIn);
            let first = testing::activity(&context.database, &owner, ada, kind, None).await.unwrap();
            let rest = testing::activity(&context.database, &owner, ada, kind, first.older.as_deref()).await.unwrap();
            assert_eq!((first.events.len(), rest.events.len(), rest.older), (50, 10, None));
            assert!(first.events.iter().chain(&rest.events).all(|event| event.kind == EventKind::SignedIn));
        })
        .await;
    }

    #[tokio::test]
    async fn a_cursor_that_makes_no_sense_begins_at_the_newest() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let newest = page(&context, &owner, owner.account, None).await;
            let id = context.id();
            for garbage in ["", ".", "x", "5.x", "x.5", "99999999999999999999.1", &format!("x.{id}"), "\0"] {
                assert_eq!(page(&context, &owner, owner.account, Some(garbage)).await, newest, "{garbage:?}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_kind_of_a_newer_version_is_left_out() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let before = page(&context, &owner, owner.account, None).await.events.len();
            many(&context, owner.account, EventKind::SignedOut, 1).await;
            let transaction = context.database.begin().await.unwrap();
            let newer = "UPDATE events SET kind = 'moon.landed' WHERE kind = 'session.signed_out'";
            transaction.execute_unprepared(newer).await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(page(&context, &owner, owner.account, None).await.events.len(), before);
        })
        .await;
    }

    #[tokio::test]
    async fn each_event_says_who_and_from_where() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let event = page(&context, &owner, ada, None).await.events.remove(0);
            assert_eq!((event.kind, event.outcome), (EventKind::AccountCreated, Outcome::Done));
            assert_eq!(event.actor, Some(EventActor { id: owner.account, name: "owner".into() }));
            assert_eq!((event.ip.as_deref(), event.browser.as_deref()), (Some("192.0.2.1"), Some("Chrome on Linux")));
            let row =
                events::Entity::find().filter(events::Column::SubjectId.eq(ada)).one(context.database.read()).await;
            assert_eq!(row.unwrap().unwrap().session_id, Some(owner.session));
        })
        .await;
    }

    #[tokio::test]
    async fn secrets_are_in_no_event() {
        testing::on_both(|context| async move {
            let (wrong, new, set) = ("wrong horse staple", "seven purple elephants dance", "an apple for the doctor");
            let link = crate::setup::new_link(&context).await.unwrap().unwrap();
            let form = testing::form("owner");
            let begun = crate::setup::complete(&context, link.expose(), &form, PASSWORD).await.unwrap();
            let owner = crate::authority::authenticate(&context, begun.token.expose()).await.unwrap();
            sign_in(&context, "owner@example.com", wrong, Default::default()).await.err().unwrap();
            let session =
                sign_in(&context, "owner@example.com", PASSWORD, Default::default()).await.ok().unwrap().session();
            crate::passwords::change(&context, &owner, wrong, new).await.unwrap_err();
            crate::passwords::change(&context, &owner, PASSWORD, new).await.unwrap();
            let staff = owner.into_staff().unwrap();
            let ada = testing::onboarded(&context, &staff, "ada").await;
            crate::users::set_password(&context, &staff, ada, set, true).await.unwrap();
            let rows = events::Entity::find().all(context.database.read()).await.unwrap();
            let dump = format!("{rows:?}");
            for kind in
                ["owner.set_up", "sign_in_failed", "signed_in", "change_failed", "password.changed", "password.set"]
            {
                assert!(dump.contains(kind), "{kind}");
            }
            let tokens = [link.expose(), begun.token.expose(), session.token.expose()];
            let hashes = tokens.map(tokens::hash);
            for secret in tokens.into_iter().chain(hashes.iter().map(String::as_str)).chain([PASSWORD, wrong, new, set])
            {
                assert!(!dump.contains(secret));
            }
            assert!(!dump.contains("argon2"));
        })
        .await;
    }
}
