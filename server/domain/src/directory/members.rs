//! Members of a group or organization: who, putting in, taking out.

use std::collections::{BTreeMap, HashMap, HashSet};

use db::entities::accounts;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, IdenStatic, QueryFilter, QueryOrder,
    QuerySelect, Value,
};
use types::directory::{Candidate, MEMBERS_MOST, MemberPage, MemberReport, Unit, UnitKind};
use types::events::{EventKind, FieldChange};
use types::user_list::{Filter, ListState, MatchCount, PageSize, Position};
use types::{AccountId, Permission};

use super::paging::{ROWS, Window};
use super::unit::{
    self, COUNT_MOST, Words, containing, count, id_of, member_scope, require_sight, statement, within, words,
};
use crate::authority::holding_more;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::users::ListedRow;
use crate::{Context, Error, Result, Roster, Staff, stores};

/// People offered at once; a search narrows them.
const CANDIDATES: usize = 25;

const NOT_THERE: &str = "not there";
const ALREADY_IN: &str = "already a member";
const NOT_IN: &str = "not a member";
const OTHER_STORE: &str = "belongs to another identity store";
const HOLDS_MORE: &str = "not allowed: holds permissions that you do not have";

/// A page of the members whom the caller may see, by any part of name, e-mail, username or phone.
/// Needs **View users** over each.
pub async fn members(roster: &Roster, staff: &Staff, unit: Unit, q: &str, position: &Position) -> Result<MemberPage> {
    require_sight(staff, unit)?;
    let scope = staff.require(Permission::ViewUsers)?;
    let connection = roster.database.read();
    unit::find(connection, unit).await?;
    let Words { memberships, id, .. } = words(unit.kind());
    let window = Window::of(position);
    let (than, order) = window.order();
    let backend = roster.database.backend();
    let within = within(&scope, backend, "a.id");
    let mut values: Vec<Value> = vec![id_of(unit).into(), containing(q).into()];
    let (with, from) = if is_rare_among_many(roster, unit, q).await? {
        values.push(phrase_of(connection, q).into());
        let from = format!(
            "FROM hits h CROSS JOIN accounts a CROSS JOIN {memberships} m WHERE a.id = h.id AND a.deleted_at IS NULL \
             AND a.search_text LIKE $2 ESCAPE '\\' AND m.account_id = a.id AND m.{id} = $1{within}"
        );
        (with_hits(backend, "$3"), from)
    } else {
        let from = format!(
            "FROM {memberships} m JOIN accounts a ON a.id = m.account_id AND a.deleted_at IS NULL \
             WHERE m.{id} = $1 AND ($2 = '%%' OR a.search_text LIKE $2 ESCAPE '\\'){within}"
        );
        (String::new(), from)
    };
    let count = count(connection, &format!("{with}SELECT 1 {from}"), values.clone(), COUNT_MOST).await?;
    let beyond = window.cursor.clone().map(|cursor| {
        values.push(cursor.key.into());
        values.push(cursor.id.into());
        format!(" AND (m.name_key, m.account_id) {than} (${}, ${})", values.len() - 1, values.len())
    });
    let sql = format!(
        "{with}SELECT {} {from}{} ORDER BY m.name_key {order}, m.account_id {order} LIMIT {}",
        ListedRow::COLUMNS.map(|column| format!("a.{}", column.as_str())).join(", "),
        beyond.unwrap_or_default(),
        ROWS + 1
    );
    let rows = ListedRow::find_by_statement(statement(connection, sql, values)).all(connection).await?;
    let (rows, before, after) = window.cut(rows, |row| (row.id.0, row.name_key.clone()));
    let (now, no_groups) = (roster.now(), &mut HashMap::new());
    let rows = rows.into_iter().map(|row| row.into_user_row(no_groups, now)).collect();
    Ok(MemberPage { rows, count, before, after })
}

/// Where there are more members than this, a search of few hits is looked up among them.
const MANY: i64 = 5_000;
/// Hits of a search that are looked up among the members, rather than members looked through.
const RARE: i64 = 2_000;
/// Shorter texts have no trigram.
const TRIGRAM: usize = 3;

