//! A filter made into queries: the one way from a [`Filter`] to accounts, for the list, for bulk
//! selections and for exports alike.

use db::entities::accounts;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use types::attributes::AttributeDefinition;
use types::user_list::{Direction, Filter, MatchCount, SEARCHABLE, SortKey, StatusFilter};
use types::{AccountId, StoreId, Timestamp};

use super::leads::{Lead, Parts, in_store, lead_name, parts};
use super::{Cursor, CursorValue, Keys, Row, Wanted, sort_column};
use crate::users::counts::{self, Counts};
use crate::{Database, Error, Result, Roster, Scope, attributes, stores};

/// Matches are counted no further than this, and up to this number they are sorted here.
pub(super) const COUNT_MOST: usize = 10_000;
/// Accounts that a walk passes before it gives up: its matches are at the far end.
const WALK_MOST: u64 = if cfg!(test) { 4_000 } else { 20_000 };
/// Accounts that are passed before it is known how many match: where there are many, the page fills. Less
/// for tests, whose lists are short.
const WALK_FIRST: u64 = if cfg!(test) { 2_000 } else { 6_000 };
/// Matches that would be met too seldom among a million accounts.
const SPARSE: i64 = 2_000;
/// Accounts of the other status among which a walk may go on without giving up. Less for tests, whose lists are
/// short.
const IN_VAIN: i64 = if cfg!(test) { 20 } else { 20_000 };
/// Matches that are sorted here without a try to walk.
const FEW: usize = 500;

/// What tests look at beside what a row shows.
const TESTED: [accounts::Column; 5] = [
    accounts::Column::FirstName,
    accounts::Column::LastName,
    accounts::Column::SearchText,
    accounts::Column::StoreId,
    accounts::Column::ActivationSentAt,
];

/// What a filter matches, planned.
pub struct ListQuery {
    scope: Scope,
    pub(super) store: StoreId,
    /// Those of the store's own attributes that the filter searches.
    pub(super) searched: Vec<AttributeDefinition>,
    backend: DbBackend,
    parts: Parts,
    /// Which of the parts names the fewest accounts; `None`: the accounts' own indexes.
    pub(super) leader: Option<usize>,
    /// When the counters know how many match.
    known: Option<i64>,
    /// An index has the matches in the order of the list.
    pub(super) walks: bool,
    pub notices: Vec<String>,
}

/// Rows in the order of the list, and whether there are more on either side.
pub(super) struct Found {
    pub rows: Vec<Row>,
    /// When it came to light by the way.
    pub count: Option<MatchCount>,
    pub before: bool,
    pub after: bool,
}

impl Found {
    /// The page of rows that were met in order, one more than it has.
    fn of(mut rows: Vec<Row>, wanted: &Wanted) -> Self {
        let more = rows.len() > wanted.rows;
        rows.truncate(wanted.rows);
        if wanted.backwards {
            rows.reverse();
        }
        let beyond = wanted.cursor.is_some();
        let (before, after) = if wanted.backwards { (more, beyond) } else { (beyond, more) };
        Self { rows, count: None, before, after }
    }
}

impl ListQuery {
    /// Asks the indexes of the filter's parts which of them names the fewest accounts.
    pub async fn plan(roster: &Roster, scope: Scope, filter: &Filter) -> Result<Self> {
        let mut query = Self::read(roster, scope, filter).await?;
        query.choose_leader(roster.database.search()).await?;
        Ok(query)
    }

    /// What the filter says; nothing leads yet.
    pub(super) async fn read(roster: &Roster, scope: Scope, filter: &Filter) -> Result<Self> {
        let database = &roster.database;
        let mut notices = Vec::new();
        let store = match filter.store {
            Some(id) if stores::exists(database.read(), id).await? => id,
            Some(_) => {
                notices.push("That identity store is no longer there; this is the default one.".into());
                roster.default_store().await?
            }
            None => roster.default_store().await?,
        };
        let backend = database.backend();
        let searched = searched(database, store, filter).await?;
        let mut parts = parts(filter, &scope, store, &searched, backend, roster.now());
        notices.append(&mut parts.notices);
        let known = if scope.is_everywhere() && parts.leading.is_empty() && parts.own.is_empty() {
            let counts: Counts = counts::read(database.read(), store).await?;
            let known = counts.matching(filter.status, filter.state);
            if let Some(known) = known
                && matches!(filter.status, Some(StatusFilter::Enabled | StatusFilter::Disabled))
            {
                // All who match may be at the far end.
                if counts.matching(None, filter.state).is_none_or(|all| all - known > IN_VAIN) {
                    parts.pass_by_status(filter, backend, roster.now());
                }
            }
            known
        } else {
            None
        };
        // The enabled or disabled are met among all others, as those of a status and a state are: few of them
        // are gathered.
        let walks = known.is_some_and(|known| filter.status.is_none() || known > SPARSE);
        Ok(Self { scope, store, searched, backend, parts, leader: None, known, walks, notices })
    }

