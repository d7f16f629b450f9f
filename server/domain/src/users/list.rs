//! One page of the user list: keyset paging both ways, filters, search (U1, U4, U7).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::entities::{accounts, group_memberships, groups};
use sea_orm::sea_query::{Expr, ExprTrait, Order, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, Value,
};
use types::user_list::{
    Direction, Filter, ListState, MatchCount, PageSize, Position, SortKey, StatusFilter, UserPage, UserRow,
};
use types::{AccountId, Permission, StoreId, Timestamp};

use super::counts;
use super::profile::{labels_of, onboarding, some_moment};
use super::search::{Hits, Needle};
use crate::database::count_up_to;
use crate::{Result, Roster, Scope, Staff, preferences, stores};

/// Matches are counted no further than this.
const COUNT_MOST: i64 = 10_000;
/// Members of the caller's organizations that are gathered rather than met on a walk: for a page,
/// which is full soon, and for what needs all of them.
const FEW_MEMBERS: i64 = 5_000;
const SOME_MEMBERS: i64 = 50_000;
/// Groups named in a row; the rest is a number.
const GROUPS_NAMED: usize = 3;

/// One page, within what the caller may see. Needs **View users**.
pub async fn list(roster: &Roster, staff: &Staff, state: &ListState) -> Result<UserPage> {
    let scope = staff.require(Permission::ViewUsers)?;
    let size = match state.size {
        Some(size) => size,
        None => preferences::page_size(&roster.database, staff).await?,
    };
    let query = ListQuery::plan(roster, scope, &state.filter).await?;
    let mut notices = query.notices.clone();
    let page = query.page(state, size, &mut notices);
    let connection = roster.database.read();
    let mut rows = page.select.into_model::<Row>().all(connection).await?;
    let more = rows.len() > size.rows() as usize;
    rows.truncate(size.rows() as usize);
    if page.backwards {
        rows.reverse();
    }
    let cursor = |row: Option<&Row>| row.map(|row| Cursor::of(row, state.sort).to_string());
    let before = if page.backwards { more } else { page.has_position };
    let after = if page.backwards { page.has_position } else { more };
    let (before, after) =
        (before.then(|| cursor(rows.first())).flatten(), after.then(|| cursor(rows.last())).flatten());
    let mut groups = groups_of(connection, &rows).await?;
    let count = query.count(roster).await?;
    let now = roster.now();
    let rows = rows.into_iter().map(|row| row.into_user_row(&mut groups, now)).collect();
    Ok(UserPage { rows, count, size, before, after, notices })
}

/// A filter made into a query: the one way from a [`Filter`] to accounts, for the list, for bulk
/// selections and for exports alike.
pub struct ListQuery {
    scope: Scope,
    store: StoreId,
    backend: DbBackend,
    status: Option<StatusFilter>,
    needle: Option<Needle>,
    /// What the search found, when it is little.
    hits: Option<Hits>,
    /// How many accounts the caller's organizations have; `None`: everybody is within reach.
    members: Option<i64>,
    now: Timestamp,
    pub notices: Vec<String>,
}

impl ListQuery {
    /// Chooses the plan of a search; everything else is decided already.
    pub async fn plan(roster: &Roster, scope: Scope, filter: &Filter) -> Result<Self> {
        let database = &roster.database;
        let mut notices = Vec::new();
        let store = match filter.store {
            Some(id) if stores::exists(database.read(), id).await? => id,
            Some(_) => {
                notices.push("That identity store is no longer there; this is the default one.".into());
                stores::default_store(database.read()).await?
            }
            None => stores::default_store(database.read()).await?,
        };
        let needle = Needle::new(&filter.q, store, database.backend());
        let hits = match &needle {
            Some(needle) => needle.few_hits(database).await?,
            None => None,
        };
        let members = scope.count_members(database.read(), SOME_MEMBERS + 1).await?;
        let backend = database.backend();
        Ok(Self { scope, store, backend, status: filter.status, needle, hits, members, now: roster.now(), notices })
    }

