//! Settings, the queue of messages, links that are mailed, and what they change on accounts.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let id = if manager.get_database_backend() == DbBackend::Sqlite { "BLOB" } else { "UUID" };
        for statement in STATEMENTS {
            connection.execute_unprepared(&statement.replace("{id}", id)).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "ALTER TABLE accounts ADD COLUMN activation_sent_at BIGINT",
    "ALTER TABLE accounts ADD COLUMN activation_expires_at BIGINT",
    "ALTER TABLE accounts ADD COLUMN password_expires_at BIGINT",
    "ALTER TABLE accounts ADD COLUMN password_notice_at BIGINT",
    "CREATE INDEX accounts_password_notices ON accounts (password_notice_at) WHERE password_notice_at IS NOT NULL",
    "CREATE TABLE settings (
        store_id {id} NOT NULL REFERENCES identity_stores (id) ON DELETE CASCADE,
        section TEXT NOT NULL,
        value TEXT NOT NULL,
        changed_at BIGINT NOT NULL,
        PRIMARY KEY (store_id, section)
    )",
    "CREATE TABLE messages (
        id {id} NOT NULL PRIMARY KEY,
        account_id {id} REFERENCES accounts (id) ON DELETE CASCADE,
        channel TEXT NOT NULL,
        kind TEXT NOT NULL,
        recipient TEXT NOT NULL,
        recipient_name TEXT NOT NULL,
        content TEXT,
        state TEXT NOT NULL,
        attempts BIGINT NOT NULL,
        problem TEXT,
        created_at BIGINT NOT NULL,
        next_attempt_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        sent_at BIGINT
    )",
    "CREATE INDEX messages_due ON messages (channel, next_attempt_at) WHERE state = 'queued'",
    "CREATE INDEX messages_by_time ON messages (created_at, id)",
    "CREATE INDEX messages_by_state ON messages (state, created_at, id)",
    "CREATE INDEX messages_of_account ON messages (account_id, created_at)",
    "CREATE TABLE account_links (
        token_hash TEXT NOT NULL PRIMARY KEY,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        email TEXT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        used_at BIGINT,
        voided_at BIGINT
    )",
    "CREATE INDEX account_links_of_account ON account_links (account_id, kind)",
    "CREATE INDEX account_links_by_expiry ON account_links (expires_at)",
    "CREATE TABLE password_reset_requests (
        id {id} NOT NULL PRIMARY KEY,
        identifier TEXT NOT NULL,
        requested_at BIGINT NOT NULL,
        ip TEXT,
        browser TEXT
    )",
];