    async fn choose_leader(&mut self, connection: &impl ConnectionTrait) -> Result<()> {
        self.leader = match self.parts.leading.len() {
            0 => None,
            1 if self.own().next().is_none() => Some(0),
            _ => self.fewest(connection).await?,
        };
        Ok(())
    }

    /// What the list would show, to be acted on. Where the list shows something else with a notice,
    /// nothing is done.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the notice.
    pub(crate) async fn matching(roster: &Roster, scope: Scope, filter: &Filter) -> Result<Self> {
        let query = Self::plan(roster, scope, filter).await?;
        match query.notices.first() {
            None => Ok(query),
            Some(notice) => Err(Error::Conflict(notice.clone())),
        }
    }

    /// The part that names the fewest accounts, looking no further than matches are counted.
    async fn fewest(&self, connection: &impl ConnectionTrait) -> Result<Option<usize>> {
        let own = self.own().next().is_some();
        let mut best = (usize::MAX, None);
        for (at, part) in self.parts.leading.iter().enumerate() {
            let named = count_to(connection, part.lead.ids.clone(), COUNT_MOST).await?;
            if named < best.0 {
                best = (named, Some(at));
            }
        }
        if own && best.0 > 0 {
            let mut ids = self.over_accounts(None);
            ids.column((accounts::Entity, accounts::Column::Id));
            filter_by(&mut ids, self.own());
            if count_to(connection, ids, COUNT_MOST).await? < best.0 {
                best.1 = None;
            }
        }
        Ok(best.1)
    }

    fn leader(&self) -> Option<&Lead> {
        Some(&self.parts.leading.get(self.leader?)?.lead)
    }

    /// Every account that the filter matches, in no order.
    pub fn accounts(&self) -> Select<accounts::Entity> {
        let leader = self.leader();
        let mut query = self.scope.accounts().filter(in_store(self.store, self.backend, leader.is_some()));
        if let Some(lead) = leader {
            query = query.filter(lead.named().in_subquery(lead.ids.clone()));
        }
        self.tests().into_iter().fold(query, |query, test| query.filter(test))
    }

    fn own(&self) -> impl Iterator<Item = SimpleExpr> {
        self.parts.kept.iter().chain(self.parts.own.iter().map(|(_, test)| test)).cloned()
    }

    /// The accounts after `last` in the order of their ids, met in that order: for a long list that no
    /// index leads to.
    pub(in crate::users) fn batch(&self, last: Option<AccountId>, rows: u64) -> Select<accounts::Entity> {
        let mut query = self.scope.accounts().filter(in_store(self.store, self.backend, true));
        if let Some(last) = last {
            query = query.filter(accounts::Column::Id.gt(last));
        }
        let tests = self.own().chain(self.parts.leading.iter().map(|part| part.test.clone()));
        tests.fold(query, |query, test| query.filter(test)).order_by_asc(accounts::Column::Id).limit(rows)
    }

    pub(in crate::users) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether an index leads to the matches.
    pub(in crate::users) fn is_led(&self) -> bool {
        self.leader.is_some()
    }

    /// What a row has to pass beside what leads to it.
    fn tests(&self) -> Vec<SimpleExpr> {
        let untested =
            |(at, part): (usize, &super::Part)| (self.leader != Some(at) || !part.exact).then(|| part.test.clone());
        self.own().chain(self.parts.leading.iter().enumerate().filter_map(untested)).collect()
    }

    /// The accounts of the store that are there, met by what leads to them.
    fn over_accounts(&self, lead: Option<&Lead>) -> SelectStatement {
        let mut query = Query::select();
        match lead {
            Some(lead) => {
                let same = lead.named().eq(Expr::col((lead_name(), Alias::new("id"))));
                // SQLite keeps the order of a cross join.
                query.from_subquery(lead.ids.clone(), lead_name()).cross_join(accounts::Entity).and_where(same);
            }
            None => {
                query.from(accounts::Entity);
            }
        }
        query.and_where(accounts::Column::DeletedAt.is_null()).and_where(in_store(
            self.store,
            self.backend,
            lead.is_some(),
        ));
        query
    }