/// Whether the unit has many members, and the text few hits among all accounts: then the trigram
/// index leads. A frequent text is soon met on the way through the members.
async fn is_rare_among_many(roster: &Roster, unit: Unit, q: &str) -> Result<bool> {
    let text = containing(q);
    let is_short = text.chars().count() < TRIGRAM + 2 || !text.chars().any(char::is_alphanumeric);
    if is_short {
        return Ok(false);
    }
    let Words { memberships, id, .. } = words(unit.kind());
    let members = format!("SELECT 1 FROM {memberships} WHERE {id} = $1");
    let members = count(roster.database.read(), &members, [id_of(unit).into()], MANY).await?;
    if members != MatchCount::MoreThan(MANY) {
        return Ok(false);
    }
    let connection = roster.database.search();
    let hits = format!("{}SELECT id FROM hits", with_hits(roster.database.backend(), "$1"));
    let hits = count(connection, &hits, [phrase_of(connection, q).into()], RARE).await?;
    Ok(matches!(hits, MatchCount::Exactly(_)))
}

/// What the trigram index finds for the text in a place such as `$1`: a little too much on SQLite.
fn with_hits(backend: DbBackend, place: &str) -> String {
    match backend {
        DbBackend::Sqlite => format!(
            "WITH hits AS MATERIALIZED (SELECT id FROM accounts WHERE row_number IN \
             (SELECT rowid FROM account_search WHERE account_search MATCH {place})) "
        ),
        _ => format!("WITH hits AS MATERIALIZED (SELECT id FROM accounts WHERE search_text LIKE {place}) "),
    }
}

/// The text as the trigram index reads it: a phrase of FTS5, or a pattern of LIKE.
fn phrase_of(connection: &impl ConnectionTrait, q: &str) -> String {
    if connection.get_database_backend() == DbBackend::Sqlite {
        let text: String = q.chars().filter(|c| !c.is_control()).take(200).collect();
        format!("\"{}\"", types::fold::fold(text.trim()).replace('"', "\"\""))
    } else {
        containing(q)
    }
}

/// People who could be added, found as the user list finds them, to an organization in every store;
/// members are marked. Needs the
/// permission to change members, and **View users**.
pub async fn candidates(roster: &Roster, staff: &Staff, unit: Unit, q: &str) -> Result<Vec<Candidate>> {
    member_scope(staff, unit)?;
    let connection = roster.database.read();
    let row = unit::find(connection, unit).await?;
    let mut stores = stores::named(connection).await?;
    stores.retain(|(store, _)| row.store_id.is_none_or(|only| only == *store));
    let is_one = stores.len() < 2;
    let mut candidates = Vec::new();
    for (store, name) in stores {
        // What there is room for still: the default store comes first.
        let room = CANDIDATES.saturating_sub(candidates.len());
        let filter = Filter { q: q.into(), store: Some(store), ..Filter::default() };
        let size = PageSize::try_from(CANDIDATES as u32).ok();
        let page = crate::users::list(roster, staff, &ListState { filter, size, ..ListState::default() }).await?;
        candidates.extend(page.rows.into_iter().take(room).map(|row| Candidate {
            id: row.id,
            name: row.name,
            email: row.email,
            is_member: false,
            store: (!is_one).then(|| name.clone()),
        }));
        if candidates.len() >= CANDIDATES {
            break;
        }
    }
    let ids: Vec<_> = candidates.iter().map(|one| one.id).collect();
    let members = members_among(connection, unit, &ids).await?;
    for one in &mut candidates {
        one.is_member = members.contains(&one.id);
    }
    Ok(candidates)
}

/// Puts accounts into the unit; those who cannot be are left out, with the reason. Needs **Change
/// the groups of users** over each, or **Change groups and organizations** for an organization.
pub async fn add(context: &Context, staff: &Staff, unit: Unit, ids: &[AccountId]) -> Result<MemberReport> {
    change(context, staff, unit, ids, true).await
}

/// Takes accounts out of the unit. Needs what [`add`] needs.
pub async fn remove(context: &Context, staff: &Staff, unit: Unit, ids: &[AccountId]) -> Result<MemberReport> {
    change(context, staff, unit, ids, false).await
}

