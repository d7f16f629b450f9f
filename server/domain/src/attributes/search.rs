//! Finding accounts by a value: the whole of a choice or date, any part of a text.
//!
//! As with the search box there are two plans: gather what the index names, or walk the list in its
//! order and ask of each row.

use db::entities::account_attributes;
use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement, SimpleExpr};
use sea_orm::{DbBackend, Value};
use types::AttributeId;
use types::attributes::{AttributeDefinition, search_key};

/// Trigrams need three characters; a shorter search matches beginnings.
const TRIGRAM: usize = 3;

/// What is searched for in one attribute.
#[derive(Clone, Debug)]
pub struct Needle {
    attribute: AttributeId,
    text: String,
    how: How,
    backend: DbBackend,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Whole,
    Beginning,
    Part,
}

impl Needle {
    /// `None` when there is nothing to search for. A yes/no is searched for as it is stored.
    pub fn new(definition: &AttributeDefinition, typed: &str, backend: DbBackend) -> Option<Self> {
        let typed: String = typed.chars().filter(|c| !c.is_control()).collect();
        let typed =
            if definition.kind.is_text() { typed } else { definition.parse(&typed).ok().flatten().unwrap_or(typed) };
        let text = search_key(&typed);
        let how = match definition.kind.is_text() {
            false => How::Whole,
            // PostgreSQL makes trigrams of letters and digits only.
            true if text.chars().count() < TRIGRAM || !text.chars().any(char::is_alphanumeric) => How::Beginning,
            true => How::Part,
        };
        (!text.is_empty()).then_some(Self { attribute: definition.id, text, how, backend })
    }

    /// The condition on a row of accounts, for a walk.
    pub fn matches(&self) -> SimpleExpr {
        let part = if self.backend == DbBackend::Sqlite {
            "instr(aa.value_key, ?) > 0"
        } else {
            "strpos(aa.value_key, ?) > 0"
        };
        let (condition, values) = self.condition(part);
        self.expression(
            &format!(
                "EXISTS (SELECT 1 FROM account_attributes aa WHERE aa.account_id = accounts.id AND aa.attribute_id = ? AND {condition})"
            ),
            values,
        )
    }

    /// The accounts that the index names, each once. On SQLite they have still to pass
    /// [`Self::matches`].
    pub fn ids(&self) -> SelectStatement {
        let part = if self.backend == DbBackend::Sqlite {
            "aa.row_number IN (SELECT rowid FROM account_attribute_search WHERE account_attribute_search MATCH ?)"
        } else {
            "aa.is_text AND aa.value_key LIKE ?"
        };
        let (condition, mut values) = self.condition(part);
        if self.how == How::Part {
            let text = if self.backend == DbBackend::Sqlite { self.phrase() } else { self.pattern() };
            values = vec![self.attribute.into(), text.into()];
        }
        let aa = Alias::new("aa");
        Query::select()
            .expr_as(Expr::col((aa.clone(), account_attributes::Column::AccountId)), Alias::new("id"))
            .from_as(account_attributes::Entity, aa)
            .and_where(self.expression(&format!("aa.attribute_id = ? AND {condition}"), values))
            .to_owned()
    }

    /// Whether what the index names is all that matches and nothing else.
    pub fn is_exact(&self) -> bool {
        self.how != How::Part || self.backend != DbBackend::Sqlite
    }

    fn condition(&self, part: &'static str) -> (&'static str, Vec<Value>) {
        let text = || Value::from(self.text.clone());
        match self.how {
            How::Whole => ("aa.value_key = ?", vec![self.attribute.into(), text()]),
            How::Beginning => (
                "aa.value_key >= ? AND aa.value_key < ?",
                vec![self.attribute.into(), text(), format!("{}\u{10FFFF}", self.text).into()],
            ),
            How::Part => (part, vec![self.attribute.into(), text()]),
        }
    }

