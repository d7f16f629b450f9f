//! Places of addresses, devices, and impersonation.

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
    "ALTER TABLE events ADD COLUMN place TEXT",
    "ALTER TABLE jobs ADD COLUMN place TEXT",
    "ALTER TABLE password_reset_requests ADD COLUMN place TEXT",
    "ALTER TABLE sessions ADD COLUMN place TEXT NOT NULL DEFAULT ''",
    // Null: the settings'.
    "ALTER TABLE accounts ADD COLUMN device_limit BIGINT",
    "CREATE TABLE devices (
        id {id} NOT NULL PRIMARY KEY,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        browser_key TEXT NOT NULL,
        browser TEXT NOT NULL,
        ip TEXT NOT NULL,
        place TEXT NOT NULL,
        registered_at BIGINT NOT NULL,
        last_seen_at BIGINT NOT NULL,
        UNIQUE (account_id, browser_key)
    )",
    "CREATE INDEX devices_by_use ON devices (last_seen_at)",
    "ALTER TABLE sessions ADD COLUMN device_id {id} REFERENCES devices (id) ON DELETE SET NULL",
    "CREATE INDEX sessions_of_device ON sessions (device_id) WHERE device_id IS NOT NULL",
    // The countries that an account has signed in from: the next one is told to its holder.
    "CREATE TABLE account_countries (
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        country TEXT NOT NULL,
        first_at BIGINT NOT NULL,
        PRIMARY KEY (account_id, country)
    )",
    // The session of the staff member who looks at the account in its holder's place.
    "ALTER TABLE sessions ADD COLUMN actor_session_id {id}",
    "CREATE INDEX sessions_impersonating ON sessions (actor_session_id)
        WHERE actor_session_id IS NOT NULL AND ended_at IS NULL",
];
