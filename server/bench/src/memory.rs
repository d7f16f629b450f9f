//! Resident memory, and the time from the start of the process to its first answer.

use std::time::Duration;

use crate::Outcome;
use crate::measure::{Times, milliseconds};
use crate::place::Place;
use crate::report::{Limit, Report};
use crate::roster::Server;

const STARTS: usize = 7;

pub async fn starting(place: &Place, users: u32, report: &mut Report) -> Outcome {
    let (mut times, mut idle) = (Times::default(), 0.0_f64);
    for _ in 0..STARTS {
        let server = Server::start_only(place, users).await?;
        times.add(server.started_within);
        // Whatever starting left to be done.
        tokio::time::sleep(Duration::from_millis(700)).await;
        idle = idle.max(server.memory());
        server.stop().await?;
    }
    report.row(
        &format!("start to first answer, {users} accounts"),
        &milliseconds(times.p50()),
        &format!("longest of {STARTS}: {}", milliseconds(times.longest())),
        times.p50().as_secs_f64(),
        " s",
        Limit::AtMost(0.1),
    );
    report.row(
        &format!("idle memory, {users} accounts"),
        &format!("{idle:.1} MB"),
        "",
        idle,
        " MB",
        Limit::AtMost(30.0),
    );
    Ok(())
}

pub async fn after(server: &Server, report: &mut Report) -> Outcome {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let memory = server.memory();
    report.row("memory after the runs", &format!("{memory:.1} MB"), "", memory, " MB", Limit::AtMost(64.0));
    Ok(())
}

/// In between, to see what takes it.
pub fn note(server: &Server, what: &str, report: &mut Report) {
    report.note(&format!("memory after {what}"), &format!("{:.1} MB", server.memory()), "");
}
