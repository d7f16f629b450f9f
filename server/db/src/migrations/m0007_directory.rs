//! Nested groups, versions of what two people may edit at once, indexes for the audit log, and
//! counts by day for the dashboard.

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
        for statement in STATEMENTS {
            connection.execute_unprepared(&statement.replace("{id}", id)).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "ALTER TABLE groups ADD COLUMN parent_id {id} REFERENCES groups (id) ON DELETE SET NULL",
    "ALTER TABLE groups ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
    "ALTER TABLE organizations ADD COLUMN description TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE organizations ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
    "ALTER TABLE roles ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
    "CREATE INDEX groups_by_parent ON groups (parent_id, name_key)",
    "CREATE INDEX role_assignments_of_organization ON role_assignments (organization_id)",
    "DROP INDEX role_assignments_by_role",
    "CREATE INDEX role_assignments_of_role ON role_assignments (role_id, id)",
    // The audit log reads one of these backwards, whichever filter is set.
    "CREATE INDEX events_of_actor ON events (actor_id, at, id)",
    "CREATE INDEX events_of_kind ON events (kind, at, id)",
    "CREATE INDEX events_of_address ON events (ip, at, id)",
    "CREATE INDEX events_refused ON events (at, id) WHERE outcome = 'refused'",
    "CREATE INDEX events_of_subject_by_kind ON events (subject_id, kind, at, id)",
    // Spread over slots, so that two sign-ins at once do not wait for each other.
    "CREATE TABLE daily_counts (
        day BIGINT NOT NULL,
        kind TEXT NOT NULL,
        slot BIGINT NOT NULL,
        count BIGINT NOT NULL,
        PRIMARY KEY (day, kind, slot)
    )",
    "INSERT INTO daily_counts (day, kind, slot, count)
        SELECT at / 86400000, kind, 0, COUNT(*) FROM events
        WHERE kind IN ('session.signed_in', 'session.sign_in_failed') GROUP BY at / 86400000, kind",
];
