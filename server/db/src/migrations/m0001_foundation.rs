//! Accounts and what stands around them.
//!
//! The statements are written out, since both databases read the same SQL but for the types of
//! ids: `{id}` is `BLOB` on SQLite and `UUID` on PostgreSQL; moments are milliseconds.

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
        // The full-text index of SQLite names rows by an integer that must outlive a VACUUM.
        let account_key = if sqlite {
            "row_number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE"
        } else {
            "id UUID NOT NULL PRIMARY KEY"
        };
        // Compared byte by byte on both, so that a page is the same page on both.
        let key = if sqlite { "TEXT" } else { "TEXT COLLATE \"C\"" };
        for statement in TABLES.iter().chain(INDEXES) {
            let statement = statement.replace("{account_key}", account_key).replace("{id}", id).replace("{key}", key);
            connection.execute_unprepared(&statement).await?;
        }
        for statement in if sqlite { SQLITE_SEARCH } else { POSTGRES_SEARCH } {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE identity_stores (
        id {id} NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        is_default BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE accounts (
        {account_key},
        store_id {id} NOT NULL REFERENCES identity_stores (id),
        email TEXT NOT NULL,
        email_key {key} NOT NULL,
        username TEXT,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        name TEXT NOT NULL,
        name_key {key} NOT NULL,
        phone TEXT,
        search_text TEXT NOT NULL,
        email_verified_at BIGINT,
        onboarded_at BIGINT,
        disabled_at BIGINT,
        disabled_reason TEXT,
        deleted_at BIGINT,
        locked_until BIGINT,
        last_sign_in_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        version BIGINT NOT NULL
    )",
    "CREATE TABLE account_counts (
        store_id {id} NOT NULL REFERENCES identity_stores (id),
        kind TEXT NOT NULL,
        count BIGINT NOT NULL,
        PRIMARY KEY (store_id, kind)
    )",
    "CREATE TABLE password_credentials (
        account_id {id} NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
        hash TEXT NOT NULL,
        changed_at BIGINT NOT NULL,
        must_change BOOLEAN NOT NULL
    )",
    "CREATE TABLE organizations (
        id {id} NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_key {key} NOT NULL UNIQUE,
        member_count BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE organization_memberships (
        organization_id {id} NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        added_at BIGINT NOT NULL,
        PRIMARY KEY (organization_id, account_id)
    )",
    "CREATE TABLE groups (
        id {id} NOT NULL PRIMARY KEY,
        store_id {id} NOT NULL REFERENCES identity_stores (id),
        name TEXT NOT NULL,
        name_key {key} NOT NULL,
        description TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        UNIQUE (store_id, name_key)
    )",
    "CREATE TABLE group_memberships (
        group_id {id} NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        added_at BIGINT NOT NULL,
        PRIMARY KEY (group_id, account_id)
    )",
    "CREATE TABLE roles (
        id {id} NOT NULL PRIMARY KEY,
        built_in TEXT UNIQUE,
        name TEXT NOT NULL UNIQUE,
        description TEXT NOT NULL,
        permissions TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE role_assignments (
        id {id} NOT NULL PRIMARY KEY,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        role_id {id} NOT NULL REFERENCES roles (id),
        organization_id {id} REFERENCES organizations (id) ON DELETE CASCADE,
        assigned_by {id},
        assigned_at BIGINT NOT NULL
    )",
    "CREATE TABLE sessions (
        id {id} NOT NULL PRIMARY KEY,
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        token_hash TEXT NOT NULL UNIQUE,
        created_at BIGINT NOT NULL,
        last_seen_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        ended_at BIGINT,
        ip TEXT NOT NULL,
        browser TEXT NOT NULL
    )",
    "CREATE TABLE events (
        id {id} NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        kind TEXT NOT NULL,
        outcome TEXT NOT NULL,
        actor_id {id},
        on_behalf_of {id},
        subject_id {id},
        session_id {id},
        ip TEXT,
        browser TEXT,
        changes TEXT,
        note TEXT
    )",
    "CREATE TABLE staff_preferences (
        account_id {id} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (account_id, key)
    )",
    "CREATE TABLE jobs (
        id {id} NOT NULL PRIMARY KEY,
        action TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        total BIGINT NOT NULL,
        done BIGINT NOT NULL,
        skipped BIGINT NOT NULL,
        failed BIGINT NOT NULL,
        started_by {id} NOT NULL REFERENCES accounts (id),
        session_id {id},
        ip TEXT,
        browser TEXT,
        created_at BIGINT NOT NULL,
        finished_at BIGINT,
        cancel_requested_at BIGINT,
        leased_until BIGINT NOT NULL
    )",
    "CREATE TABLE job_items (
        job_id {id} NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        position BIGINT NOT NULL,
        account_id {id} NOT NULL,
        outcome TEXT,
        reason TEXT,
        PRIMARY KEY (job_id, position)
    )",
    "CREATE TABLE sign_in_throttles (
        key TEXT NOT NULL PRIMARY KEY,
        failures BIGINT NOT NULL,
        blocked_until BIGINT NOT NULL,
        last_failure_at BIGINT NOT NULL
    )",
    "CREATE TABLE setup_links (
        token_hash TEXT NOT NULL PRIMARY KEY,
        created_at BIGINT NOT NULL,
        used_at BIGINT
    )",
];

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX identity_stores_one_default ON identity_stores (is_default) WHERE is_default",
    // Deleted accounts keep their address and username until they are purged (U15).
    // The address first, so that no planner takes this index for a sort of the list.
    "CREATE UNIQUE INDEX accounts_email ON accounts (email_key, store_id)",
    "CREATE UNIQUE INDEX accounts_username ON accounts (username, store_id) WHERE username IS NOT NULL",
    // One index for each sort of the list, and for each sort under each status filter.
    "CREATE INDEX accounts_by_name ON accounts (store_id, name_key, id) WHERE deleted_at IS NULL",
    "CREATE INDEX accounts_by_email ON accounts (store_id, email_key, id) WHERE deleted_at IS NULL",
    "CREATE INDEX accounts_by_created ON accounts (store_id, created_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX accounts_by_last_sign_in ON accounts (store_id, last_sign_in_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX accounts_disabled_by_name ON accounts (store_id, name_key, id)
        WHERE deleted_at IS NULL AND disabled_at IS NOT NULL",
    "CREATE INDEX accounts_disabled_by_email ON accounts (store_id, email_key, id)
        WHERE deleted_at IS NULL AND disabled_at IS NOT NULL",
    "CREATE INDEX accounts_disabled_by_created ON accounts (store_id, created_at, id)
        WHERE deleted_at IS NULL AND disabled_at IS NOT NULL",
    "CREATE INDEX accounts_disabled_by_last_sign_in ON accounts (store_id, last_sign_in_at, id)
        WHERE deleted_at IS NULL AND disabled_at IS NOT NULL",
    "CREATE INDEX accounts_enabled_by_name ON accounts (store_id, name_key, id)
        WHERE deleted_at IS NULL AND disabled_at IS NULL",
    "CREATE INDEX accounts_enabled_by_email ON accounts (store_id, email_key, id)
        WHERE deleted_at IS NULL AND disabled_at IS NULL",
    "CREATE INDEX accounts_enabled_by_created ON accounts (store_id, created_at, id)
        WHERE deleted_at IS NULL AND disabled_at IS NULL",
    "CREATE INDEX accounts_enabled_by_last_sign_in ON accounts (store_id, last_sign_in_at, id)
        WHERE deleted_at IS NULL AND disabled_at IS NULL",
    "CREATE INDEX accounts_locked_by_name ON accounts (store_id, name_key, id)
        WHERE deleted_at IS NULL AND locked_until IS NOT NULL",
    "CREATE INDEX accounts_locked_by_email ON accounts (store_id, email_key, id)
        WHERE deleted_at IS NULL AND locked_until IS NOT NULL",
    "CREATE INDEX accounts_locked_by_created ON accounts (store_id, created_at, id)
        WHERE deleted_at IS NULL AND locked_until IS NOT NULL",
    "CREATE INDEX accounts_locked_by_last_sign_in ON accounts (store_id, last_sign_in_at, id)
        WHERE deleted_at IS NULL AND locked_until IS NOT NULL",
    "CREATE INDEX accounts_lockouts ON accounts (locked_until) WHERE locked_until IS NOT NULL",
    "CREATE INDEX organization_memberships_of_account ON organization_memberships (account_id)",
    "CREATE INDEX group_memberships_of_account ON group_memberships (account_id)",
    "CREATE UNIQUE INDEX role_assignments_once ON role_assignments (account_id, role_id, organization_id)
        WHERE organization_id IS NOT NULL",
    "CREATE UNIQUE INDEX role_assignments_once_everywhere ON role_assignments (account_id, role_id)
        WHERE organization_id IS NULL",
    "CREATE INDEX role_assignments_by_role ON role_assignments (role_id)",
    "CREATE INDEX sessions_live ON sessions (account_id) WHERE ended_at IS NULL",
    "CREATE INDEX events_of_subject ON events (subject_id, at, id)",
    "CREATE INDEX events_by_time ON events (at, id)",
    "CREATE INDEX jobs_open ON jobs (leased_until) WHERE finished_at IS NULL",
    "CREATE INDEX jobs_by_time ON jobs (created_at, id)",
    "CREATE INDEX job_items_open ON job_items (job_id, position) WHERE outcome IS NULL",
    "CREATE INDEX sign_in_throttles_by_time ON sign_in_throttles (last_failure_at)",
];

/// Substrings by trigram; the text itself stays in `accounts`.
const SQLITE_SEARCH: &[&str] = &[
    "CREATE VIRTUAL TABLE account_search USING fts5 (
        search_text, content = 'accounts', content_rowid = 'row_number', tokenize = 'trigram'
    )",
    "CREATE TRIGGER accounts_search_insert AFTER INSERT ON accounts BEGIN
        INSERT INTO account_search (rowid, search_text) VALUES (new.row_number, new.search_text);
    END",
    "CREATE TRIGGER accounts_search_delete AFTER DELETE ON accounts BEGIN
        INSERT INTO account_search (account_search, rowid, search_text)
            VALUES ('delete', old.row_number, old.search_text);
    END",
    "CREATE TRIGGER accounts_search_update AFTER UPDATE OF search_text ON accounts BEGIN
        INSERT INTO account_search (account_search, rowid, search_text)
            VALUES ('delete', old.row_number, old.search_text);
        INSERT INTO account_search (rowid, search_text) VALUES (new.row_number, new.search_text);
    END",
];

const POSTGRES_SEARCH: &[&str] = &[
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX accounts_search ON accounts USING gin (search_text gin_trgm_ops)",
];