    /// Every account that the filter matches, in no order.
    pub fn accounts(&self) -> Select<accounts::Entity> {
        self.select(Plan::Gather)
    }

    fn select(&self, plan: Plan) -> Select<accounts::Entity> {
        let few = if plan == Plan::Walk { FEW_MEMBERS } else { SOME_MEMBERS };
        let by_membership = self.hits.is_none() && self.members.is_some_and(|members| members <= few);
        let query = if by_membership { self.scope.accounts_by_membership() } else { self.scope.accounts() };
        let (query, named) = match (&self.needle, &self.hits) {
            (None, _) => (query, by_membership),
            (Some(needle), Some(hits)) => (query.filter(needle.is_one_of(hits)), true),
            (Some(needle), None) if plan == Plan::Gather && !by_membership => {
                (query.filter(needle.is_among_hits()), true)
            }
            (Some(needle), None) => (query.filter(needle.matches()), by_membership),
        };
        let query = query.filter(self.in_store(named));
        match self.status {
            None => query,
            Some(StatusFilter::Enabled) => query.filter(accounts::Column::DisabledAt.is_null()),
            Some(StatusFilter::Disabled) => query.filter(accounts::Column::DisabledAt.is_not_null()),
            Some(StatusFilter::Locked) => query.filter(accounts::Column::LockedUntil.gt(self.now)),
        }
    }

    /// Where the rows are `named` already, SQLite's planner must be kept from walking the store in
    /// the order of the page: it takes a store to have ten accounts. The `+` hides the column from it.
    fn in_store(&self, named: bool) -> SimpleExpr {
        if named && self.backend == DbBackend::Sqlite {
            Expr::cust_with_values("+accounts.store_id = ?", [self.store])
        } else {
            accounts::Column::StoreId.eq(self.store)
        }
    }

    fn page(&self, state: &ListState, size: PageSize, notices: &mut Vec<String>) -> Page {
        let (text, backwards) = match &state.position {
            Position::First => (None, false),
            Position::Last => (None, true),
            Position::After(text) => (Some(text), false),
            Position::Before(text) => (Some(text), true),
        };
        let cursor = text.and_then(|text| Cursor::read(text, state.sort));
        if text.is_some() && cursor.is_none() {
            notices.push("The page in the address makes no sense; this is the first one.".into());
        }
        let backwards = backwards && (cursor.is_some() || state.position == Position::Last);
        let direction = if backwards { state.dir.reversed() } else { state.dir };
        let column = sort_column(state.sort);
        let order = if direction == Direction::Ascending { Order::Asc } else { Order::Desc };
        let mut select = self
            .select(Plan::Walk)
            .select_only()
            .columns(Row::COLUMNS)
            .order_by(column, order.clone())
            .order_by(accounts::Column::Id, order)
            .limit(u64::from(size.rows()) + 1);
        if let Some(cursor) = &cursor {
            select = select.filter(cursor.beyond(column, direction));
        }
        Page { select, backwards, has_position: cursor.is_some() }
    }

    async fn count(&self, roster: &Roster) -> Result<MatchCount> {
        let connection = roster.database.read();
        if self.needle.is_none() && self.scope.is_everywhere() && self.status != Some(StatusFilter::Locked) {
            let known = counts::read(connection, self.store).await?;
            return Ok(MatchCount::Exactly(match self.status {
                None => known.live,
                Some(StatusFilter::Disabled) => known.disabled,
                _ => known.live - known.disabled,
            }));
        }
        let matching = self.accounts().select_only().column(accounts::Column::Id);
        let hits = if self.needle.is_some() && self.hits.is_none() {
            let transaction = roster.database.begin_search().await?;
            let hits = count_up_to(&transaction, matching, COUNT_MOST + 1).await?;
            transaction.commit().await?;
            hits
        } else {
            count_up_to(connection, matching, COUNT_MOST + 1).await?
        };
        Ok(if hits > COUNT_MOST { MatchCount::MoreThan(COUNT_MOST) } else { MatchCount::Exactly(hits) })
    }

