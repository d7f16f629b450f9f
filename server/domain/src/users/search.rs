//! Substring search by trigram: what SQLite and PostgreSQL do differently.
//!
//! A search has two plans. Few hits: the index names them, they are sorted. Many hits: the list is
//! walked in its order and the page fills soon. Neither database can tell which is better, so the
//! index is asked first, up to a limit, and what it names is given to the page by row.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};
use types::fold::fold;
use types::{AccountId, StoreId};

use crate::{Database, Result};

/// More hits than this are walked rather than sorted.
pub const FEW: i64 = 2_000;
/// A search has at most so many characters; the rest is not looked at.
const MOST_CHARACTERS: usize = 200;
/// Trigrams need three characters; a shorter search matches beginnings.
const TRIGRAM: usize = 3;

/// Rows of accounts, as a list: numbers on SQLite, ids on PostgreSQL.
#[derive(Clone, Debug)]
pub struct Hits(String);

/// A search, folded as the rows are.
#[derive(Clone, Debug)]
pub struct Needle {
    text: String,
    store: StoreId,
    backend: DbBackend,
}

impl Needle {
    /// `None` when there is nothing to search for. Control characters, which no row holds and
    /// PostgreSQL does not take, are left out.
    pub fn new(q: &str, store: StoreId, backend: DbBackend) -> Option<Self> {
        let text: String = q.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
        let text = fold(text.trim());
        (!text.is_empty()).then_some(Self { text, store, backend })
    }

    fn is_short(&self) -> bool {
        self.text.chars().count() < TRIGRAM
    }

    /// The condition on a row of accounts, without any index.
    pub fn matches(&self) -> SimpleExpr {
        if self.is_short() {
            // Beginnings of name or address, as ranges.
            let (from, to) = self.range();
            self.condition(
                "((accounts.name_key >= ? AND accounts.name_key < ?) OR (accounts.email_key >= ? AND accounts.email_key < ?))",
                vec![from.clone().into(), to.clone().into(), from.into(), to.into()],
            )
        } else if self.backend == DbBackend::Sqlite {
            self.condition("instr(accounts.search_text, ?) > 0", vec![self.text.clone().into()])
        } else {
            self.condition("strpos(accounts.search_text, ?) > 0", vec![self.text.clone().into()])
        }
    }

    /// The condition by the index: for all hits at once, in no order.
    pub fn is_among_hits(&self) -> SimpleExpr {
        if self.is_short() {
            let (from, to) = self.range();
            self.condition(
                "accounts.id IN (SELECT h.id FROM accounts h WHERE h.store_id = ? AND h.deleted_at IS NULL \
                 AND h.name_key >= ? AND h.name_key < ? UNION SELECT h.id FROM accounts h WHERE h.store_id = ? \
                 AND h.deleted_at IS NULL AND h.email_key >= ? AND h.email_key < ?)",
                vec![
                    self.store.into(),
                    from.clone().into(),
                    to.clone().into(),
                    self.store.into(),
                    from.into(),
                    to.into(),
                ],
            )
        } else if self.backend == DbBackend::Sqlite {
            self.condition(
                "accounts.row_number IN (SELECT rowid FROM account_search WHERE account_search MATCH ?)",
                vec![self.phrase().into()],
            )
            .and(self.matches())
        } else {
            self.condition("accounts.search_text LIKE ?", vec![self.pattern().into()])
        }
    }

    /// A condition written out, with a `?` for each value in turn: sea-query reads `?` for SQLite
    /// and `$1` for PostgreSQL, and takes the other for plain text.
    pub(super) fn condition(&self, sql: &'static str, values: Vec<Value>) -> SimpleExpr {
        let numbered = |(at, piece): (usize, &str)| if at == 0 { piece.to_owned() } else { format!("${at}{piece}") };
        match self.backend {
            DbBackend::Sqlite => Expr::cust_with_values(sql, values),
            _ => Expr::cust_with_values(sql.split('?').enumerate().map(numbered).collect::<String>(), values),
        }
    }

    /// The rows that the index names, when they are few.
    pub async fn few_hits(&self, database: &Database) -> Result<Option<Hits>> {
        let (row, rows) = match self.backend {
            DbBackend::Sqlite => {
                ("row_number", "SELECT rowid AS hit FROM account_search WHERE account_search MATCH $1")
            }
            // Planned for all hits: planned for the first few, it would read the whole table for a rare word.
            _ => ("id", "SELECT id AS hit FROM accounts WHERE search_text LIKE $1"),
        };
        let (sql, values): (String, Vec<Value>) = if self.is_short() {
            let (from, to) = self.range();
            let some = |key| {
                format!(
                    "SELECT hit FROM (SELECT {row} AS hit FROM accounts WHERE store_id = $1 AND deleted_at IS NULL \
                     AND {key} >= $2 AND {key} < $3 LIMIT $4) AS by_{key}"
                )
            };
            let sql = format!("{} UNION {} LIMIT $4", some("name_key"), some("email_key"));
            (sql, vec![self.store.into(), from.into(), to.into(), (FEW + 1).into()])
        } else {
            let text = if self.backend == DbBackend::Sqlite { self.phrase() } else { self.pattern() };
            let sql = format!("WITH hits AS MATERIALIZED ({rows}) SELECT hit FROM hits LIMIT $2");
            (sql, vec![text.into(), (FEW + 1).into()])
        };
        let transaction = database.begin_search().await?;
        let found = transaction.query_all_raw(Statement::from_sql_and_values(self.backend, sql, values)).await?;
        transaction.commit().await?;
        if found.len() as i64 > FEW {
            return Ok(None);
        }
        let rows: Result<Vec<String>, DbErr> = found
            .iter()
            .map(|row| match self.backend {
                DbBackend::Sqlite => Ok(row.try_get::<i64>("", "hit")?.to_string()),
                _ => Ok(row.try_get::<AccountId>("", "hit")?.to_string()),
            })
            .collect();
        Ok(Some(Hits(rows?.join(","))))
    }

    /// The condition that only the named rows fulfil.
    pub fn is_one_of(&self, hits: &Hits) -> SimpleExpr {
        if self.backend == DbBackend::Sqlite {
            let list = format!("[{}]", hits.0);
            let named = "accounts.row_number IN (SELECT value FROM json_each(?))";
            self.condition(named, vec![list.into()]).and(self.matches())
        } else {
            let list = format!("{{{}}}", hits.0);
            self.condition("accounts.id = ANY(CAST(? AS uuid[]))", vec![list.into()])
        }
    }

    fn range(&self) -> (String, String) {
        (self.text.clone(), format!("{}\u{10FFFF}", self.text))
    }

    /// A phrase of FTS5: quotes are doubled, everything else is literal.
    fn phrase(&self) -> String {
        format!("\"{}\"", self.text.replace('"', "\"\""))
    }

    /// A pattern of LIKE with its three special characters made literal.
    fn pattern(&self) -> String {
        let literal = self.text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        format!("%{literal}%")
    }
}

#[cfg(test)]
impl Hits {
    /// Every account with the text, as if they were few.
    pub async fn all(database: &Database, text: &str) -> Self {
        let row = if database.is_sqlite() { "CAST(row_number AS TEXT)" } else { "CAST(id AS TEXT)" };
        let all = Statement::from_string(
            database.backend(),
            format!("SELECT {row} AS hit FROM accounts WHERE search_text LIKE '%{text}%'"),
        );
        let rows = database.read().query_all_raw(all).await.unwrap();
        Self(rows.iter().map(|row| row.try_get::<String>("", "hit").unwrap()).collect::<Vec<_>>().join(","))
    }
}