    /// Sort values and ids of what matches: all of it, or one more than `most`.
    fn gathering(&self, sort: SortKey, most: usize) -> SelectStatement {
        let mut query = self.over_accounts(self.leader());
        query
            .expr_as(Expr::col((accounts::Entity, accounts::Column::Id)), Alias::new("id"))
            .expr_as(Expr::col((accounts::Entity, sort_column(sort))), Alias::new("value"))
            .limit(most as u64 + 1);
        filter_by(&mut query, self.tests());
        query
    }

    /// Who is met on the way from the cursor on, in the order of the list; without columns, and those along a
    /// part's own index by their ids.
    fn passing(&self, wanted: &Wanted) -> SelectStatement {
        let (mut passed, keys) = match self.parts.in_order() {
            Some(part) => (part.lead.ids.clone(), Keys::of_membership(wanted.sort)),
            None => {
                let mut passed = self.over_accounts(None);
                let range = self.parts.own.iter().filter(|(sort, _)| *sort == Some(wanted.sort));
                filter_by(&mut passed, self.parts.met.iter().chain(range.map(|(_, test)| test)).cloned());
                (passed, Keys::of_account(wanted.sort))
            }
        };
        wanted.begin(&mut passed, &keys);
        wanted.order(&mut passed, keys);
        passed
    }

    /// The rows from the cursor on, met in the order of the list. Of those that an index has in this
    /// order, at most `most` are passed on the way.
    fn walking(&self, wanted: &Wanted, most: u64) -> SelectStatement {
        let mut passed = self.passing(wanted);
        if let Some(part) = self.parts.in_order() {
            return self.walking_along(part, passed, wanted, most);
        }
        if let Some(status) = self.parts.passed.as_ref().filter(|_| self.backend == DbBackend::Sqlite) {
            return self.walking_by_status(status, passed, wanted, most);
        }
        passed.columns(Row::COLUMNS.map(|column| (accounts::Entity, column)));
        let tests = self.parts.own.iter().filter(|(sort, _)| *sort != Some(wanted.sort)).map(|(_, test)| test);
        let tests = tests.chain(&self.parts.passed);
        let tests: Vec<_> = tests.chain(self.parts.leading.iter().map(|part| &part.test)).collect();
        if tests.is_empty() {
            return passed.limit(wanted.rows as u64 + 1).to_owned();
        }
        passed.columns(TESTED.map(|column| (accounts::Entity, column))).limit(most);
        let mut query = Query::select();
        query.columns(Row::COLUMNS.map(|column| (accounts::Entity, column))).from_subquery(passed, accounts::Entity);
        filter_by(&mut query, tests.into_iter().cloned());
        // SQLite would sort again what it meets in order.
        if self.backend != DbBackend::Sqlite {
            wanted.order(&mut query, Keys::of_account(wanted.sort));
        }
        query.limit(wanted.rows as u64 + 1).to_owned()
    }

    /// The same on SQLite, where only the rows of those who have the status are read.
    fn walking_by_status(
        &self,
        status: &SimpleExpr,
        mut passed: SelectStatement,
        wanted: &Wanted,
        most: u64,
    ) -> SelectStatement {
        passed
            .expr_as(Expr::cust("accounts.row_number"), Alias::new("id"))
            .expr_as(Expr::col((accounts::Entity, accounts::Column::Id)), Alias::new("account"))
            .expr_as(Expr::col((accounts::Entity, accounts::Column::StoreId)), Alias::new("store"))
            .limit(most);
        let mut query = self.over_accounts(Some(&Lead { ids: passed, by_row: true }));
        query.columns(Row::COLUMNS.map(|column| (accounts::Entity, column)));
        query.and_where(status.clone()).limit(wanted.rows as u64 + 1).to_owned()
    }

    /// The same along a part's own index.
    fn walking_along(
        &self,
        part: &super::Part,
        mut passed: SelectStatement,
        wanted: &Wanted,
        most: u64,
    ) -> SelectStatement {
        passed.expr_as(Keys::of_membership(wanted.sort).value, Alias::new("value")).limit(most);
        let mut query = self.over_accounts(Some(&Lead { ids: passed, by_row: part.lead.by_row }));
        query.columns(Row::COLUMNS.map(|column| (accounts::Entity, column)));
        let others = self.parts.leading.iter().filter(|one| !std::ptr::eq(*one, part)).map(|one| one.test.clone());
        filter_by(&mut query, self.own().chain(others));
        if self.backend != DbBackend::Sqlite {
            let met = |name: &str| Expr::col((lead_name(), Alias::new(name)));
            wanted.order(&mut query, Keys { value: met("value"), id: met("id") });
        }
        query.limit(wanted.rows as u64 + 1).to_owned()
    }

