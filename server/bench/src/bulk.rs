//! Disabling ten thousand by a filter, while others write; against the same statements bare.

use std::time::{Duration, Instant};

use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait, Value as Bound};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::Outcome;
use crate::bare::Bare;
use crate::client::Client;
use crate::measure::{Times, milliseconds, ratio};
use crate::report::{Limit, Report};
use crate::roster::{LIST, Server, list_request};

/// Some ten thousand of a million have their address here.
const DOMAIN: &str = "lagosfintech.example";
/// And some twelve thousand here: for the bare statements, which take as many.
const OTHER_DOMAIN: &str = "vistula.example";
/// As many as a batch of the job has.
const CHUNK: usize = 250;
const TURNS: usize = 3;

pub async fn measure(server: &Server, bare: &Bare, report: &mut Report) -> Outcome {
    let mut client = server.client().await?;
    // What an earlier run left half done.
    job(&mut client, "enable", DOMAIN).await?;
    let (mut roster, mut alone, mut count) = (Times::default(), Times::default(), 0);
    let (mut waits, mut calm) = (Times::default(), Times::default());
    wait_while(server, &mut calm, async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(())
    })
    .await?;
    for _ in 0..TURNS {
        let (done, time) = wait_while(server, &mut waits, job(&mut client, "disable", DOMAIN)).await?;
        roster.add(time);
        count = done;
        job(&mut client, "enable", DOMAIN).await?;
        let ids = bare.enabled_at(OTHER_DOMAIN, done).await?;
        if (ids.len() as i64) < done {
            eprintln!("only {} of {done} for the bare statements", ids.len());
        }
        alone.time(disable(bare.write(), bare.store, &ids)).await?;
        enable(bare.write(), &ids).await?;
    }
    report.row(
        &format!("disable {count} accounts"),
        &milliseconds(roster.p50()),
        &format!("statements alone {}", milliseconds(alone.p50())),
        ratio(roster.p50(), alone.p50()),
        "",
        Limit::AtMost(5.0),
    );
    report.row(
        "longest wait of another writer meanwhile",
        &format!("{}, longest {}", waits.text(), milliseconds(waits.longest())),
        &format!("without the job {}, longest {}", calm.text(), milliseconds(calm.longest())),
        waits.longest().as_secs_f64() * 1000.0,
        " ms",
        Limit::AtMost(100.0),
    );
    many(server, bare, report).await
}

/// Starts the job and waits for its end; gives how many it changed and how long it took.
async fn job(client: &mut Client, action: &str, domain: &str) -> Outcome<(i64, Duration)> {
    let begin = Instant::now();
    let selection = json!({ "matching": { "q": format!("@{domain}") } });
    let request = json!({ "action": action, "selection": selection, "parameters": "none" });
    let report = client.post_json("/api/admin/jobs/start", &request).await?.json()?;
    let report = finish(client, report).await?;
    Ok((report["done"].as_i64().unwrap_or_default(), begin.elapsed()))
}

/// Waits until a job is over; gives its report.
pub async fn finish(client: &mut Client, mut report: Value) -> Outcome<Value> {
    let job = report["job"].clone();
    while !matches!(report["state"].as_str(), Some("done" | "cancelled")) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        report = client.post_json("/api/admin/jobs/progress", &json!({ "job": job })).await?.json()?;
    }
    Ok(report)
}

/// A hundred thousand at once, while somebody looks at the list.
async fn many(server: &Server, bare: &Bare, report: &mut Report) -> Outcome {
    let mut client = server.client().await?;
    let selection =
        json!({ "matching": { "status": "enabled", "created": { "before": bare.created_at(120_000).await? } } });
    let begin = Instant::now();
    let request = json!({ "action": "disable", "selection": selection, "parameters": "none" });
    let mut reader = server.client().await?;
    let (over, mut is_over) = watch::channel(false);
    let mut looks = Times::default();
    let looking = async {
        while !*is_over.borrow() {
            let list = list_request(json!("first"), "");
            looks.time(async { reader.post_json(LIST, &list).await?.json().map(|_| ()) }).await?;
            let _ = tokio::time::timeout(Duration::from_millis(10), is_over.changed()).await;
        }
        Outcome::Ok(())
    };
    let working = async {
        let started = client.post_json("/api/admin/jobs/start", &request).await?.json()?;
        let done = finish(&mut client, started).await;
        let _ = over.send(true);
        done
    };
    let (done, looked) = tokio::join!(working, looking);
    looked?;
    let (done, time) = (done?, begin.elapsed());
    let count = done["done"].as_i64().unwrap_or_default();
    let rate = count as f64 / time.as_secs_f64();
    // A budget of SQLite; PostgreSQL shares the machine with its own processes.
    let (work, measured) =
        (format!("disable {count} accounts, a second"), format!("{rate:.0}, in {}", milliseconds(time)));
    if bare.is_sqlite() {
        report.row(&work, &measured, "", rate, "", Limit::AtLeast(10_000.0));
    } else {
        report.note(&work, &measured, "");
    }
    let p95 = looks.p95().as_secs_f64() * 1000.0;
    report.row("p95 of a list meanwhile", &looks.text(), "", p95, " ms", Limit::AtMost(100.0));
    let selection =
        json!({ "matching": { "status": "disabled", "created": { "before": bare.created_at(120_000).await? } } });
    let request = json!({ "action": "enable", "selection": selection, "parameters": "none" });
    let started = client.post_json("/api/admin/jobs/start", &request).await?.json()?;
    finish(&mut client, started).await.map(|_| ())
}

