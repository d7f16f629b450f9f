//! Codes by mail and SMS, the SMS gateway, verified numbers, and what helps when the phone is lost.

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
    // The number that was confirmed by a code: the phone is verified while it is this one.
    "ALTER TABLE accounts ADD COLUMN verified_phone TEXT",
    // How far **Forgot my phone** has come in this sign-in.
    "ALTER TABLE pre_sessions ADD COLUMN recovered TEXT",
    // Sealed; beside the section that they belong to.
    "CREATE TABLE setting_secrets (
        store_id {id} NOT NULL REFERENCES identity_stores (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        sealed TEXT NOT NULL,
        PRIMARY KEY (store_id, name)
    )",
    // One at a time for each purpose. The row stays for an hour, so that codes sent are counted.
    "CREATE TABLE one_time_codes (
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        purpose TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        address TEXT NOT NULL,
        bound_to TEXT NOT NULL,
        sent_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        used_at BIGINT,
        counted_since BIGINT NOT NULL,
        sent_count BIGINT NOT NULL,
        PRIMARY KEY (account_id, purpose)
    )",
    "CREATE INDEX one_time_codes_by_time ON one_time_codes (sent_at)",
    // Added by staff, not verified by the holder yet: worth nothing before.
    "CREATE TABLE code_addresses (
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        address TEXT NOT NULL,
        added_at BIGINT NOT NULL,
        PRIMARY KEY (account_id, kind)
    )",
    "CREATE TABLE alternate_emails (
        account_id {id} NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
        email TEXT NOT NULL,
        verified_at BIGINT NOT NULL
    )",
    "CREATE TABLE security_questions (
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        position BIGINT NOT NULL,
        question TEXT NOT NULL,
        answer_hash TEXT NOT NULL,
        PRIMARY KEY (account_id, position)
    )",
    // The way that the holder chose, which question is next, and wrong answers since the last right one.
    "CREATE TABLE recoveries (
        account_id {id} NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
        chosen TEXT,
        asked BIGINT NOT NULL,
        failures BIGINT NOT NULL
    )",
];