    /// The same rows, of all matches sorted: whatever leads to them is followed to its end.
    fn sorting(&self, wanted: &Wanted) -> SelectStatement {
        let columns = || Row::COLUMNS.map(|column| (accounts::Entity, column));
        let mut all = self.over_accounts(self.leader());
        all.columns(columns());
        filter_by(&mut all, self.tests());
        // Keeps both planners from walking the list after all.
        all.limit(i64::MAX.unsigned_abs());
        let mut query = Query::select();
        query.columns(columns()).from_subquery(all, accounts::Entity);
        wanted.begin(&mut query, &Keys::of_account(wanted.sort));
        wanted.order(&mut query, Keys::of_account(wanted.sort));
        query.limit(wanted.rows as u64 + 1).to_owned()
    }

    /// The page, in the cheapest way that shows itself: of few matches, of many, or of those between.
    pub(super) async fn page(&mut self, roster: &Roster, wanted: &Wanted) -> Result<Found> {
        if let Some(known) = self.known.filter(|_| self.walks) {
            let connection = roster.database.read();
            let rows = self.rows(connection, &self.walking(wanted, WALK_MOST)).await?;
            if self.parts.passed.is_none() || !self.gave_up(connection, wanted, &rows).await? {
                return Ok(Found { count: Some(MatchCount::Exactly(known)), ..Found::of(rows, wanted) });
            }
        }
        let connection = roster.database.search();
        if let Some(known) = self.known {
            if known > COUNT_MOST as i64 {
                let rows = self.rows(connection, &self.sorting(wanted)).await?;
                return Ok(Found { count: Some(MatchCount::Exactly(known)), ..Found::of(rows, wanted) });
            }
            let matches = self.gather(connection, wanted.sort, COUNT_MOST).await?;
            return self.page_of(roster, wanted, matches).await;
        }
        // The only part to follow is followed in order, however few it names.
        let is_in_order = self.parts.leading.len() == 1 && self.parts.in_order().is_some();
        if !is_in_order && let Some(matches) = self.few(connection, wanted.sort).await? {
            return self.page_of(roster, wanted, matches).await;
        }
        let rows = self.rows(connection, &self.walking(wanted, WALK_FIRST)).await?;
        if rows.len() > wanted.rows {
            return Ok(Found::of(rows, wanted));
        }
        self.choose_leader(connection).await?;
        let matches = self.gather(connection, wanted.sort, COUNT_MOST).await?;
        if matches.len() > COUNT_MOST {
            return Ok(Found {
                count: Some(MatchCount::MoreThan(COUNT_MOST as i64)),
                ..self.walk(roster, wanted).await?
            });
        }
        self.page_of(roster, wanted, matches).await
    }

    /// All matches, when a part of the filter names only few accounts.
    async fn few(&mut self, connection: &impl ConnectionTrait, sort: SortKey) -> Result<Option<Vec<Cursor>>> {
        self.choose_few(connection).await?;
        if self.leader.is_none() {
            return Ok(None);
        }
        let matches = self.gather(connection, sort, FEW).await?;
        let few = matches.len() <= FEW;
        if !few {
            self.leader = None;
        }
        Ok(few.then_some(matches))
    }

    async fn choose_few(&mut self, connection: &impl ConnectionTrait) -> Result<()> {
        // One part that nothing else has to be tested beside is not asked twice.
        if self.parts.leading.len() == 1 && self.own().next().is_none() {
            self.leader = Some(0);
            return Ok(());
        }
        for (at, part) in self.parts.leading.iter().enumerate() {
            if count_to(connection, part.lead.ids.clone(), FEW).await? <= FEW {
                self.leader = Some(at);
                break;
            }
        }
        Ok(())
    }

    async fn rows(&self, connection: &impl ConnectionTrait, query: &SelectStatement) -> Result<Vec<Row>> {
        Ok(Row::find_by_statement(self.backend.build(query)).all(connection).await?)
    }

