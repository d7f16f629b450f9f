//! **Export** (U10): accounts batch after batch, in the order of their ids, with constant memory.
//!
//! An export is asked for, and then fetched once by who asked: a plain download needs no more than
//! an address. What is exported is decided when it is fetched, by the authority of that moment.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use db::entities::{accounts, exports, group_memberships, groups, organization_memberships, organizations};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use serde::Deserialize;
use types::attributes::{AttributeDefinition, Values};
use types::authenticators::FactorKind;
use types::bulk::{NAMED_MOST, Selection};
use types::events::EventKind;
use types::export::{ExportColumn, ExportFormat, ExportProgress, ExportRequest, ExportState};
use types::user_list::grouped;
use types::{AccountId, ExportId, Permission, StoreId, Timestamp};

use super::ListQuery;
use super::profile::some_moment;
use crate::events::{self, Event};
use crate::{Context, Database, Error, Result, Roster, Scope, Staff, attributes, authority, stores};

/// Accounts that are read at once.
const BATCH: usize = 1_000;
/// Between two notes of how far a file is.
const NOTED_EVERY: Duration = Duration::from_secs(1);
/// How long a file waits to be fetched, and for how long its progress is known.
const WAITS_SECONDS: i64 = 3_600;
const KEPT_SECONDS: i64 = 24 * 3_600;

/// Notes what is wanted; the file is fetched by [`open`]. Needs **Export users**.
///
/// # Errors
/// At `columns`, when none or one twice is named; [`Error::Conflict`] when nobody matches.
pub async fn start(context: &Context, staff: &Staff, request: &ExportRequest) -> Result<ExportId> {
    let scope = staff.require(Permission::ExportUsers)?;
    let twice = |at: usize| request.columns[..at].contains(&request.columns[at]);
    if request.columns.is_empty() || (0..request.columns.len()).any(twice) {
        return Err(Error::field("columns", "Choose at least one column, and each only once."));
    }
    named(context.database.read(), request).await?;
    let total = match &request.selection {
        Selection::Matching(filter) => {
            ListQuery::matching(context, scope, filter).await?.count_exactly(context).await?
        }
        Selection::Accounts(ids) if ids.len() > NAMED_MOST => {
            return Err(Error::not_allowed(format!(
                "At most {} selected users can be exported; choose all that match instead.",
                grouped(NAMED_MOST as i64)
            )));
        }
        Selection::Accounts(ids) => {
            let named = scope.accounts().filter(accounts::Column::Id.is_in(ids.iter().copied()));
            i64::try_from(named.count(context.database.read()).await?).unwrap_or(i64::MAX)
        }
    };
    if total == 0 {
        return Err(Error::Conflict("Nobody matches any more; there is nothing to export.".into()));
    }
    let id = ExportId(context.id());
    let now = context.now();
    let row = exports::ActiveModel {
        id: Set(id),
        started_by: Set(staff.account),
        request: Set(serde_json::to_string(request).map_err(|error| Error::Internal(error.to_string()))?),
        state: Set(ExportState::Waiting.key().into()),
        total: Set(total),
        done: Set(0),
        created_at: Set(now),
    };
    let transaction = context.database.begin().await?;
    exports::Entity::delete_many()
        .filter(exports::Column::CreatedAt.lt(now.plus_seconds(-KEPT_SECONDS)))
        .exec(&transaction)
        .await?;
    exports::Entity::insert(row).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(id)
}

/// The columns as they are called, and the attributes among them.
///
/// # Errors
/// At `columns`, for an attribute that the store does not have, or not for the console.
async fn named(
    connection: &impl ConnectionTrait,
    request: &ExportRequest,
) -> Result<(Vec<NamedColumn>, Vec<AttributeDefinition>)> {
    let mut known = Vec::new();
    if request.columns.iter().any(|column| matches!(column, ExportColumn::Attribute(_))) {
        let store = stores::named_or_default(connection, request.store).await?;
        known = attributes::of_store(connection, store).await?;
        known.retain(|one| one.console_visible);
    }
    let label = |column: &ExportColumn| match column {
        ExportColumn::Attribute(key) => known.iter().find(|one| one.key == *key).map(|one| one.label.clone()),
        built_in => Some(built_in.label().to_owned()),
    };
    let columns =
        request.columns.iter().map(|column| Some(NamedColumn { column: column.clone(), label: label(column)? }));
    let columns: Option<Vec<_>> = columns.collect();
    match columns {
        Some(columns) => Ok((columns, known)),
        None => Err(Error::field("columns", "One of the attributes is not there any more. Open the dialog again.")),
    }
}

