//! Export of all accounts against the database's own program, and import against bare INSERTs.

use std::fmt::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, Statement, TransactionTrait, Value as Bound};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::Outcome;
use crate::bare::Bare;
use crate::bulk::finish;
use crate::measure::{Times, milliseconds, ratio};
use crate::place::Place;
use crate::report::{Limit, Report};
use crate::roster::Server;

const ROWS: usize = 100_000;
/// Rows of a bare INSERT: as many as bound values allow on both databases.
const CHUNK: usize = 500;
const COLUMNS: [&str; 7] = ["first_name", "last_name", "email", "username", "phone", "last_sign_in_at", "created_at"];

pub async fn measure(place: &Place, server: &Server, bare: &Bare, report: &mut Report) -> Outcome {
    export(place, server, report).await?;
    import(server, bare, report).await
}

async fn export(place: &Place, server: &Server, report: &mut Report) -> Outcome {
    let mut client = server.client().await?;
    let (mut roster, mut alone, mut bytes, mut most) = (Times::default(), Times::default(), 0, 0.0_f64);
    for _ in 0..2 {
        let request = json!({ "format": "csv", "columns": COLUMNS, "selection": { "matching": {} } });
        let asked = client.post_json("/api/admin/users/export/start", &json!({ "request": request })).await?.json()?;
        let path = format!("/admin/exports/{}", asked.as_str().ok_or("no export")?);
        let mut look = tokio::time::interval(Duration::from_millis(200));
        let download = roster.time(client.length_of(&path));
        tokio::pin!(download);
        bytes = loop {
            tokio::select! {
                done = &mut download => break done?,
                _ = look.tick() => most = most.max(server.memory()),
            }
        };
        alone.time(dump(place, server.users)).await?;
    }
    report.row(
        &format!("export {} accounts as CSV ({} MB)", server.users, bytes / 1_000_000),
        &format!("{}, at most {most:.0} MB of memory", milliseconds(roster.p50())),
        &format!("the database's own program {}", milliseconds(alone.p50())),
        ratio(alone.p50(), roster.p50()),
        "",
        Limit::AtLeast(0.5),
    );
    Ok(())
}

/// The same columns by `sqlite3 -csv` or `psql`'s `\copy`.
async fn dump(place: &Place, users: u32) -> Outcome {
    let select = format!("SELECT {} FROM accounts WHERE deleted_at IS NULL", COLUMNS.join(", "));
    let url = place.database_url(users);
    let mut command = if let Some(file) = url.strip_prefix("sqlite:") {
        let mut command = Command::new("sqlite3");
        command.args(["-readonly", "-csv", "-header", file, &select]);
        command
    } else {
        let mut command = Command::new("psql");
        command.args(["--quiet", "--dbname", &url, "--command", &format!("\\copy ({select}) TO STDOUT CSV HEADER")]);
        command
    };
    // Through a pipe, as an answer goes.
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut pipe = child.stdout.take().ok_or("no output")?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    if child.wait().await?.success() { Ok(()) } else { Err("the database's own program failed".into()) }
}

async fn import(server: &Server, bare: &Bare, report: &mut Report) -> Outcome {
    let mut client = server.client().await?;
    let mut file = String::from("email,username,first_name,last_name,phone\r\n");
    // Nobody has these addresses yet, nor from an earlier run.
    let run = Uuid::from_bytes(rand_bytes()).simple().to_string();
    for row in 0..ROWS {
        let _ = write!(file, "import{row}.{run}@import.example,i{row}.{run},Imported,Person {row},\r\n");
    }
    let uploaded = client.post_csv("/admin/users/import/upload?name=bench.csv", file.as_bytes()).await?.json()?;
    let plan = json!({
        "import": uploaded.get("id").unwrap_or(&uploaded),
        "columns": ["email", "username", "first_name", "last_name", "phone"],
        "existing": "reject", "group": null, "role": null, "organization": null,
    });
    let dry_run = client.post_json("/api/admin/users/import/dry-run", &json!({ "plan": plan })).await?.json()?;
    let dry_run = finish(&mut client, dry_run).await?;
    let begin = Instant::now();
    let confirmed = json!({ "dry_run": dry_run["job"] });
    let started = client.post_json("/api/admin/users/import/confirm", &confirmed).await?.json()?;
    let done = finish(&mut client, started).await?;
    let roster = begin.elapsed();
    if done["done"].as_u64() != Some(ROWS as u64) {
        return Err(format!("not everybody was imported: {done}").into());
    }
    let begin = Instant::now();
    insert(bare, &run).await?;
    let alone = begin.elapsed();
    report.row(
        &format!("import {ROWS} accounts from CSV"),
        &milliseconds(roster),
        &format!("INSERTs alone {}", milliseconds(alone)),
        ratio(roster, alone),
        "",
        Limit::AtMost(4.0),
    );
    forget(&mut client, bare).await
}

fn rand_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    #[expect(clippy::disallowed_methods, reason = "a bench has no clock of its own")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    bytes.copy_from_slice(&now.to_be_bytes());
    bytes
}

/// As many accounts, in one transaction, by statements of many rows; taken back at the end.
async fn insert(bare: &Bare, run: &str) -> Outcome {
    let connection = bare.write();
    let backend = connection.get_database_backend();
    let transaction = connection.begin().await?;
    for from in (0..ROWS).step_by(CHUNK) {
        let (mut rows, mut bound): (Vec<String>, Vec<Bound>) = (Vec::new(), vec![bare.store.into()]);
        for row in from..from + CHUNK {
            let (name, email) = (format!("Bare Person {row}"), format!("bare{row}.{run}@import.example"));
            let mut id = rand_bytes();
            id[..4].copy_from_slice(&u32::try_from(row)?.to_be_bytes());
            id[6] = 0x70 | (id[6] & 0x0f);
            bound.extend([Uuid::from_bytes(id).into(), name.clone().into(), email.clone().into()]);
            bound.extend([name.to_lowercase().into(), format!("{name} {email}").to_lowercase().into()]);
            let last = bound.len();
            let [id, name, email, key, text] = [last - 4, last - 3, last - 2, last - 1, last];
            rows.push(format!("(${id}, $1, ${email}, ${email}, '', ${name}, ${name}, ${key}, ${text}, 1, 0, 0, 0)"));
        }
        let sql = format!(
            "INSERT INTO accounts (id, store_id, email, email_key, first_name, last_name, name, name_key, search_text, \
             version, created_at, updated_at, last_sign_in_at) VALUES {}",
            rows.join(", ")
        );
        transaction.execute_raw(Statement::from_sql_and_values(backend, sql, bound)).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Takes the imported people out again, so that the next run measures the same.
async fn forget(client: &mut crate::client::Client, bare: &Bare) -> Outcome {
    let selection = json!({ "matching": { "q": "@import.example" } });
    let request: Value = json!({ "action": "delete", "selection": selection, "parameters": "none" });
    let started = client.post_json("/api/admin/jobs/start", &request).await?.json()?;
    finish(client, started).await?;
    let connection = bare.write();
    let sql = "DELETE FROM accounts WHERE email_key LIKE '%@import.example'";
    connection.execute_unprepared(sql).await?;
    Ok(())
}