    async fn gather(&self, connection: &impl ConnectionTrait, sort: SortKey, most: usize) -> Result<Vec<Cursor>> {
        let rows = connection.query_all_raw(self.backend.build(&self.gathering(sort, most))).await?;
        let mut matches = Vec::with_capacity(rows.len());
        for row in rows {
            let value = match sort {
                SortKey::Name | SortKey::Email => CursorValue::Text(row.try_get("", "value")?),
                SortKey::Created | SortKey::LastSignIn => CursorValue::Moment(row.try_get::<Timestamp>("", "value")?),
            };
            matches.push(Cursor { value, id: row.try_get("", "id")? });
        }
        Ok(matches)
    }

    /// The page of matches that are all known.
    async fn page_of(&self, roster: &Roster, wanted: &Wanted, mut matches: Vec<Cursor>) -> Result<Found> {
        let count = Some(MatchCount::Exactly(i64::try_from(matches.len()).unwrap_or(i64::MAX)));
        matches.sort_unstable();
        if wanted.dir == Direction::Descending {
            matches.reverse();
        }
        let comes_before = |one: &Cursor, other: &Cursor| match wanted.dir {
            Direction::Ascending => one < other,
            Direction::Descending => one > other,
        };
        let range = match (&wanted.cursor, wanted.backwards) {
            (None, false) => 0..wanted.rows.min(matches.len()),
            (None, true) => matches.len().saturating_sub(wanted.rows)..matches.len(),
            (Some(cursor), false) => {
                let from = matches.partition_point(|one| !comes_before(cursor, one));
                from..(from + wanted.rows).min(matches.len())
            }
            (Some(cursor), true) => {
                let until = matches.partition_point(|one| comes_before(one, cursor));
                until.saturating_sub(wanted.rows)..until
            }
        };
        let (before, after) = (range.start > 0, range.end < matches.len());
        let ids: Vec<AccountId> = matches[range].iter().map(|one| one.id).collect();
        let found = self
            .scope
            .accounts()
            .filter(accounts::Column::Id.is_in(ids.iter().copied()))
            .select_only()
            .columns(Row::COLUMNS)
            .into_model::<Row>()
            .all(roster.database.read())
            .await?;
        let mut rows: Vec<_> = found.into_iter().map(|row| (Cursor::of(&row, wanted.sort), row)).collect();
        rows.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        if wanted.dir == Direction::Descending {
            rows.reverse();
        }
        Ok(Found { rows: rows.into_iter().map(|(_, row)| row).collect(), count, before, after })
    }

    /// The page of many matches: met in order, or when they are at the far end, all of them sorted.
    pub(super) async fn walk(&self, roster: &Roster, wanted: &Wanted) -> Result<Found> {
        let connection = roster.database.search();
        let mut rows = self.rows(connection, &self.walking(wanted, WALK_MOST)).await?;
        if self.gave_up(connection, wanted, &rows).await? {
            rows = self.rows(connection, &self.sorting(wanted)).await?;
        }
        Ok(Found::of(rows, wanted))
    }

    /// Whether a walk that found these rows ended before the list did.
    async fn gave_up(&self, connection: &impl ConnectionTrait, wanted: &Wanted, rows: &[Row]) -> Result<bool> {
        if rows.len() > wanted.rows {
            return Ok(false);
        }
        let mut next = self.passing(wanted);
        next.clear_selects().expr(Expr::val(1)).offset(WALK_MOST).limit(1);
        Ok(connection.query_one_raw(self.backend.build(&next)).await?.is_some())
    }

    /// How a page of many matches, of all of them sorted, and of few comes about, for tests that look
    /// at the plans.
    #[cfg(test)]
    pub(super) fn statements(&self, wanted: &Wanted) -> [sea_orm::Statement; 3] {
        [self.walking(wanted, WALK_MOST), self.sorting(wanted), self.gathering(wanted.sort, COUNT_MOST)]
            .map(|it| self.backend.build(&it))
    }

