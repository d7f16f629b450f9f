//! What the databases' planners make of the list's queries: no page reads all accounts, and only
//! rows that are named already are sorted.

use sea_orm::Statement;
use types::permissions::BuiltInRole;

use super::*;
use crate::{Context, testing};

/// Some thousand accounts of every kind, and staff of all, of a few and of many of them.
async fn filled(context: &Context) -> [Staff; 3] {
    let owner = testing::owner(context).await;
    let letters = |at: usize| [at % 26, at / 26 % 26].map(|letter| char::from(b'a' + letter as u8));
    let name = |at: usize| format!("{}person{at}", letters(at).iter().collect::<String>());
    let ids = testing::many(context, 8_000, |at| testing::form(&name(at))).await;
    let transaction = context.database.begin().await.unwrap();
    for statement in [
        "UPDATE accounts SET disabled_at = 1 WHERE email_key LIKE '%2@example.com'",
        "UPDATE accounts SET deleted_at = 1 WHERE email_key LIKE '%55@example.com'",
        "UPDATE accounts SET locked_until = 9999999999999 WHERE email_key LIKE '%88@example.com'",
        "UPDATE accounts SET created_at = length(email_key), last_sign_in_at = length(name_key)",
    ] {
        transaction.execute_unprepared(statement).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let few = testing::organization(context, "Few", &ids[..40]).await;
    let many = testing::organization(context, "Many", &ids[..FEW_MEMBERS as usize + 100]).await;
    let of_few = testing::staff_with(context, &owner, "few", BuiltInRole::HelpDesk, Some(few)).await;
    let of_many = testing::staff_with(context, &owner, "many", BuiltInRole::HelpDesk, Some(many)).await;
    if !context.database.is_sqlite() {
        context.database.read().execute_unprepared("ANALYZE").await.unwrap();
    }
    [owner, of_few, of_many]
}

/// Every sort, both ways, at every kind of position.
fn states(filter: &Filter) -> Vec<ListState> {
    let mut states = Vec::new();
    for sort in SortKey::ALL {
        let value = match sort {
            SortKey::Name | SortKey::Email => CursorValue::Text("mm".into()),
            SortKey::Created | SortKey::LastSignIn => CursorValue::Moment(Timestamp(24)),
        };
        let cursor = Cursor { value, id: AccountId(uuid::Uuid::from_u128(u128::MAX / 2)) }.to_string();
        for dir in [Direction::Ascending, Direction::Descending] {
            let beyond = [Position::After(cursor.clone()), Position::Before(cursor.clone())];
            for position in beyond.into_iter().chain([Position::First, Position::Last]) {
                states.push(ListState { filter: filter.clone(), sort, dir, size: None, position });
            }
        }
    }
    states
}

async fn explain(context: &Context, statement: Statement) -> String {
    let (explain, column) = match context.database.backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let text = Statement::from_string(context.database.backend(), format!("{explain} {statement}"));
    let rows = context.database.read().query_all_raw(text).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect::<Vec<_>>().join("\n")
}

/// Every plan that the list can have, with its query and what it is for.
async fn plans(context: &Context) -> Vec<(ListQuery, ListState, String)> {
    let mut plans = Vec::new();
    for staff in filled(context).await {
        for status in StatusFilter::ALL.into_iter().map(Some).chain([None]) {
            for q in ["", "mm", "person77", "person"] {
                let filter = Filter { q: q.into(), status, store: None };
                for state in states(&filter) {
                    let scope = staff.require(Permission::ViewUsers).unwrap();
                    let query = ListQuery::plan(context, scope, &filter).await.unwrap();
                    let plan = explain(context, query.statement(&state)).await;
                    plans.push((query, state, plan));
                }
            }
        }
    }
    plans
}

#[tokio::test]
async fn sqlite_walks_the_index_of_the_sort_or_gathers_what_is_named() {
    // Without statistics, as installations have none.
    let sqlite = testing::sqlite().await;
    for (query, state, plan) in plans(&sqlite.context).await {
        let named = query.hits.is_some() || query.members.is_some_and(|members| members <= FEW_MEMBERS);
        assert!(!plan.contains("SCAN accounts"), "{state:?}\n{plan}");
        if named {
            assert!(!plan.contains("(store_id=?"), "{state:?}\n{plan}");
        } else {
            let status = state.filter.status.map(|status| format!("{}_", status.key())).unwrap_or_default();
            let index = format!("accounts_{status}by_{} (store_id=?", state.sort.key());
            assert!(plan.contains(&index) && !plan.contains("TEMP B-TREE"), "{state:?}\n{plan}");
        }
    }
}

#[tokio::test]
async fn postgres_reads_no_table_to_its_end() {
    let context = testing::postgres().await;
    for (query, state, plan) in plans(&context).await {
        assert!(!plan.contains("Seq Scan on accounts"), "{state:?}\n{plan}");
        let walks = query.needle.is_none() && query.scope.is_everywhere();
        if walks && state.filter.status != Some(StatusFilter::Locked) {
            assert!(!plan.contains("Sort"), "{state:?}\n{plan}");
        }
    }
}