    /// How many match, exactly: for the confirmation of a bulk action.
    pub async fn count_exactly(&self, roster: &Roster) -> Result<i64> {
        match self.count(roster).await? {
            MatchCount::Exactly(count) => Ok(count),
            MatchCount::MoreThan(_) => {
                let count = self.accounts().count(roster.database.read()).await?;
                Ok(i64::try_from(count).unwrap_or(i64::MAX))
            }
        }
    }

    /// The statement of a page, for tests that look at its plan.
    #[cfg(any(test, feature = "testing"))]
    pub fn statement(&self, state: &ListState) -> sea_orm::Statement {
        use sea_orm::QueryTrait;
        self.page(state, PageSize::default(), &mut Vec::new()).select.build(self.backend)
    }
}

/// How the database goes about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// In the order of the list until the page is full, unless the rows are few and named.
    Walk,
    /// All of them, in no order.
    Gather,
}

struct Page {
    select: Select<accounts::Entity>,
    backwards: bool,
    has_position: bool,
}

fn sort_column(sort: SortKey) -> accounts::Column {
    match sort {
        SortKey::Name => accounts::Column::NameKey,
        SortKey::Email => accounts::Column::EmailKey,
        SortKey::Created => accounts::Column::CreatedAt,
        SortKey::LastSignIn => accounts::Column::LastSignInAt,
    }
}

/// What the list shows of an account, and nothing else.
#[derive(FromQueryResult)]
struct Row {
    id: AccountId,
    name: String,
    name_key: String,
    email: String,
    email_key: String,
    username: Option<String>,
    phone: Option<String>,
    email_verified_at: Option<Timestamp>,
    onboarded_at: Option<Timestamp>,
    activation_expires_at: Option<Timestamp>,
    password_expires_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    locked_until: Option<Timestamp>,
    last_sign_in_at: Timestamp,
    created_at: Timestamp,
}

impl Row {
    const COLUMNS: [accounts::Column; 15] = {
        use accounts::Column::*;
        [
            Id,
            Name,
            NameKey,
            Email,
            EmailKey,
            Username,
            Phone,
            EmailVerifiedAt,
            OnboardedAt,
            ActivationExpiresAt,
            PasswordExpiresAt,
            DisabledAt,
            LockedUntil,
            LastSignInAt,
            CreatedAt,
        ]
    };

    fn into_user_row(self, groups: &mut HashMap<AccountId, Vec<String>>, now: Timestamp) -> UserRow {
        let mut names = groups.remove(&self.id).unwrap_or_default();
        let more = names.len().saturating_sub(GROUPS_NAMED);
        names.truncate(GROUPS_NAMED);
        UserRow {
            labels: labels_of(
                self.disabled_at.is_some(),
                self.locked_until.is_some_and(|until| until > now),
                self.password_expires_at.is_some_and(|at| at <= now),
                self.email_verified_at.is_some(),
                onboarding(self.onboarded_at, self.activation_expires_at, now),
            ),
            id: self.id,
            name: self.name,
            email: self.email,
            username: self.username,
            phone: self.phone,
            groups: names,
            more_groups: i64::try_from(more).unwrap_or_default(),
            created_at: self.created_at,
            last_sign_in_at: some_moment(self.last_sign_in_at),
        }
    }
}

/// The names of the groups of these accounts, each account's in order.
async fn groups_of(connection: &impl ConnectionTrait, rows: &[Row]) -> Result<HashMap<AccountId, Vec<String>>> {
    let mut named: HashMap<AccountId, Vec<String>> = HashMap::new();
    if rows.is_empty() {
        return Ok(named);
    }
    let memberships: Vec<(AccountId, String)> = group_memberships::Entity::find()
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
        .filter(group_memberships::Column::AccountId.is_in(rows.iter().map(|row| row.id)))
        .into_tuple()
        .all(connection)
        .await?;
    for (account, group) in memberships {
        named.entry(account).or_default().push(group);
    }
    named.values_mut().for_each(|names| names.sort());
    Ok(named)
}