/// How far it is. Who asked for it.
pub async fn progress(database: &Database, staff: &Staff, id: ExportId) -> Result<ExportProgress> {
    staff.require(Permission::ExportUsers)?;
    let row = own(database.read(), staff, id).await?;
    let state = ExportState::from_key(&row.state).ok_or_else(|| Error::Internal("an export in no state".into()))?;
    Ok(ExportProgress { state, done: row.done, total: row.total })
}

async fn own(connection: &impl ConnectionTrait, staff: &Staff, id: ExportId) -> Result<exports::Model> {
    exports::Entity::find_by_id(id)
        .filter(exports::Column::StartedBy.eq(staff.account))
        .one(connection)
        .await?
        .ok_or(Error::NotFound("export"))
}

/// Begins the file. Who asked for it, once, within an hour, and while they have **Export users**.
///
/// # Errors
/// [`Error::Conflict`] for a file that was fetched already or has waited too long.
pub async fn open(context: &Context, staff: &Staff, id: ExportId) -> Result<Exporter> {
    let scope = staff.require(Permission::ExportUsers)?;
    let row = own(context.database.read(), staff, id).await?;
    let request: ExportRequest =
        serde_json::from_str(&row.request).map_err(|error| Error::Internal(error.to_string()))?;
    let rest = match &request.selection {
        Selection::Accounts(ids) => Rest::Ids { scope, ids: sorted(ids.clone()), next: 0 },
        Selection::Matching(filter) => {
            let query = ListQuery::matching(context, scope.clone(), filter).await?;
            if query.is_led() {
                let ids = query.accounts().select_only().column(accounts::Column::Id).into_tuple();
                let ids = ids.all(context.database.search()).await?;
                Rest::Ids { scope, ids: sorted(ids), next: 0 }
            } else {
                Rest::All { query: Box::new(query), last: None }
            }
        }
    };
    let transaction = context.database.begin().await?;
    let begun = exports::Entity::update_many()
        .col_expr(exports::Column::State, ExportState::Running.key().into())
        .filter(exports::Column::Id.eq(id))
        .filter(exports::Column::State.eq(ExportState::Waiting.key()))
        .filter(exports::Column::CreatedAt.gt(context.now().plus_seconds(-WAITS_SECONDS)))
        .exec(&transaction)
        .await?;
    if begun.rows_affected == 0 {
        return Err(Error::Conflict(
            "This file has been downloaded already, or has waited too long. Export again.".into(),
        ));
    }
    let (columns, attributes) = named(&transaction, &request).await?;
    let labels: Vec<_> = columns.iter().map(|column| column.label.as_str()).collect();
    let note = format!("{} users as {}: {}", grouped(row.total), request.format.label(), labels.join(", "));
    events::write(&transaction, context, Event::new(EventKind::UsersExported).by(staff).note(Some(&note))).await?;
    transaction.commit().await?;
    Ok(Exporter {
        roster: context.roster.clone(),
        staff: staff.clone(),
        id,
        format: request.format,
        columns,
        attributes,
        rest,
        done: 0,
        noted: Instant::now(),
    })
}

fn sorted(mut ids: Vec<AccountId>) -> Vec<AccountId> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A column of a file, and its head.
#[derive(Clone, Debug)]
pub struct NamedColumn {
    pub column: ExportColumn,
    pub label: String,
}

/// A file on its way.
pub struct Exporter {
    roster: Roster,
    staff: Staff,
    id: ExportId,
    pub format: ExportFormat,
    pub columns: Vec<NamedColumn>,
    /// What the console shows of the store's own attributes.
    attributes: Vec<AttributeDefinition>,
    rest: Rest,
    done: i64,
    noted: Instant,
}

enum Rest {
    All { query: Box<ListQuery>, last: Option<AccountId> },
    Ids { scope: Scope, ids: Vec<AccountId>, next: usize },
}

