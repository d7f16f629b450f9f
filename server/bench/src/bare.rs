//! What the measured things are held against: the query alone, an answer alone, the hash alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::routing::any;
use sea_orm::prelude::Uuid;
use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{AssertSqlSafe, PgPool, SqlitePool, query_as, query_scalar};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};

use crate::Outcome;

/// The columns that the list shows, and no other.
const COLUMNS: &str = "accounts.id, name, name_key, email, email_key, username, phone, email_verified_at, onboarded_at, \
    disabled_at, locked_until, last_sign_in_at, created_at";

type Row = (
    Uuid,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    i64,
    i64,
);

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The database without Roster before it, opened with the same settings.
pub struct Bare {
    read: Pool,
    write: DatabaseConnection,
    pub store: Uuid,
}

/// A row before a page: name and id.
pub type Cursor = (String, Uuid);

/// The same text for both kinds of pools.
macro_rules! on_either {
    ($pool:expr, |$inner:ident| $work:expr) => {
        match $pool {
            Pool::Sqlite($inner) => $work,
            Pool::Postgres($inner) => $work,
        }
    };
}

impl Bare {
    pub async fn open(url: &str) -> Outcome<Self> {
        let (read, write) = if url.starts_with("sqlite:") {
            let options = url
                .parse::<SqliteConnectOptions>()?
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(30))
                .pragma("temp_store", "memory");
            let pool = |most: u32| SqlitePoolOptions::new().max_connections(most).test_before_acquire(false);
            let write = pool(1).connect_with(options.clone().pragma("cache_size", "-8000")).await?;
            let read = pool(4).connect_with(options.pragma("cache_size", "-2000").pragma("query_only", "on")).await?;
            (Pool::Sqlite(read), SqlxSqliteConnector::from_sqlx_sqlite_pool(write))
        } else {
            let pool = PgPoolOptions::new().max_connections(4).test_before_acquire(false).connect(url).await?;
            (Pool::Postgres(pool.clone()), SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
        };
        let store = on_either!(&read, |pool| {
            query_scalar("SELECT id FROM identity_stores WHERE is_default").fetch_one(pool).await?
        });
        Ok(Self { read, write, store })
    }

