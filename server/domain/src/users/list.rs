//! One page of the user list: keyset paging both ways, filters, search (U1, U4–U7).
//!
//! A page has two plans. Few matches: the index of one part of the filter names them, they are
//! sorted here, and the page's rows are read. Many matches: the list is walked in its order, and the
//! page fills soon. Neither database can tell which is better, so a little of each is tried first. How
//! many match is another question, and costs more: a page says it when it knows, or else it is asked for.

mod leads;
#[cfg(test)]
mod plans;
mod query;

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::entities::{accounts, group_memberships, groups};
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, Value};
use types::attributes::{AttributeDefinition, Values};
use types::authenticators::FactorKind;
use types::user_list::{Direction, Filter, ListColumn, ListState, MatchCount, Position, SortKey, UserPage, UserRow};
use types::{AccountId, Permission, StoreId, Timestamp};

pub(in crate::users) use leads::{Lead, Part};
pub use query::ListQuery;

use super::filter_names;
use super::profile::{labels_of, onboarding, some_moment};
use crate::{Result, Roster, Staff, attributes, preferences};

/// Groups named in a row; the rest is a number.
const GROUPS_NAMED: usize = 3;

/// One page, within what the caller may see. Needs **View users**.
pub async fn list(roster: &Roster, staff: &Staff, state: &ListState) -> Result<UserPage> {
    let scope = staff.require(Permission::ViewUsers)?;
    let (chosen, mut names, mut query) = tokio::try_join!(
        preferences::of_list(&roster.database, staff),
        filter_names::of(&roster.database, &scope, &state.filter),
        ListQuery::read(roster, scope.clone(), &state.filter),
    )?;
    let size = state.size.unwrap_or(chosen.size);
    names.fields = query.searched.iter().map(|one| (one.key.clone(), one.label.clone())).collect();
    let mut notices = query.notices.clone();
    let wanted = Wanted::read(state, size, &mut notices);
    let found = query.page(roster, &wanted).await?;
    let connection = roster.database.read();
    let cursor = |row: Option<&Row>| row.map(|row| Cursor::of(row, state.sort).to_string());
    let before = found.before.then(|| cursor(found.rows.first())).flatten();
    let after = found.after.then(|| cursor(found.rows.last())).flatten();
    let mut groups = groups_of(connection, &found.rows).await?;
    let mut columns = state.columns.clone().unwrap_or(chosen.columns);
    let shown = keep_known(connection, query.store, &mut columns).await?;
    let ids: Vec<_> = found.rows.iter().map(|row| row.id).collect();
    let mut values = if shown.is_empty() { HashMap::new() } else { attributes::values_of(connection, &ids).await? };
    let now = roster.now();
    let count = found.count;
    let rows = found.rows.into_iter().map(|row| {
        let values = values.remove(&row.id).unwrap_or_default();
        let shown = shown.iter().filter_map(|one| Some((one.key.clone(), one.shown(values.get(&one.key)?))));
        UserRow { attributes: shown.collect(), ..row.into_user_row(&mut groups, now) }
    });
    let rows = rows.collect();
    let labels = shown.into_iter().map(|one| (one.key, one.label)).collect();
    Ok(UserPage { rows, count, size, before, after, columns, labels, names, notices })
}

/// How many match a filter, within what the caller may see: asked when a page did not bring it to light.
/// Needs **View users**.
pub async fn count(roster: &Roster, staff: &Staff, filter: &Filter) -> Result<MatchCount> {
    let scope = staff.require(Permission::ViewUsers)?;
    ListQuery::plan(roster, scope, filter).await?.count(roster).await
}

/// Takes away the columns of attributes that the store does not have, or not for the console; gives
/// the others.
async fn keep_known(
    connection: &impl ConnectionTrait,
    store: StoreId,
    columns: &mut Vec<ListColumn>,
) -> Result<Vec<AttributeDefinition>> {
    let wanted = |columns: &[ListColumn], key: &str| {
        columns.iter().any(|column| matches!(column, ListColumn::Attribute(one) if one == key))
    };
    if !columns.iter().any(|column| matches!(column, ListColumn::Attribute(_))) {
        return Ok(Vec::new());
    }
    let mut known = attributes::of_store(connection, store).await?;
    known.retain(|one| one.console_visible && wanted(columns, &one.key));
    columns.retain(|column| match column {
        ListColumn::Attribute(key) => known.iter().any(|one| one.key == *key),
        _ => true,
    });
    Ok(known)
}

