//! The audit log (G2): search by what an index leads to, page by page, newest first.
//!
//! One part of the filter leads: its index is read backwards, and the other parts are asked of what
//! it gives. No search reads more than [`WALK`] events: a page may be short, and then says how far
//! it has looked. So the cost is the same at a thousand events and at a hundred million.

use db::entities::{accounts, events};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, FromQueryResult, QueryFilter, QuerySelect, Statement, Value};
use types::audit::{AuditFilter, AuditPage, AuditRow};
use types::events::{EventPage, Outcome};
use types::settings::AuditLog;
use types::{AccountId, EventId, Permission, Timestamp};

use crate::authority::Reach;
use crate::database::delete_older;
use crate::events::{Names, Reader, as_row, hide, read_cursor};
use crate::{Context, Database, Result, Scope, Staff, attributes};

/// Rows on a page.
const PAGE_ROWS: usize = 50;
/// Rows of a batch of an export.
const EXPORT_ROWS: usize = 500;
/// Events that one page looks at, at most.
const WALK: usize = 5_000;
/// Members of the caller's organizations whose events are gathered rather than met on a walk.
const FEW_MEMBERS: usize = 200;

/// A page, within what the caller may see: the events about people within reach, and for those who
/// reach everybody the events about nobody too. Needs **View activity**.
///
/// `older`: the cursor of the page before; one that makes no sense begins at the newest.
pub async fn search(
    database: &Database,
    staff: &Staff,
    filter: &AuditFilter,
    older: Option<&str>,
) -> Result<AuditPage> {
    page_of(database, staff, filter, older, PAGE_ROWS).await
}

/// The next rows of an export, with the cursor of those after them. Needs **View activity**.
pub async fn export_batch(
    database: &Database,
    staff: &Staff,
    filter: &AuditFilter,
    older: Option<&str>,
) -> Result<AuditPage> {
    page_of(database, staff, filter, older, EXPORT_ROWS).await
}

/// A page of what happened to an account (P7). Needs **View activity** over it.
pub async fn of_user(
    database: &Database,
    staff: &Staff,
    id: AccountId,
    filter: &AuditFilter,
    older: Option<&str>,
) -> Result<EventPage> {
    let scope = staff.require(Permission::ViewEvents)?;
    scope.account(database.read(), id).await?;
    let filter = AuditFilter { subject: id.to_string(), actor: String::new(), ..filter.clone() };
    let page = search(database, staff, &filter, older).await?;
    Ok(EventPage { events: page.rows.into_iter().map(|row| row.event).collect(), older: page.older })
}

async fn page_of(
    database: &Database,
    staff: &Staff,
    filter: &AuditFilter,
    older: Option<&str>,
    rows: usize,
) -> Result<AuditPage> {
    let scope = staff.require(Permission::ViewEvents)?;
    let mut notices = Vec::new();
    let actor = named(database, &scope, &filter.actor, &mut notices).await?;
    let subject = named(database, &scope, &filter.subject, &mut notices).await?;
    if !notices.is_empty() {
        return Ok(AuditPage { notices, ..AuditPage::default() });
    }
    let query = Query::plan(database, (&scope, staff.account), filter, actor, subject).await?;
    let cursor = older.and_then(read_cursor);
    let connection = database.read();
    let mut found = query.rows(connection, cursor, rows + 1).await?;
    let more = found.len() > rows;
    found.truncate(rows);
    let mut searched_to = None;
    let mut older = found.last().filter(|_| more).map(|row| (row.at, row.id));
    if !more && let Some(end) = query.end_of_walk(connection, cursor).await? {
        searched_to = Some(end.0);
        older = Some(end);
    }
    let people = found.iter().flat_map(|row| [row.actor_id, row.on_behalf_of, row.subject_id]).flatten();
    let reader = Reader::new(scope.clone(), staff);
    let names = Names::read(connection, Some(&reader), people.collect()).await?;
    let hidden = attributes::hidden_keys(connection).await?;
    let rows = found
        .into_iter()
        .filter_map(|row| {
            let subject = row.subject_id.map(|id| names.of(id));
            let mut event = as_row(row, &names)?;
            hide(&mut event, |field| hidden.contains(field));
            Some(AuditRow { event, subject })
        })
        .collect();
    Ok(AuditPage { rows, older: older.map(|(at, id)| format!("{}.{id}", at.0)), searched_to, notices })
}

