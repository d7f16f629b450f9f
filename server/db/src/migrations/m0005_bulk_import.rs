//! Jobs with parameters, without a foreign key to whoever started them; imports; the recycle bin.
//!
//! The tables of jobs are made anew and the rows copied: SQLite can take no constraint away.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let (id, bytes) = if sqlite { ("BLOB", "BLOB") } else { ("UUID", "BYTEA") };
        // The key is the table: one tree to write instead of two.
        let keyed = if sqlite { "WITHOUT ROWID" } else { "" };
        for statement in STATEMENTS {
            let statement = statement.replace("{id}", id).replace("{bytes}", bytes).replace("{keyed}", keyed);
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE TABLE new_jobs (
        id {id} NOT NULL PRIMARY KEY,
        action TEXT NOT NULL,
        parameters TEXT NOT NULL,
        detail TEXT,
        state TEXT NOT NULL,
        total BIGINT NOT NULL,
        done BIGINT NOT NULL,
        skipped BIGINT NOT NULL,
        failed BIGINT NOT NULL,
        handled_to BIGINT NOT NULL,
        resume TEXT,
        started_by {id},
        session_id {id},
        ip TEXT,
        browser TEXT,
        created_at BIGINT NOT NULL,
        finished_at BIGINT,
        cancel_requested_at BIGINT,
        leased_until BIGINT NOT NULL
    )",
    // Reasons are left behind: they stay with the accounts and in the log.
    "INSERT INTO new_jobs (id, action, parameters, state, total, done, skipped, failed, handled_to, started_by,
            session_id, ip, browser, created_at, finished_at, cancel_requested_at, leased_until)
        SELECT id, action, '\"none\"', state, total, done, skipped, failed,
            (SELECT COALESCE(MAX(position), 0) FROM job_items WHERE job_id = jobs.id AND outcome IS NOT NULL),
            started_by, session_id, ip, browser, created_at, finished_at, cancel_requested_at, leased_until FROM jobs",
    "CREATE TABLE new_job_items (
        job_id {id} NOT NULL REFERENCES new_jobs (id) ON DELETE CASCADE,
        position BIGINT NOT NULL,
        account_id {id} NOT NULL,
        outcome TEXT,
        reason TEXT,
        PRIMARY KEY (job_id, position)
    ) {keyed}",
    "INSERT INTO new_job_items (job_id, position, account_id, outcome, reason)
        SELECT job_id, position, account_id, NULLIF(outcome, 'done'), reason FROM job_items",
    "DROP TABLE job_items",
    "DROP TABLE jobs",
    "ALTER TABLE new_jobs RENAME TO jobs",
    "ALTER TABLE new_job_items RENAME TO job_items",
    "CREATE INDEX jobs_open ON jobs (leased_until) WHERE finished_at IS NULL",
    "CREATE INDEX jobs_by_time ON jobs (created_at, id)",
    // Why rows were not done: a few of many.
    "CREATE INDEX job_items_not_done ON job_items (job_id, reason) WHERE outcome IS NOT NULL",
    "CREATE TABLE imports (
        id {id} NOT NULL PRIMARY KEY,
        file_name TEXT NOT NULL,
        size BIGINT NOT NULL,
        row_count BIGINT NOT NULL,
        encoding TEXT NOT NULL,
        delimiter TEXT NOT NULL,
        header TEXT NOT NULL,
        uploaded_by {id} NOT NULL,
        uploaded_at BIGINT NOT NULL,
        is_complete BOOLEAN NOT NULL
    )",
    "CREATE INDEX imports_by_time ON imports (uploaded_at)",
    "CREATE TABLE import_chunks (
        import_id {id} NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
        position BIGINT NOT NULL,
        content {bytes} NOT NULL,
        PRIMARY KEY (import_id, position)
    )",
    "CREATE TABLE import_problems (
        job_id {id} NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        position BIGINT NOT NULL,
        problems TEXT NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (job_id, position)
    )",
    "CREATE INDEX accounts_deleted ON accounts (store_id, deleted_at, id) WHERE deleted_at IS NOT NULL",
];