/// Where a page ends: the sort value and the id of its outermost row.
struct Cursor {
    value: CursorValue,
    id: AccountId,
}

enum CursorValue {
    Text(String),
    Moment(Timestamp),
}

impl Cursor {
    fn of(row: &Row, sort: SortKey) -> Self {
        let value = match sort {
            SortKey::Name => CursorValue::Text(row.name_key.clone()),
            SortKey::Email => CursorValue::Text(row.email_key.clone()),
            SortKey::Created => CursorValue::Moment(row.created_at),
            SortKey::LastSignIn => CursorValue::Moment(row.last_sign_in_at),
        };
        Self { value, id: row.id }
    }

    /// `None` for anything that [`Cursor::of`] has not made for this sort.
    fn read(text: &str, sort: SortKey) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (id, value) = text.split_once(' ')?;
        let value = match sort {
            SortKey::Name | SortKey::Email => CursorValue::Text(value.strip_prefix('t')?.to_owned()),
            SortKey::Created | SortKey::LastSignIn => {
                CursorValue::Moment(Timestamp(value.strip_prefix('m')?.parse().ok()?))
            }
        };
        // PostgreSQL has no NUL in text.
        if matches!(&value, CursorValue::Text(text) if text.contains('\0')) {
            return None;
        }
        Some(Self { value, id: id.parse().ok()? })
    }

    /// Rows that come after it in the direction: one range of the sort's index.
    fn beyond(&self, column: accounts::Column, direction: Direction) -> SimpleExpr {
        let value: Value = match &self.value {
            CursorValue::Text(text) => text.clone().into(),
            CursorValue::Moment(at) => (*at).into(),
        };
        let row =
            Expr::tuple([Expr::col((accounts::Entity, column)), Expr::col((accounts::Entity, accounts::Column::Id))]);
        let here = Expr::tuple([Expr::val(value), Expr::val(self.id)]);
        match direction {
            Direction::Ascending => row.gt(here),
            Direction::Descending => row.lt(here),
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match &self.value {
            CursorValue::Text(text) => format!("{} t{text}", self.id),
            CursorValue::Moment(at) => format!("{} m{}", self.id, at.0),
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

#[cfg(test)]
mod plans;

#[cfg(test)]
mod tests {
    use types::user_list::Position;

    use super::super::search::FEW;
    use super::*;
    use crate::{Context, testing};

    #[tokio::test]
    async fn pages_forwards_and_backwards_meet() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for at in 0..60 {
                testing::user(&context, &owner, &format!("user{at:02}")).await;
            }
            let size = PageSize::try_from(25).ok();
            let mut state = ListState { size, ..ListState::default() };
            let first = list(&context, &owner, &state).await.unwrap();
            assert_eq!(first.rows.len(), 25);
            assert_eq!(first.count, MatchCount::Exactly(61));
            assert_eq!(first.before, None);
            state.position = Position::After(first.after.clone().unwrap());
            let second = list(&context, &owner, &state).await.unwrap();
            state.position = Position::After(second.after.clone().unwrap());
            let third = list(&context, &owner, &state).await.unwrap();
            assert_eq!((third.rows.len(), third.after.clone()), (11, None));
            state.position = Position::Before(third.before.unwrap());
            assert_eq!(list(&context, &owner, &state).await.unwrap().rows, second.rows);
            state.position = Position::Last;
            let last = list(&context, &owner, &state).await.unwrap();
            assert_eq!(last.rows.len(), 25);
            assert_eq!(last.rows.last(), third.rows.last());
        })
        .await;
    }

    use sea_orm::ActiveValue::Set;
    use types::accounts::AccountForm;
    use types::bulk::BulkAction;

    fn searching(q: &str) -> ListState {
        ListState { filter: Filter { q: q.into(), ..Filter::default() }, ..ListState::default() }
    }

    async fn found(context: &Context, staff: &Staff, q: &str) -> Vec<String> {
        let page = list(context, staff, &searching(q)).await.unwrap();
        assert_eq!(page.count, MatchCount::Exactly(page.rows.len() as i64), "{q:?}");
        page.rows.into_iter().map(|row| row.name).collect()
    }

    /// Every row, page after page, forwards or backwards.
    async fn walk(context: &Context, staff: &Staff, mut state: ListState, backwards: bool) -> Vec<AccountId> {
        let mut ids = Vec::new();
        state.position = if backwards { Position::Last } else { Position::First };
        loop {
            let page = list(context, staff, &state).await.unwrap();
            let mut rows: Vec<_> = page.rows.iter().map(|row| row.id).collect();
            if backwards {
                rows.reverse();
            }
            ids.extend(rows);
            match if backwards { page.before.map(Position::Before) } else { page.after.map(Position::After) } {
                Some(position) => state.position = position,
                None => break,
            }
        }
        if backwards {
            ids.reverse();
        }
        ids
    }

    #[tokio::test]
    async fn any_part_of_name_address_username_and_phone_is_found_without_case_and_accents() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let form = AccountForm {
                username: "jang".into(),
                first_name: "José".into(),
                last_name: "Ångström".into(),
                phone: "+41446681800".into(),
                ..testing::form("j.o")
            };
            crate::users::create(&context, &owner, &form, &[]).await.unwrap();
            for q in ["ose", "JOSÉ", "josé ång", "angstrom", "ÅNG", " jang ", "668180", "j.o@ex", "O@EXAMPLE"] {
                assert_eq!(found(&context, &owner, q).await, ["José Ångström"], "{q}");
            }
            assert_eq!(found(&context, &owner, "example.com").await.len(), 2);
            assert!(found(&context, &owner, "xyz").await.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn an_edit_is_found_by_its_new_text_and_not_by_its_old() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let form = AccountForm { first_name: "Grace".into(), ..testing::form("hopper") };
            crate::users::edit(&context, &owner, ada, &form, 1).await.unwrap();
            assert_eq!(found(&context, &owner, "grace").await, ["Grace"]);
            assert!(found(&context, &owner, "ada").await.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn signs_are_literal_and_never_an_error() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let names = ["100% _real_ \\back", "O'Brien", "Say \"hi\"", "👩\u{200D}💻 Dev", "محمد رضا", "<script>"];
            for (at, name) in names.iter().enumerate() {
                let form = AccountForm { first_name: (*name).into(), ..testing::form(&format!("u{at}")) };
                crate::users::create(&context, &owner, &form, &[]).await.unwrap();
            }
            let hits = [
                ("00% _", 0),
                ("_real_", 0),
                ("\\back", 0),
                ("10", 0),
                ("o'b", 1),
                ("o'", 1),
                ("y \"h", 2),
                ("\"hi\"", 2),
                ("👩\u{200D}💻", 3),
                ("💻 dev", 3),
                ("حمد", 4),
                ("م", 4),
                ("<script>", 5),
                ("<", 5),
            ];
            for (q, name) in hits {
                assert_eq!(found(&context, &owner, q).await, [names[name]], "{q:?}");
            }
            for q in ["%", "_", "%%%", "___", "\\\\\\", "\"\"\"", "'''", "***", "\u{10FFFF}", "$1 ?", "-ab", "^abc"] {
                assert!(found(&context, &owner, q).await.is_empty(), "{q:?}");
            }
            let long = "long ".repeat(20_000);
            for q in ["\u{200B}", "\u{200B}\u{200B}\u{200B}", "a AND b", "NEAR(a b)", "col:x", "\0x\0", "ac\0k'", &long]
            {
                assert!(found(&context, &owner, q).await.is_empty(), "{q:?}");
            }
            assert_eq!(found(&context, &owner, " \0 ").await.len(), 7);
        })
        .await;
    }

    #[tokio::test]
    async fn one_or_two_characters_find_beginnings_of_name_and_address() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for (name, email) in [("Zoe", "a1"), ("Ann", "zz"), ("Bob", "b1"), ("Ézra", "e1")] {
                let form = AccountForm { first_name: name.into(), ..testing::form(email) };
                crate::users::create(&context, &owner, &form, &[]).await.unwrap();
            }
            assert_eq!(found(&context, &owner, "z").await, ["Ann", "Zoe"]);
            assert_eq!(found(&context, &owner, "ZZ").await, ["Ann"]);
            assert_eq!(found(&context, &owner, "é").await, ["Ézra"]);
            assert!(found(&context, &owner, "ob").await.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn many_hits_are_walked_and_few_are_sorted_with_the_same_rows_in_the_same_order() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let name = |at: usize| format!("{}person{at:04}", ["x", "y", "z"][at % 3]);
            testing::many(&context, FEW as usize + 50, |at| testing::form(&name(at))).await;
            let searches = [("person", false), ("person12", true), ("xp", true), ("per", false), ("xperson00", true)];
            for (q, is_few) in searches {
                let state = ListState { dir: Direction::Descending, ..searching(q) };
                let scope = owner.require(Permission::ViewUsers).unwrap();
                let mut query = ListQuery::plan(&context, scope, &state.filter).await.unwrap();
                assert_eq!(query.hits.is_some(), is_few, "{q}");
                let mut answers = Vec::new();
                let named = match query.hits.take() {
                    Some(hits) => hits,
                    None => Hits::all(&context.database, q).await,
                };
                for hits in [Some(named), None] {
                    query.hits = hits;
                    let page = query.page(&state, PageSize::default(), &mut Vec::new());
                    let rows = page.select.into_model::<Row>().all(context.database.read()).await.unwrap();
                    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                    answers.push((ids, query.count(&context).await.unwrap()));
                }
                assert!(!answers[0].0.is_empty());
                assert_eq!(answers[0], answers[1], "{q}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn every_sort_walks_every_row_once_both_ways_however_many_share_a_key() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for batch in 0..3 {
                context.clock.advance_seconds(1);
                let form = |at: usize| AccountForm {
                    first_name: ["Ann", "ann", "Él"][at % 3].into(),
                    ..testing::form(&format!("u{batch}{:02}", 39 - at))
                };
                testing::many(&context, 40, form).await;
            }
            let transaction = context.database.begin().await.unwrap();
            let some = "UPDATE accounts SET last_sign_in_at = created_at WHERE name = 'ann'";
            transaction.execute_unprepared(some).await.unwrap();
            transaction.commit().await.unwrap();
            let mut rows = accounts::Entity::find().all(context.database.read()).await.unwrap();
            for sort in SortKey::ALL {
                rows.sort_by_key(|row| {
                    let (text, at) = match sort {
                        SortKey::Name => (row.name_key.clone(), Timestamp(0)),
                        SortKey::Email => (row.email_key.clone(), Timestamp(0)),
                        SortKey::Created => (String::new(), row.created_at),
                        SortKey::LastSignIn => (String::new(), row.last_sign_in_at),
                    };
                    (text, at, row.id)
                });
                let mut expected: Vec<_> = rows.iter().map(|row| row.id).collect();
                for dir in [Direction::Ascending, Direction::Descending] {
                    let state = ListState { sort, dir, size: PageSize::try_from(25).ok(), ..ListState::default() };
                    for backwards in [false, true] {
                        let walked = walk(&context, &owner, state.clone(), backwards).await;
                        assert!(walked == expected, "{sort:?} {dir:?} backwards: {backwards}");
                    }
                    expected.reverse();
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn each_status_shows_its_own_and_the_deleted_are_never_shown() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let mut ids = Vec::new();
            for name in ["u-live", "u-disabled", "u-deleted", "u-gone", "u-locked", "u-once"] {
                ids.push(testing::user(&context, &owner, name).await);
            }
            testing::bulk(&context, &owner, BulkAction::Disable, &[ids[1], ids[3]]).await;
            testing::bulk(&context, &owner, BulkAction::Delete, &[ids[2], ids[3]]).await;
            let transaction = context.database.begin().await.unwrap();
            for (id, seconds) in [(ids[4], 1), (ids[5], 0)] {
                let until = Set(Some(context.now().plus_seconds(seconds)));
                let locked = accounts::ActiveModel { locked_until: until, ..Default::default() };
                let query = accounts::Entity::update_many().set(locked).filter(accounts::Column::Id.eq(id));
                query.exec(&transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
            let cases = [
                (None, vec!["owner", "u-disabled", "u-live", "u-locked", "u-once"]),
                (Some(StatusFilter::Enabled), vec!["owner", "u-live", "u-locked", "u-once"]),
                (Some(StatusFilter::Disabled), vec!["u-disabled"]),
                (Some(StatusFilter::Locked), vec!["u-locked"]),
            ];
            for (status, all) in cases {
                for q in ["", "u-", "u-l"] {
                    let filter = Filter { q: q.into(), status, ..Filter::default() };
                    let page = list(&context, &owner, &ListState { filter, ..ListState::default() }).await.unwrap();
                    let expected: Vec<_> = all.iter().copied().filter(|name| name.starts_with(q)).collect();
                    let names: Vec<_> = page.rows.iter().map(|row| row.name.as_str()).collect();
                    assert_eq!(names, expected, "{status:?} {q:?}");
                    assert_eq!(page.count, MatchCount::Exactly(page.rows.len() as i64), "{status:?} {q:?}");
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_cursor_that_makes_no_sense_gives_the_first_page_and_a_notice() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::many(&context, 60, |at| testing::form(&format!("u{at:02}"))).await;
            let first = list(&context, &owner, &ListState::default()).await.unwrap();
            assert!(first.notices.is_empty());
            let id = first.rows[0].id;
            let other_sort = URL_SAFE_NO_PAD.encode(format!("{id} m5"));
            let with_nul = URL_SAFE_NO_PAD.encode(format!("{id} ta\0b"));
            let cut = first.after.clone().unwrap()[1..].to_owned();
            for garbage in ["", "x", "????", "AAAA", &other_sort, &with_nul, &cut] {
                for position in [Position::After(garbage.into()), Position::Before(garbage.into())] {
                    let page = list(&context, &owner, &ListState { position, ..ListState::default() }).await.unwrap();
                    assert_eq!((&page.rows, page.notices.len()), (&first.rows, 1), "{garbage}");
                    assert_eq!((&page.before, &page.after), (&first.before, &first.after));
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_store_that_is_not_there_gives_the_default_one_and_a_notice() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let in_store = |store| ListState { filter: Filter { store, ..Filter::default() }, ..ListState::default() };
            let page = list(&context, &owner, &in_store(Some(StoreId(context.id())))).await.unwrap();
            assert_eq!((page.rows.len(), page.notices.len()), (1, 1));
            let other = testing::another_store(&context).await;
            let page = list(&context, &owner, &in_store(Some(other))).await.unwrap();
            assert_eq!((page.rows.len(), page.notices.len(), page.count), (0, 0, MatchCount::Exactly(0)));
        })
        .await;
    }

    #[tokio::test]
    async fn a_row_names_three_groups_and_counts_the_rest() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            for name in ["D", "B", "E", "A", "C"] {
                testing::group(&context, name, &[ada]).await;
            }
            let page = list(&context, &owner, &searching("ada")).await.unwrap();
            assert_eq!((page.rows[0].groups.join(""), page.rows[0].more_groups), ("ABC".into(), 2));
        })
        .await;
    }

    #[tokio::test]
    async fn matches_are_counted_to_ten_thousand() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::many(&context, 10_001, |at| testing::form(&format!("person{at}"))).await;
            let page = list(&context, &owner, &searching("person")).await.unwrap();
            assert_eq!(page.count, MatchCount::MoreThan(10_000));
            let scope = owner.require(Permission::ViewUsers).unwrap();
            let query = ListQuery::plan(&context, scope, &searching("person").filter).await.unwrap();
            assert_eq!(query.count_exactly(&context).await.unwrap(), 10_001);
        })
        .await;
    }
}