/// The account that a text names, within reach. Nobody and somebody out of reach are one notice.
async fn named(database: &Database, scope: &Scope, text: &str, notices: &mut Vec<String>) -> Result<Option<AccountId>> {
    let text = text.trim().replace('\0', "");
    if text.is_empty() {
        return Ok(None);
    }
    let query = scope.accounts_and_deleted();
    let key = text.to_lowercase();
    let query = match text.parse::<AccountId>() {
        Ok(id) => query.filter(accounts::Column::Id.eq(id)),
        Err(_) if text.contains('@') => query.filter(accounts::Column::EmailKey.eq(key)),
        Err(_) => query.filter(accounts::Column::Username.eq(key)),
    };
    let found = query.one(database.read()).await?;
    // An id may be of an account that has been purged: its events remain.
    let purged = || text.parse().ok().filter(|_| scope.is_everywhere());
    let id = found.map(|account| account.id).or_else(purged);
    if id.is_none() {
        notices.push(format!("There is nobody called “{text}”. Type a whole e-mail address, a username or an id."));
    }
    Ok(id)
}

/// What leads, and what is asked of the events that it gives. Both are SQL with `?` for each value.
struct Query {
    backend: DbBackend,
    lead: Vec<String>,
    lead_values: Vec<Value>,
    rest: Vec<String>,
    rest_values: Vec<Value>,
    /// The lead names the rows of few people: they are gathered and sorted.
    gathers: bool,
}

impl Query {
    async fn plan(
        database: &Database,
        (scope, reader): (&Scope, AccountId),
        filter: &AuditFilter,
        actor: Option<AccountId>,
        subject: Option<AccountId>,
    ) -> Result<Self> {
        let mut query = Self {
            backend: database.backend(),
            lead: Vec::new(),
            lead_values: Vec::new(),
            rest: Vec::new(),
            rest_values: Vec::new(),
            gathers: false,
        };
        // In the order of how few events each is likely to leave.
        if let Some(subject) = subject {
            query.also("subject_id = ?", subject);
            if let Some(kind) = filter.kind {
                query.lead.push("kind = ?".into());
                query.lead_values.push(kind.key().into());
            }
        }
        if let Some(actor) = actor {
            query.also("actor_id = ?", actor);
        }
        if !filter.ip.is_empty() && scope.is_everywhere() {
            query.also("ip = ?", filter.ip.replace('\0', ""));
        }
        if let Reach::Organizations(organizations) = scope.reach() {
            let places = literals(organizations.iter().map(|id| id.0), query.backend);
            let within = |column: &str| {
                format!(
                    "EXISTS (SELECT 1 FROM organization_memberships m WHERE m.account_id = {column} \
                     AND m.organization_id IN ({places}))"
                )
            };
            if !filter.ip.is_empty() {
                // Where who acted is concealed, so is from where (D5): those events are not found by it. Nor does
                // it lead: how far a walk has come would tell how many there are.
                let own = literals(std::iter::once(reader.0), query.backend);
                let known = within("actor_id");
                query.rest.push(format!("ip = ? AND (actor_id IS NULL OR actor_id = {own} OR {known})"));
                query.rest_values.push(filter.ip.replace('\0', "").into());
            }
            if query.lead.is_empty() {
                let members = few_members(database, scope).await?;
                if let Some(members) = members {
                    query
                        .lead
                        .push(format!("subject_id IN ({})", literals(members.iter().map(|id| id.0), query.backend)));
                    query.gathers = true;
                }
            }
            query.rest.push(within("subject_id"));
        }
        match filter.outcome {
            // Written out, so that the planners see the index of what was refused.
            Some(Outcome::Refused) if query.lead.is_empty() && filter.kind.is_none() => {
                query.lead.push("outcome = 'refused'".into());
            }
            Some(outcome) => {
                query.rest.push("outcome = ?".into());
                query.rest_values.push(outcome.key().into());
            }
            None => {}
        }
        if let Some(kind) = filter.kind.filter(|_| subject.is_none()) {
            query.also("kind = ?", kind.key());
        }
        if let Some(from) = filter.from {
            query.lead.push("at >= ?".into());
            query.lead_values.push(from.into());
        }
        if let Some(before) = filter.before() {
            query.lead.push("at < ?".into());
            query.lead_values.push(before.into());
        }
        Ok(query)
    }

