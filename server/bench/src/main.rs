//! `make bench`: measures the built `roster` beside its limits, in one run, and writes the table.
//!
//! The binary is the real one, reached over loopback. What it is compared with runs in this process:
//! the bare query, a bare axum server that answers as many bytes, the bare Argon2id. Both sides take
//! turns, so that a busy machine slows both.
//!
//! `scripts/bench.sh` builds, starts PostgreSQL and says where everything is:
//! `budgets FOLDER HEADING PART [POSTGRES_URL]`; parts are `all`, or some of `lists`, `filters`, `signs`,
//! `bulk`, `files`, `memory`, `wire`, joined by commas. `BENCH_MOST` lowers the million, for a quick look.

mod bare;
mod bulk;
mod client;
mod files;
mod filters;
mod lists;
mod measure;
mod memory;
mod place;
mod report;
mod roster;
mod sign_ins;
mod wire;

use std::path::PathBuf;

use bare::Bare;
use place::Place;
use report::Report;
use roster::Server;

/// Whatever goes wrong ends the run: there is nothing to be saved.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut next = |what: &str| arguments.next().ok_or(format!("missing: {what}"));
    let folder = PathBuf::from(next("the folder for databases")?);
    let heading = next("the heading of the report")?;
    let parts = next("the parts")?;
    let postgres = next("").ok();
    let most = std::env::var("BENCH_MOST").ok().and_then(|most| most.parse().ok()).unwrap_or(1_000_000);

    let mut report = Report::new(&heading);
    let mut places = vec![("SQLite", Place::sqlite(&folder))];
    if let Some(url) = &postgres {
        places.push(("PostgreSQL", Place::postgres(&folder, url)));
    }
    for (name, place) in places {
        report.database(name);
        measure_all(&place, most, &parts, &mut report).await?;
    }
    println!("{}", report.markdown());
    if parts == "all" && postgres.is_some() {
        std::fs::write("BENCHMARKS.md", report.markdown())?;
    }
    Ok(())
}

async fn measure_all(place: &Place, most: u32, parts: &str, report: &mut Report) -> Outcome {
    let wants = |part: &str| parts == "all" || parts.split(',').any(|wanted| wanted == part);
    let sizes = [1_000, most.min(100_000), most];
    for users in sizes {
        place.prepare(users, report).await?;
    }
    if wants("memory") {
        memory::starting(place, most, report).await?;
    }
    let bare = Bare::open(&place.database_url(most)).await?;
    let mut servers = Vec::new();
    for users in sizes {
        servers.push(Server::start(place, users).await?);
    }
    let largest = &servers[2];
    if wants("lists") {
        lists::measure(&servers, &bare, report).await?;
        memory::note(largest, "the lists", report);
    }
    if wants("filters") {
        filters::measure(largest, &bare, report).await?;
    }
    if wants("signs") {
        sign_ins::measure(largest, report).await?;
        memory::note(largest, "the sign-ins", report);
    }
    if wants("bulk") {
        bulk::measure(largest, &bare, report).await?;
    }
    if wants("files") {
        files::measure(place, largest, &bare, report).await?;
        memory::note(largest, "the files", report);
    }
    if wants("memory") {
        memory::after(largest, report).await?;
    }
    if wants("wire") {
        wire::measure(largest, report).await?;
    }
    bare.close().await;
    for server in servers {
        server.stop().await?;
    }
    Ok(())
}