/// What of an account can be exported; what the columns do not need is absent. In the order of
/// [`Row::SOURCES`].
#[derive(Deserialize)]
struct Row {
    id: AccountId,
    store_id: Option<StoreId>,
    name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    email_verified_at: Option<Timestamp>,
    username: Option<String>,
    phone: Option<String>,
    disabled_at: Option<Timestamp>,
    disabled_reason: Option<String>,
    locked_until: Option<Timestamp>,
    onboarded_at: Option<Timestamp>,
    activation_sent_at: Option<Timestamp>,
    second_factor: Option<String>,
    last_sign_in_at: Option<Timestamp>,
    created_at: Option<Timestamp>,
    attribute_values: Option<String>,
}

impl Row {
    const SOURCES: [accounts::Column; 18] = {
        use accounts::Column::*;
        [
            Id,
            StoreId,
            Name,
            FirstName,
            LastName,
            Email,
            EmailVerifiedAt,
            Username,
            Phone,
            DisabledAt,
            DisabledReason,
            LockedUntil,
            OnboardedAt,
            ActivationSentAt,
            SecondFactor,
            LastSignInAt,
            CreatedAt,
            AttributeValues,
        ]
    };
}

/// What a column of the file is made of.
fn sources(column: &ExportColumn) -> &'static [accounts::Column] {
    use accounts::Column::*;
    match column {
        ExportColumn::Id | ExportColumn::Groups | ExportColumn::Organizations => &[],
        ExportColumn::Name => &[Name],
        ExportColumn::FirstName => &[FirstName],
        ExportColumn::LastName => &[LastName],
        ExportColumn::Email => &[Email],
        ExportColumn::EmailVerifiedAt => &[EmailVerifiedAt],
        ExportColumn::Username => &[Username],
        ExportColumn::Phone => &[Phone],
        ExportColumn::Status => &[DisabledAt, LockedUntil],
        ExportColumn::Onboarding => &[OnboardedAt, ActivationSentAt],
        ExportColumn::SecondFactor => &[SecondFactor],
        ExportColumn::LastSignInAt => &[LastSignInAt],
        ExportColumn::CreatedAt => &[CreatedAt],
        ExportColumn::DisabledAt => &[DisabledAt],
        ExportColumn::DisabledReason => &[DisabledReason],
        ExportColumn::Attribute(_) => &[StoreId, AttributeValues],
    }
}

/// One account: a text for each of the export's columns, `None` for what it does not have.
pub type Cells = Vec<Option<String>>;

impl Exporter {
    /// The next accounts; `None` at the end.
    ///
    /// # Errors
    /// [`Error::SignIn`] or [`Error::NotAllowed`] when who asked for the file may not have it any more.
    pub async fn next(&mut self) -> Result<Option<Vec<Cells>>> {
        let staff = authority::again(&self.roster, &self.staff).await?;
        if staff.require(Permission::ExportUsers)?.reach() != self.scope().reach() {
            return Err(Error::not_allowed("What you may export has changed. Export again."));
        }
        let connection = self.roster.database.read();
        let rows = loop {
            let (named, over) = match &self.rest {
                Rest::All { query, last } => (query.batch(*last, BATCH as u64), false),
                Rest::Ids { scope, ids, next } => {
                    let batch = &ids[(*next).min(ids.len())..(*next + BATCH).min(ids.len())];
                    let named = scope.accounts().filter(accounts::Column::Id.is_in(batch.iter().copied()));
                    (named.order_by_asc(accounts::Column::Id), batch.is_empty())
                }
            };
            if over {
                return Ok(None);
            }
            let rows = self.read(connection, named).await?;
            match &mut self.rest {
                Rest::All { .. } if rows.is_empty() => return Ok(None),
                Rest::All { last, .. } => *last = rows.iter().map(|row| row.id).max(),
                Rest::Ids { next, .. } => *next += BATCH,
            }
            // Everybody of a batch may have gone meanwhile.
            if !rows.is_empty() {
                break rows;
            }
        };
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let groups = if self.has(&ExportColumn::Groups) { groups_of(connection, &ids).await? } else { HashMap::new() };
        let places = if self.has(&ExportColumn::Organizations) {
            self.organizations_of(connection, &ids).await?
        } else {
            HashMap::new()
        };
        let now = self.roster.now();
        let cells = rows
            .into_iter()
            .map(|row| {
                let values = self.values_of(&row);
                let cell = |one: &NamedColumn| match &one.column {
                    ExportColumn::Attribute(key) => values.get(key).cloned(),
                    built_in => cell(built_in, &row, &groups, &places, now),
                };
                self.columns.iter().map(cell).collect()
            })
            .collect::<Vec<Cells>>();
        self.done += i64::try_from(cells.len()).unwrap_or_default();
        if self.noted.elapsed() > NOTED_EVERY {
            self.note(ExportState::Running).await;
        }
        Ok(Some(cells))
    }