    /// The table of memberships along which the list is walked.
    #[cfg(test)]
    pub(super) fn along(&self) -> Option<&'static str> {
        let sql = self.parts.in_order()?.lead.ids.to_string(sea_orm::sea_query::SqliteQueryBuilder);
        Some(if sql.contains("group_memberships") { "group_memberships" } else { "organization_memberships" })
    }

    /// How many match: what the list says above its rows.
    pub(super) async fn count(&self, roster: &Roster) -> Result<MatchCount> {
        if let Some(known) = self.known {
            return Ok(MatchCount::Exactly(known));
        }
        let matches = self.gathering(SortKey::Name, COUNT_MOST);
        let count = count_to(roster.database.search(), matches, COUNT_MOST).await?;
        Ok(match count {
            count if count > COUNT_MOST => MatchCount::MoreThan(COUNT_MOST as i64),
            count => MatchCount::Exactly(i64::try_from(count).unwrap_or(i64::MAX)),
        })
    }

    /// How many match, exactly: for the confirmation of a bulk action.
    pub async fn count_exactly(&self, roster: &Roster) -> Result<i64> {
        if let Some(known) = self.known {
            return Ok(known);
        }
        let count = self.accounts().count(roster.database.search()).await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// The attributes that the console shows and that can be searched, of those that the filter names.
async fn searched(database: &Database, store: StoreId, filter: &Filter) -> Result<Vec<AttributeDefinition>> {
    let is_built_in = |key: &str| SEARCHABLE.iter().any(|(one, _)| *one == key);
    if filter.fields.keys().all(|key| is_built_in(key)) {
        return Ok(Vec::new());
    }
    let all = attributes::of_store(database.read(), store).await?;
    let wanted = |one: &AttributeDefinition| {
        one.console_visible && one.searchable && !is_built_in(&one.key) && filter.fields.contains_key(&one.key)
    };
    Ok(all.into_iter().filter(wanted).collect())
}

fn filter_by(query: &mut SelectStatement, tests: impl IntoIterator<Item = SimpleExpr>) {
    for test in tests {
        query.and_where(test);
    }
}

/// How many rows a query has, looking no further than one more than `most`.
async fn count_to(connection: &impl ConnectionTrait, mut query: SelectStatement, most: usize) -> Result<usize> {
    query.limit(most as u64 + 1);
    let mut count = Query::select();
    count.expr_as(Expr::cust("COUNT(*)"), Alias::new("count")).from_subquery(query, Alias::new("found"));
    let row = connection.query_one_raw(connection.get_database_backend().build(&count)).await?;
    let count: i64 = row.map(|row| row.try_get("", "count")).transpose()?.unwrap_or_default();
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use types::user_list::{ListState, PageSize, Position};

    use super::*;
    use crate::users::list::list;
    use crate::{Context, Staff, testing};

    /// A first try to walk: how many rows it found, whether it gave up, and how many the page has after all.
    async fn tried(context: &Context, owner: &Staff, status: StatusFilter, position: Position) -> (usize, bool, usize) {
        let filter = Filter { status: Some(status), ..Filter::default() };
        let scope = owner.require(types::Permission::ViewUsers).unwrap();
        let mut query = ListQuery::read(context, scope, &filter).await.unwrap();
        assert!(query.parts.passed.is_some());
        let state = ListState { filter, position, ..ListState::default() };
        let wanted = Wanted::read(&state, PageSize::try_from(25).unwrap(), &mut Vec::new());
        let connection = context.database.read();
        let rows = query.rows(connection, &query.walking(&wanted, WALK_MOST)).await.unwrap();
        let gave_up = query.gave_up(connection, &wanted, &rows).await.unwrap();
        (rows.len(), gave_up, query.page(&context.roster, &wanted).await.unwrap().rows.len())
    }

    #[tokio::test]
    async fn a_walk_that_comes_to_the_end_sorts_nothing_and_one_that_gives_up_does() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::many(&context, 5_000, |at| testing::form(&format!("p{at:04}"))).await;
            let transaction = context.database.begin().await.unwrap();
            let disable = "UPDATE accounts SET disabled_at = 1 WHERE email_key > 'p4899@'";
            transaction.execute_unprepared(disable).await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(tried(&context, &owner, StatusFilter::Disabled, Position::First).await, (0, true, 25));
            assert_eq!(tried(&context, &owner, StatusFilter::Disabled, Position::Last).await, (26, false, 25));
            let state = ListState {
                filter: Filter { status: Some(StatusFilter::Enabled), ..Filter::default() },
                position: Position::Last,
                size: PageSize::try_from(25).ok(),
                ..ListState::default()
            };
            let last = list(&context.roster, &owner, &state).await.unwrap();
            let at_the_end = Position::Before(last.before.clone().unwrap());
            let page = list(&context.roster, &owner, &ListState { position: at_the_end, ..state }).await;
            let near_the_end = Position::After(page.unwrap().after.unwrap());
            assert_eq!(tried(&context, &owner, StatusFilter::Enabled, near_the_end).await, (25, false, 25));
        })
        .await;
    }
}
