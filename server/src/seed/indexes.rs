//! Indexes and triggers put aside while many rows are added, and put back in the same transaction:
//! whoever is killed in between has lost the rows and kept the indexes.
//!
//! What there is to put aside is read from the database, so that no migration is repeated here.

use domain::{Result, Roster};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, Statement};

use super::progress::Progress;

const SQLITE: &str = "SELECT name, type AS kind, sql AS definition FROM sqlite_master \
    WHERE tbl_name IN ('accounts', 'account_attributes', 'events', 'group_memberships', 'organization_memberships') \
    AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name";

/// Those of constraints stay: foreign keys are checked with them.
const POSTGRES: &str = "SELECT c.relname::text AS name, 'index' AS kind, pg_get_indexdef(i.indexrelid) AS definition \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    WHERE i.indrelid IN ('accounts'::regclass, 'account_attributes'::regclass, 'events'::regclass, \
        'group_memberships'::regclass, \
        'organization_memberships'::regclass) \
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY 1";

#[derive(FromQueryResult)]
struct Definition {
    name: String,
    kind: String,
    definition: String,
}

pub struct PutAside {
    definitions: Vec<Definition>,
}

impl PutAside {
    /// Nothing, for a database that keeps its indexes meanwhile.
    pub fn nothing() -> Self {
        Self { definitions: Vec::new() }
    }

    pub async fn all(transaction: &DatabaseTransaction) -> Result<Self> {
        let backend = transaction.get_database_backend();
        let sql = if backend == DbBackend::Sqlite { SQLITE } else { POSTGRES };
        let definitions = Definition::find_by_statement(Statement::from_string(backend, sql)).all(transaction).await?;
        for Definition { name, kind, .. } in &definitions {
            transaction.execute_unprepared(&format!("DROP {kind} {name}")).await?;
        }
        Ok(Self { definitions })
    }

    pub async fn put_back(self, transaction: &DatabaseTransaction, progress: &Progress) -> Result<()> {
        if self.definitions.is_empty() {
            return Ok(());
        }
        for Definition { name, definition, .. } in &self.definitions {
            progress.says(&format!("index {name}"));
            transaction.execute_unprepared(definition).await?;
        }
        if transaction.get_database_backend() == DbBackend::Sqlite {
            progress.says("search index");
            for table in ["account_search", "account_attribute_search"] {
                let rebuild = format!("INSERT INTO {table} ({table}) VALUES ('rebuild')");
                transaction.execute_unprepared(&rebuild).await?;
            }
        }
        Ok(())
    }
}

/// Lets the database use more memory for this transaction than requests need. On SQLite this is the
/// process's own: some 32 MB for pages and as many for sorting, the rest goes to temporary files.
pub async fn give_memory(transaction: &DatabaseTransaction) -> Result<()> {
    let statements: &[&str] = match transaction.get_database_backend() {
        DbBackend::Sqlite => &["PRAGMA cache_size = -32768"],
        _ => &["SET LOCAL maintenance_work_mem = '256MB'", "SET LOCAL synchronous_commit = off"],
    };
    for statement in statements {
        transaction.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Counts what the tables hold, for the planner.
pub async fn analyze(transaction: &DatabaseTransaction, progress: &Progress) -> Result<()> {
    progress.says("statistics");
    if transaction.get_database_backend() == DbBackend::Sqlite {
        transaction.execute_unprepared("ANALYZE").await?;
    }
    Ok(())
}

/// What can only be done when the transaction is over.
pub async fn tidy_up(roster: &Roster, progress: &Progress) -> Result<()> {
    progress.says("tidying up");
    let statements: &[&str] = if roster.database.is_sqlite() {
        &["PRAGMA wal_checkpoint(TRUNCATE)"]
    } else {
        // Also lets index-only scans begin.
        &[
            "VACUUM (ANALYZE) accounts, account_attributes, attributes, events, group_memberships, organization_memberships, role_assignments, \
           organizations, groups",
        ]
    };
    for statement in statements {
        roster.database.read().execute_unprepared(statement).await?;
    }
    Ok(())
}