    /// What the columns are made of, and no more. The database gives it as one JSON text: a row that it
    /// hands over costs more than its cells, and there may be a million.
    async fn read(&self, connection: &impl ConnectionTrait, which: Select<accounts::Entity>) -> Result<Vec<Row>> {
        let backend = connection.get_database_backend();
        let (array, all) = match backend {
            DbBackend::Sqlite => ("json_array", "json_group_array"),
            _ => ("json_build_array", "json_agg"),
        };
        let is_needed = |one: &accounts::Column| {
            let mut made_of = self.columns.iter().flat_map(|column| sources(&column.column));
            matches!(one, accounts::Column::Id) || made_of.any(|source| source.as_str() == one.as_str())
        };
        let cells = Row::SOURCES.map(|column| match column {
            unneeded if !is_needed(&unneeded) => "NULL".to_owned(),
            // SQLite's JSON has no bytes.
            id @ (accounts::Column::Id | accounts::Column::StoreId) if backend == DbBackend::Sqlite => {
                format!("hex({})", id.as_str())
            }
            column => column.as_str().to_owned(),
        });
        let json = format!("CAST({all}({array}({})) AS TEXT)", cells.join(", "));
        let which = which.select_only().columns(Row::SOURCES.into_iter().filter(is_needed));
        let mut query = Query::select();
        query.expr_as(Expr::cust(json), "rows").from_subquery(which.into_query(), "chosen");
        let row = connection.query_one_raw(backend.build(&query)).await?;
        let json: Option<String> = row.map(|row| row.try_get("", "rows")).transpose()?.flatten();
        let rows = json.map(|json| serde_json::from_str(&json)).transpose();
        Ok(rows.map_err(|error| Error::Internal(format!("accounts as JSON: {error}")))?.unwrap_or_default())
    }

    fn scope(&self) -> &Scope {
        match &self.rest {
            Rest::All { query, .. } => query.scope(),
            Rest::Ids { scope, .. } => scope,
        }
    }

    fn has(&self, column: &ExportColumn) -> bool {
        self.columns.iter().any(|one| one.column == *column)
    }

    /// Of the store's own attributes what the console shows, as a person reads it. Another store may
    /// mean something else by the same key.
    fn values_of(&self, row: &Row) -> Values {
        let of_store = self.attributes.first().is_some_and(|one| Some(one.store) == row.store_id);
        let values = if of_store { attributes::read(row.attribute_values.as_deref()) } else { Values::new() };
        let shown = self.attributes.iter();
        shown.filter_map(|one| Some((one.key.clone(), one.shown(values.get(&one.key)?)))).collect()
    }