async fn change(context: &Context, staff: &Staff, unit: Unit, ids: &[AccountId], adding: bool) -> Result<MemberReport> {
    let scope = member_scope(staff, unit)?;
    if ids.len() > MEMBERS_MOST {
        return Err(Error::not_allowed(format!("At most {MEMBERS_MOST} people at once.")));
    }
    let wanted: HashSet<_> = ids.iter().copied().collect();
    let transaction = context.database.begin().await?;
    let row = shared(&transaction, unit).await?;
    // In the order of ids, so that two who change the same people wait for each other.
    let found = scope
        .accounts()
        .filter(accounts::Column::Id.is_in(wanted.iter().copied()))
        .order_by_asc(accounts::Column::Id)
        .lock(TO_CHANGE)
        .all(&transaction)
        .await?;
    let ids: Vec<_> = found.iter().map(|account| account.id).collect();
    let members = members_among(&transaction, unit, &ids).await?;
    let holding_more = holding_more(&transaction, staff, &ids).await?;
    let mut skipped = BTreeMap::new();
    let mut skip = |why: &str, count: usize| *skipped.entry(why.to_owned()).or_default() += count as i64;
    if wanted.len() > found.len() {
        skip(NOT_THERE, wanted.len() - found.len());
    }
    let mut chosen = Vec::new();
    for account in found {
        match () {
            () if members.contains(&account.id) == adding => skip(if adding { ALREADY_IN } else { NOT_IN }, 1),
            () if holding_more.contains(&account.id) => skip(HOLDS_MORE, 1),
            () if row.store_id.is_some_and(|store| store != account.store_id) => skip(OTHER_STORE, 1),
            () => chosen.push(account.id),
        }
    }
    if !chosen.is_empty() {
        store(&transaction, context, unit, &chosen, adding).await?;
        let kind = match (unit.kind(), adding) {
            (UnitKind::Group, true) => EventKind::GroupAdded,
            (UnitKind::Group, false) => EventKind::GroupRemoved,
            (UnitKind::Organization, true) => EventKind::OrganizationAdded,
            (UnitKind::Organization, false) => EventKind::OrganizationRemoved,
        };
        let name = Some(row.name.as_str());
        let (old, new) = if adding { (None, name) } else { (name, None) };
        let change = FieldChange::new(unit.kind().word(), old, new);
        let written = chosen.iter().map(|id| Event::new(kind).by(staff).on(*id).changes(vec![change.clone()]));
        events::write_all(&transaction, context, written.collect()).await?;
    }
    transaction.commit().await?;
    Ok(MemberReport { done: chosen.len() as i64, skipped: skipped.into_iter().collect() })
}

/// The row, kept from being deleted until the transaction ends.
async fn shared(transaction: &DatabaseTransaction, unit: Unit) -> Result<unit::Row> {
    if transaction.get_database_backend() != DbBackend::Sqlite {
        let sql = format!("SELECT 1 FROM {} WHERE id = $1 FOR KEY SHARE", words(unit.kind()).table);
        transaction.query_one_raw(statement(transaction, sql, [id_of(unit).into()])).await?;
    }
    unit::find(transaction, unit).await
}

async fn store(
    transaction: &DatabaseTransaction,
    context: &Context,
    unit: Unit,
    ids: &[AccountId],
    adding: bool,
) -> Result<()> {
    let Words { memberships, id, .. } = words(unit.kind());
    let list = unit::list(ids.iter().map(|id| id.0), transaction.get_database_backend());
    let statement = if adding {
        statement(
            transaction,
            format!(
                "INSERT INTO {memberships} ({id}, account_id, added_at) SELECT $1, a.id, $2 FROM accounts a WHERE a.id IN ({list})"
            ),
            [id_of(unit).into(), context.now().into()],
        )
    } else {
        let sql = format!("DELETE FROM {memberships} WHERE {id} = $1 AND account_id IN ({list})");
        statement(transaction, sql, [id_of(unit).into()])
    };
    transaction.execute_raw(statement).await?;
    Ok(())
}

async fn members_among(connection: &impl ConnectionTrait, unit: Unit, ids: &[AccountId]) -> Result<HashSet<AccountId>> {
    #[derive(FromQueryResult)]
    struct Member {
        account_id: AccountId,
    }
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let Words { memberships, id, .. } = words(unit.kind());
    let list = unit::list(ids.iter().map(|id| id.0), connection.get_database_backend());
    let sql = format!("SELECT account_id FROM {memberships} WHERE {id} = $1 AND account_id IN ({list})");
    let rows = Member::find_by_statement(statement(connection, sql, [id_of(unit).into()])).all(connection).await?;
    Ok(rows.into_iter().map(|row| row.account_id).collect())
}

/// Everybody who is in it.
#[cfg(test)]
pub(super) async fn ids_of(database: &crate::Database, unit: Unit) -> Vec<AccountId> {
    #[derive(FromQueryResult)]
    struct Member {
        account_id: AccountId,
    }
    let Words { memberships, id, .. } = words(unit.kind());
    let sql = format!("SELECT account_id FROM {memberships} WHERE {id} = $1 ORDER BY account_id");
    let connection = database.read();
    let rows =
        Member::find_by_statement(statement(connection, sql, [id_of(unit).into()])).all(connection).await.unwrap();
    rows.into_iter().map(|row| row.account_id).collect()
}