    /// Leads when nothing leads yet.
    fn also(&mut self, condition: &str, value: impl Into<Value>) {
        if self.lead.is_empty() {
            self.lead.push(condition.into());
            self.lead_values.push(value.into());
        } else {
            self.rest.push(condition.into());
            self.rest_values.push(value.into());
        }
    }

    /// The part that leads, from the cursor on, with its values.
    fn leading(&self, cursor: Option<(Timestamp, EventId)>) -> (String, Vec<Value>) {
        let mut conditions = self.lead.clone();
        let mut values = self.lead_values.clone();
        if let Some((at, id)) = cursor {
            conditions.push("(at, id) < (?, ?)".into());
            values.extend([at.into(), id.into()]);
        }
        let conditions = if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" AND ") };
        (conditions, values)
    }

    fn statement(&self, cursor: Option<(Timestamp, EventId)>, rows: usize) -> Statement {
        let (conditions, mut values) = self.leading(cursor);
        // Gathered first and sorted then: a planner would rather walk the whole log in order.
        let (with, inner) = if self.gathers {
            (format!("WITH found AS MATERIALIZED (SELECT * FROM events WHERE {conditions}) "), "found".to_owned())
        } else {
            let inner = format!("(SELECT * FROM events WHERE {conditions} ORDER BY at DESC, id DESC LIMIT {WALK})");
            (String::new(), inner)
        };
        let rest = if self.rest.is_empty() { "1 = 1".to_owned() } else { self.rest.join(" AND ") };
        values.extend(self.rest_values.iter().cloned());
        let sql = format!("{with}SELECT * FROM {inner} AS walked WHERE {rest} ORDER BY at DESC, id DESC LIMIT {rows}");
        Statement::from_sql_and_values(self.backend, numbered(&sql), values)
    }

    async fn rows(
        &self,
        connection: &impl ConnectionTrait,
        cursor: Option<(Timestamp, EventId)>,
        rows: usize,
    ) -> Result<Vec<events::Model>> {
        Ok(events::Model::find_by_statement(self.statement(cursor, rows)).all(connection).await?)
    }

    /// Where the walk stopped, when it did not come to the log's end.
    async fn end_of_walk(
        &self,
        connection: &impl ConnectionTrait,
        cursor: Option<(Timestamp, EventId)>,
    ) -> Result<Option<(Timestamp, EventId)>> {
        #[derive(FromQueryResult)]
        struct End {
            at: Timestamp,
            id: EventId,
        }
        if self.gathers || self.rest.is_empty() {
            return Ok(None);
        }
        let (conditions, values) = self.leading(cursor);
        let sql = format!(
            "SELECT at, id FROM events WHERE {conditions} ORDER BY at DESC, id DESC LIMIT 1 OFFSET {}",
            WALK - 1
        );
        let statement = Statement::from_sql_and_values(self.backend, numbered(&sql), values);
        Ok(End::find_by_statement(statement).one(connection).await?.map(|end| (end.at, end.id)))
    }
}

/// Each `?` in turn as `$1`, `$2` …, which both databases read.
fn numbered(sql: &str) -> String {
    let mut pieces = sql.split('?');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.enumerate().fold(first, |sql, (at, piece)| format!("{sql}${}{piece}", at + 1))
}

fn literals(ids: impl Iterator<Item = uuid::Uuid>, backend: DbBackend) -> String {
    crate::directory::literals(ids, backend)
}

/// The members within reach, when they are few.
async fn few_members(database: &Database, scope: &Scope) -> Result<Option<Vec<AccountId>>> {
    let ids: Vec<AccountId> = scope
        .accounts_by_membership()
        .select_only()
        .column(accounts::Column::Id)
        .limit(FEW_MEMBERS as u64 + 1)
        .into_tuple()
        .all(database.read())
        .await?;
    Ok((!ids.is_empty() && ids.len() <= FEW_MEMBERS).then_some(ids))
}

/// Deletes what is older than the setting **Keep events for** of the default store.
pub async fn purge(context: &Context) -> Result<()> {
    let connection = context.database.read();
    let store = crate::stores::default_store(connection).await?;
    let AuditLog { retention_days } = crate::settings::read(connection, store).await?;
    if retention_days == 0 {
        return Ok(());
    }
    let before = context.now().plus_seconds(-i64::from(retention_days) * 24 * 60 * 60);
    delete_older(context, "events", "at", before).await
}

#[cfg(test)]
mod tests;
