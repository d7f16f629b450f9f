//! Indexes that every request needs, sessions and jobs that go with time, jobs that know they were undone.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in STATEMENTS {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    // Those that were there are partial: a question about roles wherever they hold could use neither.
    "CREATE INDEX role_assignments_of_account ON role_assignments (account_id, role_id)",
    // The ones that have ended too: they are told of, and go with their account.
    "CREATE INDEX sessions_of_account ON sessions (account_id)",
    "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
    "CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL",
    "ALTER TABLE jobs ADD COLUMN undone_at BIGINT",
    // Nothing was ever kept in it.
    "ALTER TABLE pre_sessions DROP COLUMN sealed_state",
];
