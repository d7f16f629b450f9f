//! Attributes of identity stores (D1): definitions, values, and the index that finds accounts by them.
//!
//! An account's values are JSON in its row, so that a list reads them with the row. Values that are
//! searched for or must be unique stand in `account_attributes` too.

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
        // The full-text index of SQLite names rows by an integer that must outlive a VACUUM.
        let row_key = if sqlite { "row_number INTEGER PRIMARY KEY AUTOINCREMENT," } else { "" };
        for statement in STATEMENTS.iter().chain(if sqlite { SQLITE_SEARCH } else { POSTGRES_SEARCH }) {
            let statement = statement.replace("{row_key}", row_key).replace("{id}", id).replace("{key}", key);
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE UNIQUE INDEX identity_stores_by_name ON identity_stores (lower(name))",
    "ALTER TABLE accounts ADD COLUMN attribute_values TEXT",
    "CREATE TABLE attributes (
        id {id} NOT NULL PRIMARY KEY,
        store_id {id} NOT NULL REFERENCES identity_stores (id),
        key {key} NOT NULL,
        label TEXT NOT NULL,
        kind TEXT NOT NULL,
        choices TEXT NOT NULL,
        hint TEXT NOT NULL,
        required BOOLEAN NOT NULL,
        is_unique BOOLEAN NOT NULL,
        pattern TEXT,
        console_visible BOOLEAN NOT NULL,
        console_editable BOOLEAN NOT NULL,
        holder_visible BOOLEAN NOT NULL,
        holder_editable BOOLEAN NOT NULL,
        searchable BOOLEAN NOT NULL,
        section TEXT NOT NULL,
        position BIGINT NOT NULL,
        version BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        removed_at BIGINT,
        work_total BIGINT,
        work_done BIGINT NOT NULL,
        work_after {id},
        leased_until BIGINT NOT NULL,
        UNIQUE (store_id, key)
    )",
    "CREATE INDEX attributes_in_work ON attributes (leased_until) WHERE work_total IS NOT NULL",
    "CREATE TABLE account_attributes (
        {row_key}
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        attribute_id {id} NOT NULL REFERENCES attributes (id),
        value_key {key} NOT NULL,
        is_unique BOOLEAN NOT NULL,
        is_text BOOLEAN NOT NULL
    )",
    "CREATE UNIQUE INDEX account_attributes_of_account ON account_attributes (account_id, attribute_id, value_key)",
    "CREATE INDEX account_attributes_by_value ON account_attributes (attribute_id, value_key, account_id)",
    "CREATE UNIQUE INDEX account_attributes_once ON account_attributes (attribute_id, value_key) WHERE is_unique",
];

/// Substrings by trigram; choices, dates and the like are looked up whole.
const SQLITE_SEARCH: &[&str] = &[
    "CREATE VIEW account_attribute_texts AS SELECT row_number, value_key FROM account_attributes WHERE is_text",
    "CREATE VIRTUAL TABLE account_attribute_search USING fts5 (
        value_key, content = 'account_attribute_texts', content_rowid = 'row_number', tokenize = 'trigram'
    )",
    "CREATE TRIGGER account_attributes_search_insert AFTER INSERT ON account_attributes WHEN new.is_text BEGIN
        INSERT INTO account_attribute_search (rowid, value_key) VALUES (new.row_number, new.value_key);
    END",
    "CREATE TRIGGER account_attributes_search_delete AFTER DELETE ON account_attributes WHEN old.is_text BEGIN
        INSERT INTO account_attribute_search (account_attribute_search, rowid, value_key)
            VALUES ('delete', old.row_number, old.value_key);
    END",
];

const POSTGRES_SEARCH: &[&str] =
    &["CREATE INDEX account_attributes_search ON account_attributes USING gin (value_key gin_trgm_ops) WHERE is_text"];