    /// For statements that change something.
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.read, Pool::Sqlite(_))
    }

    pub async fn close(self) {
        on_either!(self.read, |pool| pool.close().await);
        let _ = self.write.close().await;
    }

    /// `$1` is the store; `$2` the text and `$3` the id, when there are any.
    async fn rows(&self, from: &str, text: Option<&str>, id: Option<Uuid>) -> Outcome<usize> {
        let sql = format!("SELECT {COLUMNS} FROM {from}");
        let rows = on_either!(&self.read, |pool| {
            let mut query = query_as::<_, Row>(AssertSqlSafe(sql)).bind(self.store);
            if let Some(text) = text {
                query = query.bind(text);
            }
            if let Some(id) = id {
                query = query.bind(id);
            }
            query.fetch_all(pool).await?.len()
        });
        Ok(rows)
    }

    /// The keyset query of the first page, or of the page after a row.
    pub async fn page_after(&self, cursor: Option<&Cursor>) -> Outcome<usize> {
        let beyond = if cursor.is_some() { "AND (name_key, id) > ($2, $3)" } else { "" };
        let from =
            format!("accounts WHERE store_id = $1 AND deleted_at IS NULL {beyond} ORDER BY name_key, id LIMIT 51");
        self.rows(&from, cursor.map(|(name, _)| name.as_str()), cursor.map(|(_, id)| *id)).await
    }

    /// The keyset query of the last page.
    pub async fn last_page(&self) -> Outcome<usize> {
        let from = "accounts WHERE store_id = $1 AND deleted_at IS NULL ORDER BY name_key DESC, id DESC LIMIT 51";
        self.rows(from, None, None).await
    }

    /// The row at this place of the list by name.
    pub async fn row_at(&self, place: i64) -> Outcome<Cursor> {
        let sql = "SELECT name_key, id FROM accounts WHERE store_id = $1 AND deleted_at IS NULL \
                   ORDER BY name_key, id LIMIT 1 OFFSET $2";
        Ok(on_either!(&self.read, |pool| query_as(sql).bind(self.store).bind(place).fetch_one(pool).await?))
    }

    /// The trigram query: at most so many rows that contain the text, in no order.
    pub async fn search(&self, text: &str, most: u32) -> Outcome<usize> {
        let (from, text) = if self.is_sqlite() {
            let from = "account_search JOIN accounts ON accounts.row_number = account_search.rowid \
                WHERE account_search MATCH $2 AND store_id = $1 AND deleted_at IS NULL";
            (from, format!("\"{}\"", text.replace('"', "\"\"")))
        } else {
            let from = "accounts WHERE search_text LIKE $2 AND store_id = $1 AND deleted_at IS NULL";
            (from, format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")))
        };
        self.rows(&format!("{from} LIMIT {most}"), Some(&text), None).await
    }

    /// The folded addresses of some people from the middle of the list.
    pub async fn addresses(&self, from: i64, count: i64) -> Outcome<Vec<String>> {
        let sql = "SELECT email_key FROM accounts WHERE store_id = $1 AND deleted_at IS NULL \
                   ORDER BY email_key, id LIMIT $2 OFFSET $3";
        Ok(on_either!(&self.read, |pool| {
            query_scalar(sql).bind(self.store).bind(count).bind(from).fetch_all(pool).await?
        }))
    }

    /// When the account at this place of the creation order was made.
    pub async fn created_at(&self, place: i64) -> Outcome<i64> {
        let sql = "SELECT created_at FROM accounts WHERE store_id = $1 AND deleted_at IS NULL \
                   ORDER BY created_at, id LIMIT 1 OFFSET $2";
        Ok(on_either!(&self.read, |pool| {
            query_scalar(sql).bind(self.store).bind(place).fetch_optional(pool).await?.unwrap_or(i64::MAX)
        }))
    }

    /// Enabled accounts of a mail domain.
    pub async fn enabled_at(&self, domain: &str, most: i64) -> Outcome<Vec<Uuid>> {
        let sql = "SELECT id FROM accounts WHERE store_id = $1 AND deleted_at IS NULL AND disabled_at IS NULL \
                   AND email_key LIKE $2 LIMIT $3";
        let pattern = format!("%@{domain}");
        Ok(on_either!(&self.read, |pool| {
            query_scalar(sql).bind(self.store).bind(pattern).bind(most).fetch_all(pool).await?
        }))
    }
}

/// An axum server that answers `/n` with n bytes, and does nothing else.
pub async fn axum_server() -> Outcome<SocketAddr> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let stock = Bytes::from(vec![b'x'; 4 * 1024 * 1024]);
    let answer = move |Path(bytes): Path<usize>, _request: Bytes| {
        let stock = stock.clone();
        async move { stock.slice(..bytes.min(stock.len())) }
    };
    let router = Router::new().route("/{bytes}", any(answer));
    tokio::spawn(async move {
        axum::serve(
            axum::serve::ListenerExt::tap_io(listener, |stream| {
                let _ = stream.set_nodelay(true);
            }),
            router,
        )
        .await
    });
    Ok(address)
}

/// Argon2id hashes a second, on all cores, with the parameters of `domain::passwords::hasher`.
pub async fn argon2_rate(within: Duration) -> Outcome<f64> {
    let cores = std::thread::available_parallelism()?.get();
    let threads: Vec<_> = (0..cores).map(|_| tokio::task::spawn_blocking(move || hash_for(within))).collect();
    let mut rate = 0.0;
    for thread in threads {
        rate += thread.await??;
    }
    Ok(rate)
}

fn hash_for(within: Duration) -> Outcome<f64> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| error.to_string())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (begin, mut count, mut output) = (Instant::now(), 0, [0; 32]);
    while begin.elapsed() < within {
        argon2
            .hash_password_into(b"measure twice, cut once", b"a salt of 16 byt", &mut output)
            .map_err(|error| error.to_string())?;
        count += 1;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}
