//! The database: SQLite with one writer and many readers, or a pool on PostgreSQL.

use std::time::Duration;

use db::Migrator;
use sea_orm::sea_query::LockType;
use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    QuerySelect, QueryTrait, Select, SqliteTransactionMode, SqlxSqliteConnector, Statement, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use types::Timestamp;

use crate::{Context, Error, Result};

/// How long a request waits for a connection before it answers 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The lock of a row that a transaction reads in order to change it. `FOR UPDATE` would also stop
/// those who only point at the row by a foreign key, and so let two bulk actions deadlock.
pub(crate) const TO_CHANGE: LockType = LockType::NoKeyUpdate;

/// How many rows a query finds, looking for no more than `most`.
pub(crate) async fn count_up_to<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    query: Select<E>,
    most: i64,
) -> Result<i64> {
    let backend = connection.get_database_backend();
    let inner = query.limit(most.unsigned_abs()).build(backend);
    let sql = format!("SELECT COUNT(*) AS found FROM ({}) AS found", inner.sql);
    let values = inner.values.map(|values| values.0).unwrap_or_default();
    let row = connection.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(row.map(|row| row.try_get("", "found")).transpose()?.unwrap_or_default())
}

/// Rows that [`delete_older`] deletes at a time.
const DELETED_AT_ONCE: u64 = 5_000;

/// Deletes the rows of a table whose `moment` is before another, some at a time, so that others can
/// write in between.
pub(crate) async fn delete_older(context: &Context, table: &str, moment: &str, before: Timestamp) -> Result<()> {
    let sql = format!(
        "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {moment} < $1 ORDER BY {moment} LIMIT $2)"
    );
    loop {
        let transaction = context.database.begin().await?;
        let values = [before.into(), DELETED_AT_ONCE.cast_signed().into()];
        let delete = Statement::from_sql_and_values(context.database.backend(), &sql, values);
        let deleted = transaction.execute_raw(delete).await?.rows_affected();
        transaction.commit().await?;
        if deleted < DELETED_AT_ONCE {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}

#[derive(Clone)]
pub struct Database {
    read: DatabaseConnection,
    search: DatabaseConnection,
    write: DatabaseConnection,
}

/// Makes the file for its owner alone, and with it the two that SQLite puts beside it: password
/// hashes are in them.
#[cfg(unix)]
fn keep_private(file: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let name = file.to_string_lossy();
    if name.is_empty() || name.contains(":memory:") || file.exists() {
        return Ok(());
    }
    let made = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file);
    made.map(drop).map_err(|error| Error::Internal(format!("{name} cannot be made: {error}")))
}

#[cfg(not(unix))]
fn keep_private(_: &std::path::Path) -> Result<()> {
    Ok(())
}

impl Database {
    /// Opens `sqlite:path` (made when absent) or `postgres://…`. A PostgreSQL server that is away
    /// is not an error here; requests answer 503 until it is back.
    ///
    /// # Errors
    /// A URL of another kind, or a SQLite file that cannot be opened.
    pub async fn open(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url).await
        } else {
            Err(Error::Internal("the database URL begins neither with sqlite: nor with postgres:".into()))
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self> {
        let options = url
            .parse::<SqliteConnectOptions>()
            .map_err(|error| Error::Internal(format!("the database URL cannot be read: {error}")))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit that was answered is on the disk, even after a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .pragma("cache_size", "-2000")
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        keep_private(options.get_filename())?;
        let connect = |error| DbErr::Conn(sea_orm::RuntimeErr::SqlxError(std::sync::Arc::new(error)));
        let pool = |most: u32| {
            SqlitePoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE_TIMEOUT).test_before_acquire(false)
        };
        // The writer first: it makes the file and sets the journal mode.
        let write = pool(1).connect_with(options.clone().pragma("cache_size", "-8000")).await.map_err(connect)?;
        let readers = std::thread::available_parallelism().map_or(4, |cores| cores.get() * 2).max(4);
        let readers = u32::try_from(readers).unwrap_or(4);
        let read = pool(readers).connect_lazy_with(options.pragma("query_only", "on"));
        let read = SqlxSqliteConnector::from_sqlx_sqlite_pool(read);
        Ok(Self { search: read.clone(), read, write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write) })
    }

    /// Changes a setting of the connection that writes, outside of a transaction.
    pub async fn set_on_writer(&self, statement: &str) -> Result<()> {
        self.write.execute_unprepared(statement).await?;
        Ok(())
    }

    async fn open_postgres(url: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(16)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire_if_idle_for(Duration::from_secs(5))
            .connect_lazy(true)
            .sqlx_logging(false);
        let pool = sea_orm::Database::connect(options.clone()).await?;
        options.max_connections(8).map_sqlx_postgres_opts(|options| {
            options.options([("plan_cache_mode", "force_custom_plan"), ("enable_seqscan", "off")])
        });
        let search = sea_orm::Database::connect(options).await?;
        Ok(Self { read: pool.clone(), search, write: pool })
    }

    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    pub fn is_sqlite(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// For queries.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For changes. On SQLite it takes the write lock at once, so that what is read inside stays true.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// For searching: PostgreSQL plans each statement for the text at hand, and by its indexes. A
    /// plan for any text, which it would otherwise come to, reads the index to its end for a common
    /// word; and for the first few of many it would read the whole table.
    pub fn search(&self) -> &DatabaseConnection {
        &self.search
    }

    /// Brings the schema up to date. Processes that do it at once wait for each other.
    ///
    /// # Errors
    /// [`Error::NewerDatabase`] when it has migrations that this version does not know.
    pub async fn migrate(&self) -> Result<()> {
        let transaction = self.begin().await?;
        if !self.is_sqlite() {
            // Any number, the same in every process. SQLite's write lock is held already.
            transaction.execute_unprepared("SELECT pg_advisory_xact_lock(7295340871)").await?;
        }
        self.refuse_newer(&transaction).await?;
        Migrator::up(&transaction, None).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn refuse_newer(&self, connection: &impl ConnectionTrait) -> Result<()> {
        let exists = match self.backend() {
            DbBackend::Sqlite => "SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations'",
            _ => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
        };
        if connection.query_one_raw(self.statement(exists)).await?.is_none() {
            return Ok(());
        }
        let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        for row in connection.query_all_raw(self.statement("SELECT version FROM seaql_migrations")).await? {
            let version: String = row.try_get("", "version")?;
            if !known.contains(&version) {
                return Err(Error::NewerDatabase(version));
            }
        }
        Ok(())
    }

    fn statement(&self, sql: &str) -> Statement {
        Statement::from_string(self.backend(), sql)
    }

    /// Whether it answers, for `/readyz`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.read.query_one_raw(self.statement("SELECT 1")).await?;
        Ok(())
    }

    /// Ends all connections; on SQLite the write-ahead log is folded into the file.
    pub async fn close(self) {
        if self.is_sqlite() {
            let _ = self.read.close().await;
        }
        let _ = self.search.close().await;
        let _ = self.write.close().await;
    }
}

