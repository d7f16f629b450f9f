//! What the databases' planners make of the list's queries: no page reads all accounts, and only
//! what is named already is sorted.

use types::permissions::BuiltInRole;

use super::*;
use crate::{Context, testing};

/// Some thousand accounts of every kind, and organizations of a few and of many of them.
async fn filled(context: &Context) -> [Staff; 3] {
    let owner = testing::owner(context).await;
    let name = |at: usize| testing::form(&format!("u{}person{at}", at % 97));
    let ids = testing::many(context, 8_000, name).await;
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
    [owner, of_few, of_many]
}

/// Every kind of page that the list can show.
async fn states(context: &Context, staff: &Staff, q: &str) -> Vec<ListState> {
    let mut states = Vec::new();
    let size = PageSize::try_from(25).ok();
    let statuses = StatusFilter::ALL.into_iter().map(Some);
    for status in statuses.chain([None]) {
        for sort in SortKey::ALL {
            for dir in [Direction::Ascending, Direction::Descending] {
                let filter = Filter { q: q.into(), status, store: None };
                let first = ListState { filter, sort, dir, size, position: Position::First };
                let cursor = list(context, staff, &first).await.unwrap().after;
                let beyond = cursor.into_iter().flat_map(|at| [Position::After(at.clone()), Position::Before(at)]);
                let positions = beyond.chain([Position::First, Position::Last]);
                states.extend(positions.map(|position| ListState { position, ..first.clone() }));
            }
        }
    }
    states
}

async fn explain(context: &Context, staff: &Staff, state: &ListState) -> String {
    let scope = staff.require(Permission::ViewUsers).unwrap();
    let statement = ListQuery::plan(context, scope, &state.filter).await.unwrap().statement(state);
    let (explain, column) = match context.database.backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let text = Statement::from_string(context.database.backend(), format!("{explain} {statement}"));
    let rows = context.database.read().query_all_raw(text).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn explore() {
    testing::on_both(|context| async move {
        let staff = filled(&context).await;
        for analyze in [false, true] {
            if analyze {
                let transaction = context.database.begin().await.unwrap();
                transaction.execute_unprepared("ANALYZE").await.unwrap();
                transaction.commit().await.unwrap();
            }
            for (at, staff) in staff.iter().enumerate() {
                for q in ["", "u1", "son12", "person"] {
                    for state in states(&context, staff, q).await {
                        let plan = explain(&context, staff, &state).await;
                        println!(
                            "{}|{analyze}|{at}|{q}|{:?}|{:?}|{:?}|{:?}|{}",
                            if context.database.is_sqlite() { "S" } else { "P" },
                            state.filter.status,
                            state.sort,
                            state.dir,
                            state.position,
                            plan.replace('\n', " / ")
                        );
                    }
                }
            }
        }
    })
    .await;
}
