//! Filters by second factor and by the end of a password; how many have a second factor is counted.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        let triggers = match manager.get_database_backend() {
            DbBackend::Sqlite => sqlite_triggers(),
            _ => postgres_triggers(),
        };
        for statement in triggers {
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared("DELETE FROM account_counts").await?;
        connection
            .execute_unprepared(&format!(
                "INSERT INTO account_counts (store_id, kind, count) SELECT store_id, {}, COUNT(*) FROM accounts \
                 WHERE deleted_at IS NULL GROUP BY 1, 2",
                kind("")
            ))
            .await?;
        Ok(())
    }
}

const INDEXES: &[&str] = &[
    "CREATE INDEX authenticators_by_kind ON authenticators (kind, account_id)",
    "CREATE INDEX accounts_with_second_factor ON accounts (store_id, created_at, id)
        WHERE deleted_at IS NULL AND second_factor IS NOT NULL",
    "CREATE INDEX accounts_without_second_factor ON accounts (store_id, created_at, id)
        WHERE deleted_at IS NULL AND second_factor IS NULL",
    "CREATE INDEX accounts_by_password_expiry ON accounts (store_id, password_expires_at, id)
        WHERE deleted_at IS NULL AND password_expires_at IS NOT NULL",
];

/// The kind of an account: its state, whether it is disabled, and whether it has a second factor.
fn kind(row: &str) -> String {
    format!(
        "CASE WHEN {row}onboarded_at IS NOT NULL THEN 'onboarded' \
         WHEN {row}activation_sent_at IS NOT NULL THEN 'pending_activation' ELSE 'not_registered' END \
         || CASE WHEN {row}disabled_at IS NULL THEN '' ELSE '.disabled' END \
         || CASE WHEN {row}second_factor IS NULL THEN '' ELSE '.second_factor' END"
    )
}

/// The triggers of m0004 with the new kind.
fn sqlite_triggers() -> Vec<String> {
    let (old, new) = (kind("old."), kind("new."));
    let more = format!(
        "INSERT INTO account_counts (store_id, kind, count) SELECT new.store_id, {new}, 1 WHERE new.deleted_at IS NULL \
         ON CONFLICT (store_id, kind) DO UPDATE SET count = count + 1;"
    );
    let less = format!(
        "UPDATE account_counts SET count = count - 1 \
         WHERE old.deleted_at IS NULL AND store_id = old.store_id AND kind = {old};"
    );
    vec![
        "DROP TRIGGER accounts_count_insert".into(),
        "DROP TRIGGER accounts_count_delete".into(),
        "DROP TRIGGER accounts_count_update".into(),
        format!("CREATE TRIGGER accounts_count_insert AFTER INSERT ON accounts BEGIN {more} END"),
        format!("CREATE TRIGGER accounts_count_delete AFTER DELETE ON accounts BEGIN {less} END"),
        format!(
            "CREATE TRIGGER accounts_count_update AFTER UPDATE OF \
             store_id, deleted_at, disabled_at, onboarded_at, activation_sent_at, second_factor ON accounts \
             WHEN old.store_id <> new.store_id OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) OR {old} <> {new} \
             BEGIN {less} {more} END"
        ),
    ]
}

/// The functions of m0004's triggers with the new kind.
fn postgres_triggers() -> Vec<String> {
    let kind = kind("");
    let changed = |rows: &str| {
        format!(
            "INSERT INTO account_counts (store_id, kind, count) \
             SELECT store_id, kind, SUM(change) FROM ({rows}) AS changes \
             GROUP BY store_id, kind HAVING SUM(change) <> 0 ORDER BY store_id, kind \
             ON CONFLICT (store_id, kind) DO UPDATE SET count = account_counts.count + EXCLUDED.count;"
        )
    };
    let old = format!("SELECT store_id, {kind} AS kind, -1 AS change FROM old_rows WHERE deleted_at IS NULL");
    let new = format!("SELECT store_id, {kind} AS kind, 1 AS change FROM new_rows WHERE deleted_at IS NULL");
    [("insert", changed(&new)), ("delete", changed(&old)), ("update", changed(&format!("{old} UNION ALL {new}")))]
        .into_iter()
        .map(|(event, body)| {
            format!(
                "CREATE OR REPLACE FUNCTION accounts_count_{event}() RETURNS TRIGGER LANGUAGE plpgsql AS \
             $$ BEGIN {body} RETURN NULL; END $$"
            )
        })
        .collect()
}
