//! Substring search by trigram: what SQLite and PostgreSQL do differently.

use db::entities::accounts;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{DbBackend, Value};
use types::StoreId;
use types::fold::fold;

use super::list::{Lead, Part};

/// A search has at most so many characters; the rest is not looked at.
const MOST_CHARACTERS: usize = 200;
/// Trigrams need three characters; a shorter search matches beginnings.
const TRIGRAM: usize = 3;

/// A search, folded as the rows are.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    text: String,
    store: StoreId,
    backend: DbBackend,
}

/// A condition written out, with a `?` for each value in turn: sea-query reads `?` for SQLite
/// and `$1` for PostgreSQL, and takes the other for plain text.
pub(super) fn condition(backend: DbBackend, sql: &str, values: Vec<Value>) -> SimpleExpr {
    let numbered = |(at, piece): (usize, &str)| if at == 0 { piece.to_owned() } else { format!("${at}{piece}") };
    match backend {
        DbBackend::Sqlite => Expr::cust_with_values(sql.to_owned(), values),
        _ => Expr::cust_with_values(sql.split('?').enumerate().map(numbered).collect::<String>(), values),
    }
}

impl Needle {
    /// `None` when there is nothing to search for. Control characters, which no row holds and
    /// PostgreSQL does not take, are left out.
    pub(super) fn new(q: &str, store: StoreId, backend: DbBackend) -> Option<Self> {
        let text: String = q.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
        let text = fold(text.trim());
        (!text.is_empty()).then_some(Self { text, store, backend })
    }

    /// Too short for trigrams, or all signs: PostgreSQL makes trigrams of letters and digits only,
    /// and would read its whole index for none.
    fn is_short(&self) -> bool {
        self.text.chars().count() < TRIGRAM || !self.text.chars().any(char::is_alphanumeric)
    }

    /// In any part of name, e-mail, username or phone.
    pub(super) fn anywhere(&self) -> Part {
        if self.is_short() {
            let (by_name, by_address) = (self.begins("accounts.name_key"), self.begins("accounts.email_key"));
            let only_by_address = self.beginning("h.email_key").and(self.begins("h.name_key").not());
            let ids = self.beginnings("h.name_key").union(UnionType::All, self.rows(only_by_address)).to_owned();
            Part { lead: Lead { ids, by_row: false }, test: by_name.or(by_address), exact: true, in_order: false }
        } else {
            Part {
                lead: self.hits(),
                test: self.is_part_of("accounts.search_text"),
                exact: self.backend != DbBackend::Sqlite,
                in_order: false,
            }
        }
    }

    /// In one attribute, which is part of what is searched; `None`: too short for its index.
    pub(super) fn in_field(&self, column: &str) -> Option<Part> {
        if !self.is_short() {
            return Some(Part { lead: self.hits(), test: self.is_part_of(column), exact: false, in_order: false });
        }
        let key = column.strip_prefix("accounts.").filter(|key| ["name_key", "email_key"].contains(key))?;
        let ids = self.beginnings(&format!("h.{key}"));
        Some(Part { lead: Lead { ids, by_row: false }, test: self.begins(column), exact: true, in_order: false })
    }

    fn is_part_of(&self, column: &str) -> SimpleExpr {
        let find = if self.backend == DbBackend::Sqlite { "instr" } else { "strpos" };
        self.condition(&format!("{find}({column}, ?) > 0"), vec![self.text.clone().into()])
    }

    /// The trigram index's answer: numbers of rows on SQLite, ids on PostgreSQL.
    fn hits(&self) -> Lead {
        if self.backend == DbBackend::Sqlite {
            let ids = Query::select()
                .expr_as(Expr::cust("rowid"), Alias::new("id"))
                .from(Alias::new("account_search"))
                .and_where(self.condition("account_search MATCH ?", vec![self.phrase().into()]))
                .to_owned();
            Lead { ids, by_row: true }
        } else {
            let ids = self.rows(self.condition("h.search_text LIKE ?", vec![self.pattern().into()]));
            Lead { ids, by_row: false }
        }
    }

    fn rows(&self, which: SimpleExpr) -> SelectStatement {
        let h = Alias::new("h");
        Query::select()
            .column((h.clone(), accounts::Column::Id))
            .from_as(accounts::Entity, h)
            .and_where(which)
            .to_owned()
    }

    fn beginnings(&self, key: &str) -> SelectStatement {
        self.rows(self.beginning(key))
    }

    /// A range of the key's index.
    fn beginning(&self, key: &str) -> SimpleExpr {
        self.condition("h.store_id = ? AND h.deleted_at IS NULL", vec![self.store.into()]).and(self.begins(key))
    }

    fn begins(&self, key: &str) -> SimpleExpr {
        let to = format!("{}\u{10FFFF}", self.text);
        self.condition(&format!("({key} >= ? AND {key} < ?)"), vec![self.text.clone().into(), to.into()])
    }

    fn condition(&self, sql: &str, values: Vec<Value>) -> SimpleExpr {
        condition(self.backend, sql, values)
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