    /// sea-query reads `?` for SQLite and `$1` for PostgreSQL, and takes the other for plain text.
    fn expression(&self, sql: &str, values: Vec<Value>) -> SimpleExpr {
        match self.backend {
            DbBackend::Sqlite => Expr::cust_with_values(sql.to_owned(), values),
            _ => Expr::cust_with_values(numbered(sql), values),
        }
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

/// `$1`, `$2` for each `?` in turn: both databases read them.
fn numbered(sql: &str) -> String {
    let piece = |(at, piece): (usize, &str)| if at == 0 { piece.to_owned() } else { format!("${at}{piece}") };
    sql.split('?').enumerate().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use db::entities::accounts;
    use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Statement};
    use types::attributes::AttributeKind;

    use super::*;
    use crate::testing::{self, form_with};
    use crate::{Context, Staff, attributes, users};

    async fn found(context: &Context, staff: &Staff, key: &str, typed: &str) -> Vec<String> {
        let definitions = attributes::definitions(&context.database, staff, None).await.unwrap();
        let definition = definitions.iter().find(|one| one.key == key).unwrap();
        let needle = Needle::new(definition, typed, context.database.backend()).unwrap();
        let names = async |condition: SimpleExpr| {
            let rows = accounts::Entity::find().filter(condition).all(context.database.read()).await.unwrap();
            let mut names: Vec<_> = rows.into_iter().map(|row| row.name).collect();
            names.sort();
            names
        };
        let gathered = names(accounts::Column::Id.in_subquery(needle.ids())).await;
        assert_eq!(names(needle.matches()).await, gathered, "{key} {typed}");
        gathered
    }

    #[tokio::test]
    async fn finds_parts_of_texts_and_whole_choices_literally() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let searchable = |form: &mut types::attributes::AttributeForm| {
                form.searchable = true;
                form.choices = "Sales\nAfter sales".into();
            };
            testing::attribute(&context, &owner, "title", AttributeKind::Text, searchable).await;
            testing::attribute(&context, &owner, "team", AttributeKind::Choice, searchable).await;
            testing::attribute(&context, &owner, "active", AttributeKind::YesNo, searchable).await;
            let people = [
                ("ada", "Ingénieure 100%_\\\"x", "Sales", "yes"),
                ("eve", "Chief engineer", "After sales", "no"),
                ("joe", "Ben", "Sales", ""),
            ];
            for (name, title, team, active) in people {
                let values = [("title", title), ("team", team), ("active", active)];
                users::create(&context, &owner, &form_with(name, &values), &[]).await.unwrap();
            }
            let nobody: [&str; 0] = [];
            assert_eq!(found(&context, &owner, "title", "ENI").await, ["ada"]);
            assert_eq!(found(&context, &owner, "title", "engi").await, ["eve"]);
            assert_eq!(found(&context, &owner, "title", "0%_\\\"").await, ["ada"]);
            assert_eq!(found(&context, &owner, "title", "100__").await, nobody);
            assert_eq!(found(&context, &owner, "title", "be").await, ["joe"]);
            assert_eq!(found(&context, &owner, "title", "en").await, nobody);
            assert_eq!(found(&context, &owner, "team", "sales").await, ["ada", "joe"]);
            assert_eq!(found(&context, &owner, "active", "Yes").await, ["ada"]);
        })
        .await;
    }

    #[tokio::test]
    async fn nothing_is_read_from_end_to_end() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::attribute(&context, &owner, "title", AttributeKind::Text, |form| form.searchable = true).await;
            testing::many(&context, 3_000, |at| testing::form(&format!("p{at}"))).await;
            let transaction = context.database.begin().await.unwrap();
            let fill = "INSERT INTO account_attributes (account_id, attribute_id, value_key, is_unique, is_text) \
                SELECT accounts.id, attributes.id, 'title ' || substr(accounts.email, 2, 4), false, true FROM accounts, attributes";
            transaction.execute_unprepared(fill).await.unwrap();
            transaction.commit().await.unwrap();
            for table in ["account_attributes", "accounts"] {
                let write = context.database.begin().await.unwrap();
                write.execute_unprepared(&format!("ANALYZE {table}")).await.unwrap();
                write.commit().await.unwrap();
            }
            let definition = attributes::definitions(&context.database, &owner, None).await.unwrap().remove(0);
            let backend = context.database.backend();
            for typed in ["ti", "2718", "title 2718"] {
                let needle = Needle::new(&definition, typed, backend).unwrap();
                let explain = if backend == DbBackend::Sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
                let query = accounts::Entity::find().filter(accounts::Column::Id.in_subquery(needle.ids())).limit(5).build(backend);
                let (text, values) = (format!("{explain} {}", query.sql), query.values.map(|values| values.0));
                // So few rows would else be read from end to end; whether the index could be taken is asked.
                let plan = context
                    .database
                    .search()
                    .query_all_raw(Statement::from_sql_and_values(backend, text, values.unwrap_or_default()))
                    .await
                    .unwrap();
                let column = if backend == DbBackend::Sqlite { "detail" } else { "QUERY PLAN" };
                let lines: Vec<String> = plan.iter().map(|row| row.try_get("", column).unwrap()).collect();
                let whole = |line: &&String| {
                    line.contains("SCAN accounts") || line.contains("SCAN aa") || line.contains("Seq Scan on account_attributes")
                };
                assert!(!lines.iter().any(|line| whole(&line)), "{typed}: {lines:#?}");
            }
        })
        .await;
    }
}