/// What of the list a page is.
struct Wanted {
    sort: SortKey,
    dir: Direction,
    rows: usize,
    /// The rows end here, rather than begin.
    backwards: bool,
    cursor: Option<Cursor>,
}

impl Wanted {
    fn read(state: &ListState, size: types::user_list::PageSize, notices: &mut Vec<String>) -> Self {
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
        Self {
            sort: state.sort,
            dir: state.dir,
            rows: size.rows() as usize,
            backwards: backwards && (cursor.is_some() || state.position == Position::Last),
            cursor,
        }
    }

    /// The direction in which the rows are met.
    fn direction(&self) -> Direction {
        if self.backwards { self.dir.reversed() } else { self.dir }
    }

    fn begin(&self, query: &mut SelectStatement, keys: &Keys) {
        if let Some(cursor) = &self.cursor {
            query.and_where(cursor.beyond(keys, self.direction()));
        }
    }

    fn order(&self, query: &mut SelectStatement, Keys { value, id }: Keys) {
        let order = if self.direction() == Direction::Ascending { Order::Asc } else { Order::Desc };
        query.order_by_expr(value, order.clone()).order_by_expr(id, order);
    }
}

/// Where what the list is sorted by stands.
struct Keys {
    value: Expr,
    id: Expr,
}

impl Keys {
    fn of_account(sort: SortKey) -> Self {
        Self {
            value: Expr::col((accounts::Entity, sort_column(sort))),
            id: Expr::col((accounts::Entity, accounts::Column::Id)),
        }
    }

    /// Both tables of memberships call them the same.
    fn of_membership(sort: SortKey) -> Self {
        use group_memberships::Column;
        let value = match sort {
            SortKey::Name => Column::NameKey,
            SortKey::Email => Column::EmailKey,
            SortKey::Created => Column::AccountCreatedAt,
            SortKey::LastSignIn => Column::LastSignInAt,
        };
        Self { value: Expr::col(value), id: Expr::col(Column::AccountId) }
    }
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
pub(crate) struct Row {
    pub(crate) id: AccountId,
    name: String,
    pub(crate) name_key: String,
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
    second_factor: Option<String>,
}

impl Row {
    pub(crate) const COLUMNS: [accounts::Column; 16] = {
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
            SecondFactor,
        ]
    };

