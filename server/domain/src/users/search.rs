//! Substring search by trigram: what SQLite and PostgreSQL do differently.
//!
//! A search has two plans. Few hits: the index names them, they are sorted. Many hits: the list is
//! walked in its order and the page fills soon. Which one is told by counting hits up to a limit.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{DbBackend, FromQueryResult, Statement, Value};
use types::StoreId;
use types::fold::fold;

use crate::{Database, Result};

/// More hits than this are walked rather than sorted.
pub const FEW: i64 = 2_000;
/// A search has at most so many characters; the rest is not looked at.
const MOST_CHARACTERS: usize = 200;
/// Trigrams need three characters; a shorter search matches beginnings.
const TRIGRAM: usize = 3;

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

    /// The condition that only the named hits fulfil: for few hits.
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
    fn condition(&self, sql: &'static str, values: Vec<Value>) -> SimpleExpr {
        let numbered = |(at, piece): (usize, &str)| if at == 0 { piece.to_owned() } else { format!("${at}{piece}") };
        match self.backend {
            DbBackend::Sqlite => Expr::cust_with_values(sql, values),
            _ => Expr::cust_with_values(sql.split('?').enumerate().map(numbered).collect::<String>(), values),
        }
    }

    /// How many rows the index names, counting no further than `most`.
    pub async fn count_hits(&self, database: &Database, most: i64) -> Result<i64> {
        #[derive(FromQueryResult)]
        struct Row {
            hits: i64,
        }
        let (sql, values): (&str, Vec<Value>) = if self.is_short() {
            let (from, to) = self.range();
            (
                "SELECT COUNT(*) AS hits FROM (\
                 SELECT 1 FROM (SELECT id FROM accounts WHERE store_id = $1 AND deleted_at IS NULL \
                 AND name_key >= $2 AND name_key < $3 LIMIT $4) AS names UNION ALL \
                 SELECT 1 FROM (SELECT id FROM accounts WHERE store_id = $1 AND deleted_at IS NULL \
                 AND email_key >= $2 AND email_key < $3 LIMIT $4) AS emails) AS hits",
                vec![self.store.into(), from.into(), to.into(), most.into()],
            )
        } else if self.backend == DbBackend::Sqlite {
            (
                "SELECT COUNT(*) AS hits FROM (SELECT rowid FROM account_search WHERE account_search MATCH $1 LIMIT $2)",
                vec![self.phrase().into(), most.into()],
            )
        } else {
            (
                "SELECT COUNT(*) AS hits FROM (SELECT 1 FROM accounts WHERE search_text LIKE $1 LIMIT $2) AS hits",
                vec![self.pattern().into(), most.into()],
            )
        };
        let statement = Statement::from_sql_and_values(self.backend, sql, values);
        Ok(Row::find_by_statement(statement).one(database.read()).await?.map_or(0, |row| row.hits))
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