#[cfg(test)]
mod tests {
    use db::entities::{identity_stores, roles};
    use sea_orm::PaginatorTrait;

    use super::*;
    use crate::{Roster, testing};

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_on_the_machine_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let database = testing::sqlite().await;
        let files: Vec<_> = std::fs::read_dir(database.folder()).unwrap().map(|entry| entry.unwrap()).collect();
        assert!(!files.is_empty());
        for file in files {
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", file.path().display());
        }
    }

    /// Empty databases, each by the address of a file or of a database.
    async fn empty(folder: &std::path::Path) -> [String; 2] {
        [format!("sqlite:{}/empty.db", folder.display()), testing::postgres_url().await]
    }

    #[tokio::test]
    async fn migrating_again_changes_nothing() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let before = roles::Entity::find().all(context.database.read()).await.unwrap();
            context.migrate().await.unwrap();
            let mut after = roles::Entity::find().all(context.database.read()).await.unwrap();
            after.sort_by_key(|role| before.iter().position(|row| row.id == role.id));
            assert_eq!(after, before);
            assert_eq!(testing::account(&context, owner.account).await.version, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn processes_that_migrate_at_once_do_no_harm() {
        let sqlite = testing::sqlite().await;
        for url in empty(sqlite.folder()).await {
            let mut processes = Vec::new();
            for _ in 0..4 {
                processes.push(Roster::new(Database::open(&url).await.unwrap(), crate::sealing::Sealer::new(&[7; 32])));
            }
            for result in futures::future::join_all(processes.iter().map(Roster::migrate)).await {
                result.unwrap();
            }
            let connection = processes[0].database.read();
            assert_eq!(identity_stores::Entity::find().count(connection).await.unwrap(), 1);
            assert_eq!(roles::Entity::find().count(connection).await.unwrap(), 4);
        }
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_refused_untouched() {
        testing::on_both(|context| async move {
            let transaction = context.database.begin().await.unwrap();
            let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_flight', 0)";
            transaction.execute_unprepared(newer).await.unwrap();
            transaction.execute_unprepared("UPDATE roles SET description = 'newer'").await.unwrap();
            transaction.commit().await.unwrap();
            let refused = context.migrate().await;
            assert!(matches!(refused, Err(Error::NewerDatabase(name)) if name == "m9999_flight"));
            let rows = roles::Entity::find().all(context.database.read()).await.unwrap();
            assert!(rows.iter().all(|role| role.description == "newer"));
        })
        .await;
    }

    #[tokio::test]
    async fn built_in_roles_are_brought_up_to_this_version() {
        testing::on_both(|context| async move {
            let before = roles::Entity::find().all(context.database.read()).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            transaction.execute_unprepared("UPDATE roles SET permissions = 'view_users'").await.unwrap();
            transaction.commit().await.unwrap();
            context.migrate().await.unwrap();
            let after = roles::Entity::find().all(context.database.read()).await.unwrap();
            for role in before {
                assert!(after.contains(&role), "{}", role.name);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_address_of_another_kind_and_a_file_that_cannot_be_are_errors() {
        for url in ["mysql://localhost/roster", "roster.db", "", "sqlite:/nowhere/at/all/roster.db"] {
            assert!(Database::open(url).await.is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_told_apart_from_a_wrong_statement() {
        testing::on_both(|context| async move {
            let wrong = context.database.read().execute_unprepared("SELECT nonsense").await.unwrap_err();
            assert!(!Error::from(wrong).is_database_away());
            context.database.clone().close().await;
            assert!(context.database.ping().await.unwrap_err().is_database_away());
        })
        .await;
    }

    #[tokio::test]
    async fn readers_do_not_write() {
        let sqlite = testing::sqlite().await;
        let read = sqlite.context.database.read();
        assert!(read.execute_unprepared("UPDATE roles SET description = ''").await.is_err());
    }
}