/// Does the work while another connection writes all the time, and notes how long each write took.
async fn wait_while<T>(server: &Server, waits: &mut Times, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let mut client = server.client().await?;
    let (over, mut is_over) = watch::channel(false);
    let writer = async {
        while !*is_over.borrow() {
            waits.time(remember(&mut client)).await?;
            let _ = tokio::time::timeout(Duration::from_millis(5), is_over.changed()).await;
        }
        Outcome::Ok(())
    };
    let working = async {
        let result = work.await;
        let _ = over.send(true);
        result
    };
    let (result, written) = tokio::join!(working, writer);
    written?;
    result
}

/// The smallest change that there is.
async fn remember(client: &mut Client) -> Outcome {
    client.post_json("/api/admin/users/page-size", &json!({ "size": 50 })).await?.json().map(|_| ())
}

fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "a bench has no clock of its own")]
    let now = std::time::SystemTime::now();
    i64::try_from(now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or_default()
}

/// What disabling writes, in one transaction: accounts, sessions, events, counts.
async fn disable(connection: &DatabaseConnection, store: Uuid, ids: &[Uuid]) -> Outcome {
    let backend = connection.get_database_backend();
    let transaction = connection.begin().await?;
    let at = now();
    for chunk in ids.chunks(CHUNK) {
        let list = |from: usize| (from..from + chunk.len()).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
        let values =
            |first: &[Bound]| first.iter().cloned().chain(chunk.iter().map(|id| (*id).into())).collect::<Vec<_>>();
        let accounts = format!(
            "UPDATE accounts SET disabled_at = $1, disabled_reason = NULL, updated_at = $1, version = version + 1 \
             WHERE id IN ({})",
            list(2)
        );
        transaction.execute_raw(Statement::from_sql_and_values(backend, accounts, values(&[at.into()]))).await?;
        let sessions =
            format!("UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND account_id IN ({})", list(2));
        transaction.execute_raw(Statement::from_sql_and_values(backend, sessions, values(&[at.into()]))).await?;
        let (mut rows, mut bound): (Vec<String>, Vec<Bound>) = (Vec::new(), vec![at.into(), store.into()]);
        for id in chunk {
            bound.extend([Bound::from(event_id(at, rows.len(), id)), (*id).into()]);
            let last = bound.len();
            rows.push(format!("(${}, $1, 'account.disabled', 'done', $2, ${last})", last - 1));
        }
        let events =
            format!("INSERT INTO events (id, at, kind, outcome, actor_id, subject_id) VALUES {}", rows.join(", "));
        transaction.execute_raw(Statement::from_sql_and_values(backend, events, bound)).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Of version 7 in its shape: the moment before, something unlike any other behind.
fn event_id(at: i64, number: usize, account: &Uuid) -> Uuid {
    let mut bytes = *account.as_bytes();
    bytes[..6].copy_from_slice(&at.to_be_bytes()[2..]);
    bytes[6] = 0x70 | (number >> 8) as u8;
    bytes[7] = number as u8;
    Uuid::from_bytes(bytes)
}

async fn enable(connection: &DatabaseConnection, ids: &[Uuid]) -> Outcome {
    let backend = connection.get_database_backend();
    let transaction = connection.begin().await?;
    for chunk in ids.chunks(CHUNK) {
        let list = (1..=chunk.len()).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
        let sql = format!("UPDATE accounts SET disabled_at = NULL WHERE id IN ({list})");
        let values = chunk.iter().map(|id| Bound::from(*id));
        transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    transaction.commit().await?;
    Ok(())
}