    /// Organizations that are not the reader's to see are not named.
    async fn organizations_of(
        &self,
        connection: &impl ConnectionTrait,
        ids: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<String>>> {
        use crate::authority::Reach;
        let scope = self.scope();
        let mut query = organization_memberships::Entity::find()
            .select_only()
            .column(organization_memberships::Column::AccountId)
            .column(organizations::Column::Name)
            .join(
                JoinType::InnerJoin,
                organization_memberships::Entity::belongs_to(organizations::Entity)
                    .from(organization_memberships::Column::OrganizationId)
                    .to(organizations::Column::Id)
                    .into(),
            )
            .filter(organization_memberships::Column::AccountId.is_in(ids.iter().copied()));
        if let Reach::Organizations(reached) = scope.reach() {
            query = query.filter(organizations::Column::Id.is_in(reached.iter().copied()));
        }
        Ok(by_account(query.into_tuple().all(connection).await?))
    }

    /// Tells those who watch how far it is: a nicety, without which the file goes on.
    pub async fn note(&mut self, state: ExportState) {
        self.noted = Instant::now();
        if let Err(error) = self.write_progress(state).await {
            tracing::warn!(%error, "the progress of an export was not noted");
        }
    }

    async fn write_progress(&self, state: ExportState) -> Result<()> {
        let transaction = self.roster.database.begin().await?;
        exports::Entity::update_many()
            .col_expr(exports::Column::Done, self.done.into())
            .col_expr(exports::Column::State, state.key().into())
            .filter(exports::Column::Id.eq(self.id))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn groups_of(connection: &impl ConnectionTrait, ids: &[AccountId]) -> Result<HashMap<AccountId, Vec<String>>> {
    let rows = group_memberships::Entity::find()
        .select_only()
        .column(group_memberships::Column::AccountId)
        .column(groups::Column::Name)
        .join(
            JoinType::InnerJoin,
            group_memberships::Entity::belongs_to(groups::Entity)
                .from(group_memberships::Column::GroupId)
                .to(groups::Column::Id)
                .into(),
        )
        .filter(group_memberships::Column::AccountId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(by_account(rows))
}

fn by_account(rows: Vec<(AccountId, String)>) -> HashMap<AccountId, Vec<String>> {
    let mut named: HashMap<AccountId, Vec<String>> = HashMap::new();
    for (account, name) in rows {
        named.entry(account).or_default().push(name);
    }
    named.values_mut().for_each(|names| names.sort());
    named
}

fn cell(
    column: &ExportColumn,
    row: &Row,
    groups: &HashMap<AccountId, Vec<String>>,
    organizations: &HashMap<AccountId, Vec<String>>,
    now: Timestamp,
) -> Option<String> {
    let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    match column {
        ExportColumn::Id => Some(row.id.to_string()),
        ExportColumn::Name => some(&row.name),
        ExportColumn::FirstName => some(&row.first_name),
        ExportColumn::LastName => some(&row.last_name),
        ExportColumn::Email => some(&row.email),
        ExportColumn::EmailVerifiedAt => moment(row.email_verified_at),
        ExportColumn::Username => row.username.clone(),
        ExportColumn::Phone => row.phone.clone(),
        ExportColumn::Status => {
            let locked = row.locked_until.is_some_and(|until| until > now);
            let status = if row.disabled_at.is_some() { "Disabled" } else { "Enabled" };
            Some(if locked { format!("{status}; Locked") } else { status.to_owned() })
        }
        ExportColumn::Onboarding => Some(
            match (row.onboarded_at, row.activation_sent_at) {
                (Some(_), _) => "Onboarded",
                (None, Some(_)) => "Pending activation",
                (None, None) => "Not registered",
            }
            .to_owned(),
        ),
        ExportColumn::Groups => groups.get(&row.id).map(|names| names.join("; ")),
        ExportColumn::Organizations => organizations.get(&row.id).map(|names| names.join("; ")),
        ExportColumn::SecondFactor => {
            row.second_factor.as_deref().and_then(FactorKind::from_key).map(|kind| kind.label().to_owned())
        }
        ExportColumn::LastSignInAt => moment(row.last_sign_in_at.and_then(some_moment)),
        ExportColumn::CreatedAt => moment(row.created_at),
        ExportColumn::DisabledAt => moment(row.disabled_at),
        ExportColumn::DisabledReason => row.disabled_reason.clone(),
        ExportColumn::Attribute(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use db::entities::role_assignments;
    use types::permissions::BuiltInRole;
    use types::user_list::{Filter, StatusFilter};

    use super::*;
    use crate::testing;

    fn request(selection: Selection) -> ExportRequest {
        let columns =
            vec![ExportColumn::Email, ExportColumn::Groups, ExportColumn::Organizations, ExportColumn::CreatedAt];
        ExportRequest { format: ExportFormat::Csv, store: None, columns, selection }
    }

    async fn exported(context: &Context, staff: &Staff, selection: Selection) -> Vec<Cells> {
        let id = start(context, staff, &request(selection)).await.unwrap();
        let mut exporter = open(context, staff, id).await.unwrap();
        let mut all = Vec::new();
        while let Some(batch) = exporter.next().await.unwrap() {
            all.extend(batch);
        }
        exporter.note(ExportState::Done).await;
        let told = progress(&context.database, staff, id).await.unwrap();
        assert_eq!((told.state, told.done, told.total), (ExportState::Done, all.len() as i64, all.len() as i64));
        all
    }

    fn emails(rows: &[Cells]) -> Vec<&str> {
        let mut emails: Vec<_> = rows.iter().map(|row| row[0].as_deref().unwrap()).collect();
        emails.sort_unstable();
        emails
    }

    #[tokio::test]
    async fn a_file_breaks_off_when_its_reader_may_have_it_no_more() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let acme = testing::organization(&context, "Acme", &[]).await;
            testing::many(&context, BATCH * 2, |at| testing::form(&format!("person{at}"))).await;
            for how in ["disabled", "signed out", "without the role", "for an organization only"] {
                let name = how.replace(' ', "");
                let desk = testing::staff_with(&context, &owner, &name, BuiltInRole::Administrator, None).await;
                let all = Selection::Matching(Filter::default());
                let id = start(&context, &desk, &request(all)).await.unwrap();
                let mut exporter = open(&context, &desk, id).await.unwrap();
                assert_eq!(exporter.next().await.unwrap().unwrap().len(), BATCH);
                let transaction = context.database.begin().await.unwrap();
                match how {
                    "disabled" => {
                        let row = accounts::ActiveModel { disabled_at: Set(Some(context.now())), ..Default::default() };
                        let of_desk = accounts::Column::Id.eq(desk.account);
                        accounts::Entity::update_many().set(row).filter(of_desk).exec(&transaction).await.unwrap();
                    }
                    "signed out" => {
                        crate::sessions::end_all_of(&transaction, &context, &[desk.account]).await.unwrap();
                    }
                    _ => {
                        let of_desk = role_assignments::Column::AccountId.eq(desk.account);
                        role_assignments::Entity::delete_many().filter(of_desk).exec(&transaction).await.unwrap();
                    }
                }
                transaction.commit().await.unwrap();
                if how == "for an organization only" {
                    testing::give_role(&context, desk.account, BuiltInRole::Administrator, Some(acme)).await;
                }
                let next = exporter.next().await;
                assert!(matches!(next, Err(Error::SignIn | Error::NotAllowed(_))), "{how}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn everybody_who_matches_comes_once_however_many_batches_it_takes() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 2_500, |at| testing::form(&format!("person{at:04}"))).await;
            testing::group(&context, "Staff", &ids[..2]).await;
            let all = exported(&context, &owner, Selection::Matching(Filter::default())).await;
            let mut unique = emails(&all);
            unique.dedup();
            assert_eq!(unique.len(), 2_501);
            let led = Filter { q: "person".into(), ..Filter::default() };
            assert_eq!(exported(&context, &owner, Selection::Matching(led)).await.len(), 2_500);
            let named = exported(&context, &owner, Selection::Accounts(vec![ids[1], ids[0], ids[1]])).await;
            assert_eq!(emails(&named), ["person0000@example.com", "person0001@example.com"]);
            assert_eq!(named[0][1..], [Some("Staff".into()), None, Some("2026-11-22T04:16:39Z".into())]);
            testing::bulk(&context, &owner, types::bulk::BulkAction::Disable, &ids[..3]).await;
            let disabled = Filter { status: Some(StatusFilter::Disabled), ..Filter::default() };
            assert_eq!(exported(&context, &owner, Selection::Matching(disabled)).await.len(), 3);
        })
        .await;
    }

    #[tokio::test]
    async fn delegated_staff_get_their_own_and_nobody_else_nor_others_organizations() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 4, |at| testing::form(&format!("p{at}"))).await;
            let acme = testing::organization(&context, "Acme", &ids[..2]).await;
            testing::organization(&context, "Secret", &ids[1..]).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, Some(acme)).await;
            let theirs = ["p0@example.com", "p1@example.com"];
            for selection in [Selection::Matching(Filter::default()), Selection::Accounts(ids.clone())] {
                let rows = exported(&context, &admin, selection).await;
                assert_eq!(emails(&rows), theirs);
                assert!(rows.iter().all(|row| row[2].as_deref() == Some("Acme")));
            }
            let nobody = start(&context, &admin, &request(Selection::Accounts(ids[2..].to_vec()))).await;
            assert!(matches!(nobody, Err(Error::Conflict(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn a_file_is_its_askers_once_and_not_for_ever() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let everybody = request(Selection::Matching(Filter::default()));
            assert!(matches!(start(&context, &desk, &everybody).await, Err(Error::NotAllowed(_))));
            let id = start(&context, &owner, &everybody).await.unwrap();
            assert!(matches!(open(&context, &admin, id).await.map(drop), Err(Error::NotFound("export"))));
            assert!(matches!(progress(&context.database, &admin, id).await, Err(Error::NotFound("export"))));
            open(&context, &owner, id).await.unwrap();
            assert!(matches!(open(&context, &owner, id).await.map(drop), Err(Error::Conflict(_))));
            let id = start(&context, &owner, &everybody).await.unwrap();
            context.clock.advance_seconds(WAITS_SECONDS + 1);
            assert!(matches!(open(&context, &owner, id).await.map(drop), Err(Error::Conflict(_))));
            let mut wrong = everybody;
            for columns in [vec![], vec![ExportColumn::Id, ExportColumn::Id]] {
                wrong.columns = columns;
                let refused = start(&context, &owner, &wrong).await.unwrap_err();
                assert_eq!(testing::wrong_fields(refused), ["columns"]);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn attributes_of_the_store_are_columns_when_the_console_shows_them() {
        testing::on_both(|context| async move {
            use types::attributes::AttributeKind;
            let owner = testing::owner(&context).await;
            testing::attribute(&context, &owner, "active", AttributeKind::YesNo, |_| ()).await;
            testing::attribute(&context, &owner, "salary", AttributeKind::Text, |form| form.console_visible = false)
                .await;
            let form = testing::form_with("ada", &[("active", "yes")]);
            let ada = crate::users::create(&context, &owner, &form, &[]).await.unwrap();
            let with = |key: &str, store| ExportRequest {
                columns: vec![ExportColumn::Attribute(key.into()), ExportColumn::Email],
                store,
                ..request(Selection::Accounts(vec![ada]))
            };
            let id = start(&context, &owner, &with("active", None)).await.unwrap();
            let mut exporter = open(&context, &owner, id).await.unwrap();
            assert_eq!(exporter.columns[0].label, "ACTIVE");
            let rows = exporter.next().await.unwrap().unwrap();
            assert_eq!(rows, [[Some("Yes".to_owned()), Some("ada@example.com".to_owned())]]);
            for hidden in ["salary", "shoe_size"] {
                let refused = start(&context, &owner, &with(hidden, None)).await.unwrap_err();
                assert_eq!(testing::wrong_fields(refused), ["columns"], "{hidden}");
            }
            // Another store that shows an attribute of the same key tells nothing of this one's people.
            let other = testing::another_store(&context).await;
            let form =
                types::attributes::AttributeForm { key: "salary".into(), label: "Salary".into(), ..Default::default() };
            attributes::add(&context, &owner, other, &form).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            let paid = "UPDATE accounts SET attribute_values = '{\"salary\":\"secret\"}'";
            transaction.execute_unprepared(paid).await.unwrap();
            transaction.commit().await.unwrap();
            let id = start(&context, &owner, &with("salary", Some(other))).await.unwrap();
            let rows = open(&context, &owner, id).await.unwrap().next().await.unwrap().unwrap();
            assert_eq!(rows[0][0], None);
        })
        .await;
    }

    #[tokio::test]
    async fn who_left_with_the_data_is_in_the_log() {
        testing::on_both(|context| async move {
            use db::entities::events as log;
            let owner = testing::owner(&context).await;
            exported(&context, &owner, Selection::Matching(Filter::default())).await;
            let kind = log::Column::Kind.eq(EventKind::UsersExported.key());
            let event = log::Entity::find().filter(kind).one(context.database.read()).await.unwrap().unwrap();
            assert_eq!(event.actor_id, Some(owner.account));
            assert_eq!(event.note.as_deref(), Some("1 users as CSV: Email, Groups, Organizations, Created"));
        })
        .await;
    }
}