    pub(crate) fn into_user_row(self, groups: &mut HashMap<AccountId, Vec<String>>, now: Timestamp) -> UserRow {
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
            second_factor: self.second_factor.as_deref().and_then(FactorKind::from_key),
            created_at: self.created_at,
            last_sign_in_at: some_moment(self.last_sign_in_at),
            attributes: Values::new(),
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cursor {
    value: CursorValue,
    id: AccountId,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    fn beyond(&self, keys: &Keys, direction: Direction) -> SimpleExpr {
        let value: Value = match &self.value {
            CursorValue::Text(text) => text.clone().into(),
            CursorValue::Moment(at) => (*at).into(),
        };
        let row = Expr::tuple([keys.value.clone(), keys.id.clone()]);
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
mod tests {
    use types::permissions::BuiltInRole;
    use types::user_list::{Filter, MatchCount, PageSize, Period, SecondFactorFilter, StateFilter, StatusFilter};
    use types::{GroupId, OrganizationId, RoleId};

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
            assert_eq!(first.count, Some(MatchCount::Exactly(61)));
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
        assert_eq!(page.count, Some(MatchCount::Exactly(page.rows.len() as i64)), "{q:?}");
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

    /// Memberships whose sort keys are not those of their accounts.
    async fn strays(context: &Context) -> i64 {
        let differ = |table: &str| {
            format!(
                "SELECT COUNT(*) AS n FROM {table} m JOIN accounts a ON a.id = m.account_id \
                 WHERE m.name_key <> a.name_key OR m.email_key <> a.email_key \
                 OR m.account_created_at <> a.created_at OR m.last_sign_in_at <> a.last_sign_in_at"
            )
        };
        let mut strays = 0;
        for table in ["group_memberships", "organization_memberships"] {
            let statement = sea_orm::Statement::from_string(context.database.backend(), differ(table));
            let row = context.database.read().query_one_raw(statement).await.unwrap().unwrap();
            strays += row.try_get::<i64>("", "n").unwrap();
        }
        strays
    }

    #[tokio::test]
    async fn members_come_in_the_order_of_their_accounts_however_those_change() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 60, |at| testing::form(&format!("person{}", at * 7 % 60))).await;
            let group = testing::group(&context, "Poets", &ids).await;
            let organization = testing::organization(&context, "Acme", &ids).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(organization)).await;
            assert_eq!(strays(&context).await, 0);
            let form = AccountForm { first_name: "Zoe".into(), ..testing::form("aa") };
            crate::users::edit(&context, &owner, ids[0], &form, 1).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            let signed_in = accounts::ActiveModel { last_sign_in_at: Set(context.now()), ..Default::default() };
            accounts::Entity::update_many()
                .set(signed_in)
                .filter(accounts::Column::Id.eq(ids[2]))
                .exec(&transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(strays(&context).await, 0);
            let of_group = Filter { group: Some(group), ..Filter::default() };
            let of_organization = Filter { organization: Some(organization), ..Filter::default() };
            for (staff, filter) in [(&owner, of_group), (&owner, of_organization), (&desk, Filter::default())] {
                for sort in SortKey::ALL {
                    for dir in [Direction::Ascending, Direction::Descending] {
                        let size = PageSize::try_from(200).ok();
                        let state = ListState { filter: filter.clone(), sort, dir, size, ..ListState::default() };
                        let rows = list(&context, staff, &state).await.unwrap().rows;
                        let mut expected = rows.clone();
                        expected.sort_by_key(|row| match sort {
                            SortKey::Name => (row.name.to_lowercase(), row.id),
                            SortKey::Email => (row.email.clone(), row.id),
                            SortKey::Created => (format!("{:020}", row.created_at.0), row.id),
                            SortKey::LastSignIn => {
                                (format!("{:020}", row.last_sign_in_at.map_or(0, |at| at.0)), row.id)
                            }
                        });
                        if dir == Direction::Descending {
                            expected.reverse();
                        }
                        assert_eq!((rows.len(), &rows), (60, &expected), "{state:?}");
                        // More than a page is met along the memberships, all of them are sorted.
                        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                        let paged = ListState { size: PageSize::try_from(25).ok(), ..state };
                        for backwards in [false, true] {
                            assert_eq!(walk(&context, staff, paged.clone(), backwards).await, ids);
                        }
                    }
                }
            }
        })
        .await;
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
    async fn walked_gathered_and_sorted_the_page_is_the_same() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let name = |at: usize| format!("{}person{at:04}", ["x", "y", "z"][at % 3]);
            let ids = testing::many(&context, 300, |at| testing::form(&name(at))).await;
            let group = testing::group(&context, "Staff", &ids[100..250]).await;
            let many = Filter { q: "person".into(), ..Filter::default() };
            let filters = [
                many.clone(),
                Filter { q: "person01".into(), ..Filter::default() },
                Filter { q: "xp".into(), group: Some(group), ..Filter::default() },
                Filter { group: Some(group), ..many.clone() },
                Filter { email_verified: Some(false), ..Filter::default() },
                Filter { state: Some(StateFilter::NotRegistered), email_verified: Some(false), ..many },
            ];
            for filter in filters {
                for (dir, last) in
                    [(Direction::Ascending, false), (Direction::Descending, false), (Direction::Ascending, true)]
                {
                    let position = if last { Position::Last } else { Position::First };
                    let state = ListState { filter: filter.clone(), dir, position, ..ListState::default() };
                    let scope = owner.require(Permission::ViewUsers).unwrap();
                    let mut query = ListQuery::plan(&context, scope, &filter).await.unwrap();
                    let wanted = Wanted::read(&state, PageSize::try_from(25).unwrap(), &mut Vec::new());
                    let found = query.page(&context, &wanted).await.unwrap();
                    let ids = |rows: &[Row]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
                    assert!(!found.rows.is_empty(), "{filter:?}");
                    let walked = query.walk(&context, &wanted).await.unwrap();
                    assert_eq!(ids(&walked.rows), ids(&found.rows), "{filter:?}");
                    assert_eq!((walked.before, walked.after), (found.before, found.after), "{filter:?}");
                    let [_, sorting, _] = query.statements(&wanted);
                    let mut sorted = Row::find_by_statement(sorting).all(context.database.read()).await.unwrap();
                    sorted.truncate(25);
                    if last {
                        sorted.reverse();
                    }
                    assert_eq!(ids(&sorted), ids(&found.rows), "{filter:?}");
                    let exactly = MatchCount::Exactly(query.count_exactly(&context).await.unwrap());
                    assert_eq!(
                        (found.count.unwrap_or(exactly), query.count(&context).await.unwrap()),
                        (exactly, exactly)
                    );
                }
            }
        })
        .await;
    }

    fn names(page: &UserPage) -> Vec<&str> {
        page.rows.iter().map(|row| row.name.as_str()).collect()
    }

    #[tokio::test]
    async fn each_filter_shows_its_own_and_together_they_narrow() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 4, |at| testing::form(["ann", "bob", "cid", "dee"][at])).await;
            let day = |text| Timestamp::parse_date(text);
            let set = async |id, row: accounts::ActiveModel| {
                let transaction = context.database.begin().await.unwrap();
                let query = accounts::Entity::update_many().set(row).filter(accounts::Column::Id.eq(id));
                query.exec(&transaction).await.unwrap();
                transaction.commit().await.unwrap();
            };
            let now = Some(context.now());
            let moment = |text| Set(day(text).unwrap());
            set(
                ids[0],
                accounts::ActiveModel {
                    onboarded_at: Set(now),
                    last_sign_in_at: moment("2026-03-01"),
                    password_expires_at: Set(Some(context.now().plus_seconds(10 * 24 * 60 * 60))),
                    ..Default::default()
                },
            )
            .await;
            set(
                ids[1],
                accounts::ActiveModel {
                    activation_sent_at: Set(now),
                    email_verified_at: Set(now),
                    password_expires_at: Set(now),
                    ..Default::default()
                },
            )
            .await;
            set(
                ids[2],
                accounts::ActiveModel { created_at: moment("2020-05-05"), disabled_at: Set(now), ..Default::default() },
            )
            .await;
            let app = FactorKind::AuthenticatorApp;
            set(ids[3], accounts::ActiveModel { second_factor: Set(Some(app.key().into())), ..Default::default() })
                .await;
            let transaction = context.database.begin().await.unwrap();
            // Twice: somebody has one on each phone.
            for id in [context.id(), context.id()] {
                let row = db::entities::authenticators::ActiveModel {
                    id: Set(types::AuthenticatorId(id)),
                    account_id: Set(ids[3]),
                    kind: Set(app.key().into()),
                    name: Set(String::new()),
                    secret: Set(String::new()),
                    credential_id: Set(None),
                    last_step: Set(0),
                    created_at: Set(context.now()),
                    last_used_at: Set(Timestamp(0)),
                };
                let insert = db::entities::authenticators::Entity::insert(row);
                insert.exec_without_returning(&transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
            let factor = |factor| Filter { second_factor: Some(factor), ..Filter::default() };
            let expiring = |days| Filter { password_expires_within: Some(days), ..Filter::default() };
            let group = testing::group(&context, "Staff", &[ids[0], ids[2]]).await;
            let acme = testing::organization(&context, "Acme", &[ids[1], ids[2]]).await;
            testing::give_role(&context, ids[3], BuiltInRole::Auditor, None).await;
            testing::give_role(&context, ids[3], BuiltInRole::Auditor, Some(acme)).await;
            let role = crate::stores::built_in_role(context.database.read(), BuiltInRole::Auditor).await.unwrap();
            let none = Filter::default();
            let field =
                |key: &str, text: &str| Filter { fields: [(key.into(), text.into())].into(), ..Filter::default() };
            let cases = [
                (Filter { state: Some(StateFilter::Onboarded), ..none.clone() }, vec!["ann", "owner"]),
                (Filter { state: Some(StateFilter::PendingActivation), ..none.clone() }, vec!["bob"]),
                (Filter { state: Some(StateFilter::NotRegistered), ..none.clone() }, vec!["cid", "dee"]),
                (Filter { email_verified: Some(true), ..none.clone() }, vec!["bob"]),
                (Filter { email_verified: Some(false), ..none.clone() }, vec!["ann", "cid", "dee", "owner"]),
                (Filter { group: Some(group), ..none.clone() }, vec!["ann", "cid"]),
                (Filter { organization: Some(acme), ..none.clone() }, vec!["bob", "cid"]),
                (Filter { role: Some(role), ..none.clone() }, vec!["dee"]),
                (Filter { never_signed_in: true, ..none.clone() }, vec!["bob", "cid", "dee", "owner"]),
                (
                    Filter { last_sign_in: Period { after: day("2026-03-01"), before: None }, ..none.clone() },
                    vec!["ann"],
                ),
                (Filter { last_sign_in: Period { after: None, before: day("2026-03-01") }, ..none.clone() }, vec![]),
                (
                    Filter { last_sign_in: Period { after: None, before: day("2026-03-02") }, ..none.clone() },
                    vec!["ann"],
                ),
                (Filter { created: Period { after: None, before: day("2021-01-01") }, ..none.clone() }, vec!["cid"]),
                (
                    Filter { created: Period { after: day("2026-11-22"), before: None }, ..none.clone() },
                    vec!["ann", "bob", "dee", "owner"],
                ),
                (Filter { status: Some(StatusFilter::Disabled), group: Some(group), ..none.clone() }, vec!["cid"]),
                (
                    Filter {
                        status: Some(StatusFilter::Enabled),
                        state: Some(StateFilter::NotRegistered),
                        ..none.clone()
                    },
                    vec!["dee"],
                ),
                (
                    Filter {
                        state: Some(StateFilter::NotRegistered),
                        created: Period { after: None, before: day("2021-01-01") },
                        ..none.clone()
                    },
                    vec!["cid"],
                ),
                (Filter { organization: Some(acme), q: "bob".into(), ..none.clone() }, vec!["bob"]),
                (Filter { organization: Some(acme), group: Some(group), ..none.clone() }, vec!["cid"]),
                (Filter { group: Some(GroupId(context.id())), ..none.clone() }, vec![]),
                (Filter { role: Some(RoleId(context.id())), ..none.clone() }, vec![]),
                (Filter { organization: Some(OrganizationId(context.id())), ..none }, vec![]),
                (factor(SecondFactorFilter::Any), vec!["dee"]),
                (factor(SecondFactorFilter::None), vec!["ann", "bob", "cid", "owner"]),
                (factor(SecondFactorFilter::Kind(app)), vec!["dee"]),
                (Filter { group: Some(group), ..factor(SecondFactorFilter::Kind(app)) }, vec![]),
                // Whose password has expired already is not about to lose it.
                (expiring(9), vec![]),
                (expiring(10), vec!["ann"]),
                (Filter { external_identity: Some(true), ..Filter::default() }, vec![]),
                (
                    Filter { external_identity: Some(false), group: Some(group), ..Filter::default() },
                    vec!["ann", "cid"],
                ),
                (field("email", "BOB@ex"), vec!["bob"]),
                (field("email", "bo"), vec!["bob"]),
                (field("name", "owner"), vec!["owner"]),
                (field("first_name", "ann"), vec!["ann"]),
                (field("last_name", "ann"), vec![]),
                (field("phone", "@exam"), vec![]),
                (field("shoe_size", "43"), vec![]),
            ];
            for (filter, expected) in cases {
                for sort in SortKey::ALL {
                    let page =
                        list(&context, &owner, &ListState { filter: filter.clone(), sort, ..ListState::default() })
                            .await
                            .unwrap();
                    let mut seen = names(&page);
                    seen.sort_unstable();
                    assert_eq!(seen, expected, "{filter:?}");
                    assert_eq!(page.count, Some(MatchCount::Exactly(expected.len() as i64)), "{filter:?}");
                    assert_eq!(page.notices, Vec::<String>::new());
                }
            }
            let page = list(&context, &owner, &ListState { filter: field("phone", "41"), ..ListState::default() })
                .await
                .unwrap();
            assert_eq!(page.notices.len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn the_stores_own_attributes_are_columns_and_searched_when_the_console_shows_them() {
        testing::on_both(|context| async move {
            use types::attributes::AttributeKind;
            let owner = testing::owner(&context).await;
            let searchable = |form: &mut types::attributes::AttributeForm| {
                form.searchable = true;
                form.choices = "Sales\nLaw".into();
            };
            testing::attribute(&context, &owner, "title", AttributeKind::Text, searchable).await;
            testing::attribute(&context, &owner, "teams", AttributeKind::MultipleChoice, searchable).await;
            testing::attribute(&context, &owner, "salary", AttributeKind::Number, |form| {
                form.searchable = true;
                form.console_visible = false;
                form.holder_visible = true;
                form.holder_editable = true;
            })
            .await;
            let people =
                [("ada", "Chief 100%_engineer", "Sales; Law"), ("bob", "Engineer", "Law"), ("cid", "Clerk", "")];
            for (name, title, teams) in people {
                let form = testing::form_with(name, &[("title", title), ("teams", teams)]);
                crate::users::create(&context, &owner, &form, &[]).await.unwrap();
            }
            let attribute = |key: &str| ListColumn::Attribute(key.into());
            let state = |fields: &[(&str, &str)]| ListState {
                filter: Filter {
                    fields: fields.iter().map(|(key, text)| ((*key).into(), (*text).into())).collect(),
                    ..Filter::default()
                },
                columns: Some(vec![ListColumn::Name, attribute("teams"), attribute("salary"), attribute("gone")]),
                ..ListState::default()
            };
            let page = list(&context, &owner, &state(&[("title", "engin")])).await.unwrap();
            assert_eq!(names(&page), ["ada", "bob"]);
            assert_eq!(page.columns, [ListColumn::Name, attribute("teams")]);
            assert_eq!(page.labels, [("teams".to_owned(), "TEAMS".to_owned())].into());
            assert_eq!(page.names.fields, [("title".to_owned(), "TITLE".to_owned())].into());
            assert_eq!(page.rows[0].attributes, [("teams".to_owned(), "Sales; Law".to_owned())].into());
            type Fields = &'static [(&'static str, &'static str)];
            let cases: [(Fields, Vec<&str>); 8] = [
                (&[("title", "0%_e")], vec!["ada"]),
                (&[("title", "en")], vec!["bob"]),
                (&[("teams", "Law")], vec!["ada", "bob"]),
                (&[("teams", "Law"), ("title", "Chief")], vec!["ada"]),
                (&[("teams", "La")], vec![]),
                (&[("teams", "Law"), ("email", "bob@")], vec!["bob"]),
                // Not the console's to know, not even whether there is one.
                (&[("salary", "1")], vec![]),
                (&[("gone", "1")], vec![]),
            ];
            for (fields, expected) in cases {
                let page = list(&context, &owner, &state(fields)).await.unwrap();
                assert_eq!(names(&page), expected, "{fields:?}");
                assert_eq!(page.names.fields.get("salary"), None);
            }
            let fields = preferences::search_fields(&context.database, &owner, None).await.unwrap();
            let keys: Vec<_> = fields.iter().map(|field| field.key.as_str()).skip(6).collect();
            assert_eq!(keys, ["title", "teams"]);
        })
        .await;
    }

    #[tokio::test]
    async fn filters_are_named_as_far_as_the_reader_reaches() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 2, |at| testing::form(&format!("p{at}"))).await;
            let acme = testing::organization(&context, "Acme", &ids[..1]).await;
            let other = testing::organization(&context, "Other", &ids).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let by = |organization| ListState {
                filter: Filter { organization: Some(organization), ..Filter::default() },
                ..ListState::default()
            };
            let seen = list(&context, &desk, &by(acme)).await.unwrap();
            assert_eq!((names(&seen), seen.names.organization.as_deref()), (vec!["p0"], Some("Acme")));
            // Of another's organization neither the name nor who of theirs is in it too.
            let seen = list(&context, &desk, &by(other)).await.unwrap();
            assert_eq!((names(&seen), seen.names.organization.as_deref()), (vec![], None));
            let offered = filter_names::choices(&context.database, &desk, None).await.unwrap();
            assert_eq!(offered.organizations, [(acme, "Acme".to_owned())]);
            let page = list(&context, &owner, &by(other)).await.unwrap();
            assert_eq!((names(&page), page.names.organization.as_deref()), (vec!["p0", "p1"], Some("Other")));
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
            for name in ["u-live", "u-disabled", "u-deleted", "u-gone", "u-locked", "u-once", "u-expired", "u-expires"]
            {
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
            for (id, seconds) in [(ids[6], 0), (ids[7], 1), (ids[3], 0)] {
                let at = Set(Some(context.now().plus_seconds(seconds)));
                let ends = accounts::ActiveModel { password_expires_at: at, ..Default::default() };
                let query = accounts::Entity::update_many().set(ends).filter(accounts::Column::Id.eq(id));
                query.exec(&transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
            let cases = [
                (None, vec!["owner", "u-disabled", "u-expired", "u-expires", "u-live", "u-locked", "u-once"]),
                (Some(StatusFilter::Enabled), vec!["owner", "u-expired", "u-expires", "u-live", "u-locked", "u-once"]),
                (Some(StatusFilter::Disabled), vec!["u-disabled"]),
                (Some(StatusFilter::Locked), vec!["u-locked"]),
                (Some(StatusFilter::PasswordExpired), vec!["u-expired"]),
            ];
            for (status, all) in cases {
                for q in ["", "u-", "u-l"] {
                    let filter = Filter { q: q.into(), status, ..Filter::default() };
                    let page = list(&context, &owner, &ListState { filter, ..ListState::default() }).await.unwrap();
                    let expected: Vec<_> = all.iter().copied().filter(|name| name.starts_with(q)).collect();
                    let names: Vec<_> = page.rows.iter().map(|row| row.name.as_str()).collect();
                    assert_eq!(names, expected, "{status:?} {q:?}");
                    assert_eq!(page.count, Some(MatchCount::Exactly(page.rows.len() as i64)), "{status:?} {q:?}");
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
            assert_eq!((page.rows.len(), page.notices.len(), page.count), (0, 0, Some(MatchCount::Exactly(0))));
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
            assert_eq!((page.rows.len(), page.count), (50, None));
            let filter = searching("person").filter;
            assert_eq!(count(&context, &owner, &filter).await.unwrap(), MatchCount::MoreThan(10_000));
            let scope = owner.require(Permission::ViewUsers).unwrap();
            let query = ListQuery::plan(&context, scope, &searching("person").filter).await.unwrap();
            assert_eq!(query.count_exactly(&context).await.unwrap(), 10_001);
        })
        .await;
    }

    /// Some hundred at the near end, at the far end, and all over: each way to a page shows the same.
    #[tokio::test]
    async fn every_way_to_a_page_finds_the_same_accounts() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::many(&context, 3_000, |at| {
                let place = match at {
                    0..600 => "aa-near",
                    600..1_200 => "zz-far",
                    _ if at % 3 == 0 => "mm-all-over",
                    _ => "mm",
                };
                testing::form(&format!("{place}-{at:04}"))
            })
            .await;
            for (q, all, known_at_once) in [("near", 600, false), ("far", 600, true), ("over", 600, false)] {
                let mut state = searching(q);
                let first = list(&context, &owner, &state).await.unwrap();
                assert_eq!((first.rows.len(), first.count.is_some()), (50, known_at_once), "{q}");
                let counted = count(&context, &owner, &state.filter).await.unwrap();
                assert_eq!((counted, first.count.unwrap_or(counted)), (MatchCount::Exactly(all), counted), "{q}");
                let mut seen: Vec<_> = first.rows.iter().map(|row| row.name.clone()).collect();
                let mut next = first.after;
                while let Some(cursor) = next {
                    state.position = Position::After(cursor);
                    let page = list(&context, &owner, &state).await.unwrap();
                    seen.extend(page.rows.into_iter().map(|row| row.name));
                    next = page.after;
                }
                assert_eq!(seen.len(), all as usize, "{q}");
                assert!(seen.is_sorted() && seen.iter().all(|name| name.contains(q)), "{q}");
            }
        })
        .await;
    }
}
