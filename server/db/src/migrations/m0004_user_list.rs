//! What the user list needs at any size: counters that the database keeps itself, one index for each
//! sort under each onboarding state, and what the filters ask.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let id = if sqlite { "BLOB" } else { "UUID" };
        let key = if sqlite { "TEXT" } else { "TEXT COLLATE \"C\"" };
        // The activation mails' own migration adds it where they came first.
        if !manager.has_column("accounts", "activation_sent_at").await? {
            connection.execute_unprepared("ALTER TABLE accounts ADD COLUMN activation_sent_at BIGINT").await?;
        }
        for (state, condition) in STATES {
            for (sort, column) in SORTS {
                let index = format!(
                    "CREATE INDEX accounts_{state}_by_{sort} ON accounts (store_id, {column}, id) \
                     WHERE deleted_at IS NULL AND {condition}"
                );
                connection.execute_unprepared(&index).await?;
            }
        }
        for statement in TABLES.iter().chain(INDEXES) {
            connection.execute_unprepared(&statement.replace("{id}", id).replace("{key}", key)).await?;
        }
        // Counted anew by kinds; from here on the triggers keep them.
        connection.execute_unprepared("DELETE FROM account_counts").await?;
        connection
            .execute_unprepared(&format!("INSERT INTO account_counts (store_id, kind, count) {}", counted()))
            .await?;
        for statement in if sqlite { sqlite_triggers() } else { postgres_triggers() } {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const STATES: [(&str, &str); 3] = [
    ("onboarded", "onboarded_at IS NOT NULL"),
    ("pending_activation", "onboarded_at IS NULL AND activation_sent_at IS NOT NULL"),
    ("not_registered", "onboarded_at IS NULL AND activation_sent_at IS NULL"),
];

const SORTS: [(&str, &str); 4] =
    [("name", "name_key"), ("email", "email_key"), ("created", "created_at"), ("last_sign_in", "last_sign_in_at")];

const TABLES: &[&str] = &[
    "CREATE TABLE saved_views (
        id {id} NOT NULL PRIMARY KEY,
        owner_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        name_key {key} NOT NULL,
        query TEXT NOT NULL,
        is_shared BOOLEAN NOT NULL,
        version BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        UNIQUE (owner_id, name_key)
    )",
    "CREATE TABLE exports (
        id {id} NOT NULL PRIMARY KEY,
        started_by {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        request TEXT NOT NULL,
        state TEXT NOT NULL,
        total BIGINT NOT NULL,
        done BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    )",
];

const INDEXES: &[&str] = &[
    "CREATE INDEX exports_by_time ON exports (created_at)",
    "CREATE INDEX saved_views_shared ON saved_views (name_key) WHERE is_shared",
    "CREATE INDEX accounts_unverified ON accounts (store_id, created_at, id)
        WHERE deleted_at IS NULL AND email_verified_at IS NULL",
    "CREATE INDEX accounts_verified ON accounts (store_id, created_at, id)
        WHERE deleted_at IS NULL AND email_verified_at IS NOT NULL",
];

/// The kind of an account: its state, and whether it is disabled.
fn kind(row: &str) -> String {
    format!(
        "CASE WHEN {row}onboarded_at IS NOT NULL THEN 'onboarded' \
         WHEN {row}activation_sent_at IS NOT NULL THEN 'pending_activation' ELSE 'not_registered' END \
         || CASE WHEN {row}disabled_at IS NULL THEN '' ELSE '.disabled' END"
    )
}

/// What the counters have to say.
fn counted() -> String {
    format!(
        "SELECT store_id, {} AS kind, COUNT(*) AS count FROM accounts WHERE deleted_at IS NULL GROUP BY 1, 2",
        kind("")
    )
}

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
        format!("CREATE TRIGGER accounts_count_insert AFTER INSERT ON accounts BEGIN {more} END"),
        format!("CREATE TRIGGER accounts_count_delete AFTER DELETE ON accounts BEGIN {less} END"),
        format!(
            "CREATE TRIGGER accounts_count_update \
             AFTER UPDATE OF store_id, deleted_at, disabled_at, onboarded_at, activation_sent_at ON accounts \
             WHEN old.store_id <> new.store_id OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) OR {old} <> {new} \
             BEGIN {less} {more} END"
        ),
    ]
}

/// Once a statement, so that a thousand accounts change a counter once.
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
    let mut statements = Vec::new();
    let parts = [
        ("insert", "NEW TABLE AS new_rows", changed(&new)),
        ("delete", "OLD TABLE AS old_rows", changed(&old)),
        ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows", changed(&format!("{old} UNION ALL {new}"))),
    ];
    for (event, tables, body) in parts {
        statements.push(format!(
            "CREATE FUNCTION accounts_count_{event}() RETURNS TRIGGER LANGUAGE plpgsql AS \
             $$ BEGIN {body} RETURN NULL; END $$"
        ));
        statements.push(format!(
            "CREATE TRIGGER accounts_count_{event} AFTER {event} ON accounts REFERENCING {tables} \
             FOR EACH STATEMENT EXECUTE FUNCTION accounts_count_{event}()"
        ));
    }
    statements
}
