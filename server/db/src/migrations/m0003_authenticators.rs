//! Second factors, security codes, and sign-ins that are not finished.

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
    // The kind of the default second factor; null: none. Kept beside `authenticators`, so that the
    // list of users shows and filters it without looking there.
    "ALTER TABLE accounts ADD COLUMN second_factor TEXT",
    "ALTER TABLE password_credentials ADD COLUMN is_short BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN methods TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE authenticators (
        id {id} NOT NULL PRIMARY KEY,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        secret TEXT NOT NULL,
        credential_id TEXT,
        last_step BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        last_used_at BIGINT NOT NULL
    )",
    "CREATE INDEX authenticators_of_account ON authenticators (account_id)",
    "CREATE UNIQUE INDEX authenticators_by_credential ON authenticators (credential_id)
        WHERE credential_id IS NOT NULL",
    "CREATE TABLE security_codes (
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        kind TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT,
        used_at BIGINT,
        PRIMARY KEY (account_id, fingerprint)
    )",
    "CREATE TABLE pre_sessions (
        id {id} NOT NULL PRIMARY KEY,
        token_hash TEXT NOT NULL UNIQUE,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        finished_at BIGINT,
        password_changed_at BIGINT,
        methods TEXT NOT NULL,
        second_factor_done BOOLEAN NOT NULL,
        attempts BIGINT NOT NULL,
        sealed_state TEXT,
        return_to TEXT
    )",
    "CREATE INDEX pre_sessions_of_account ON pre_sessions (account_id) WHERE finished_at IS NULL",
    "CREATE INDEX pre_sessions_by_time ON pre_sessions (expires_at)",
    // Challenges of passkeys that were answered: each works once.
    "CREATE TABLE used_challenges (
        challenge_hash TEXT NOT NULL PRIMARY KEY,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX used_challenges_by_time ON used_challenges (expires_at)",
    "CREATE TABLE key_checks (
        name TEXT NOT NULL PRIMARY KEY,
        sealed TEXT NOT NULL
    )",
];
