//! Sign-ins a second against the bare Argon2id.

use std::time::{Duration, Instant};

use crate::Outcome;
use serde_json::json;

use crate::bare::{argon2_rate, axum_server};
use crate::client::Client;
use crate::measure::Times;
use crate::report::{Limit, Report};
use crate::roster::{LIST, OWNERS, Server, list_request, sign_in_again};

const TURNS: usize = 3;
const TURN: Duration = Duration::from_secs(4);

pub async fn measure(server: &Server, report: &mut Report) -> Outcome {
    let connections = std::thread::available_parallelism()?.get() * 2;
    let (mut bare, mut roster) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        bare.push(argon2_rate(TURN).await?);
        roster.push(sign_in_rate(server, connections).await?);
    }
    let (bare, roster) = (median(bare), median(roster));
    report.row(
        &format!("sign-ins a second, {connections} at once"),
        &format!("{roster:.1}"),
        &format!("Argon2id alone {bare:.1}"),
        roster / bare,
        "",
        Limit::AtLeast(0.9),
    );
    lists_meanwhile(server, connections, report).await?;
    session_check(server, report).await
}

/// While sign-ins saturate the cores, somebody looks at the list.
async fn lists_meanwhile(server: &Server, connections: usize, report: &mut Report) -> Outcome {
    let mut client = server.client().await?;
    let mut looks = Times::default();
    let list = list_request(json!("first"), "");
    let mut look = async || looks.time(async { client.post_json(LIST, &list).await?.json().map(|_| ()) }).await;
    let sign_ins = sign_in_rate(server, connections);
    tokio::pin!(sign_ins);
    loop {
        tokio::select! {
            rate = &mut sign_ins => {
                rate?;
                break;
            }
            looked = look() => looked?,
        }
    }
    let p95 = looks.p95().as_secs_f64() * 1000.0;
    report.row("p95 of a list while sign-ins saturate the cores", &looks.text(), "", p95, " ms", Limit::AtMost(250.0));
    Ok(())
}

/// Asking who is signed in: the session, and nothing else.
async fn session_check(server: &Server, report: &mut Report) -> Outcome {
    let (mut client, mut axum) = (server.client().await?, Client::connect(axum_server().await?).await?);
    let (mut viewer, mut answer) = (Times::default(), Times::default());
    for _ in 0..200 {
        viewer.time(async { client.post_json("/api/admin/viewer", &json!({})).await?.json().map(|_| ()) }).await?;
        answer.time(async { Ok(axum.post_json("/300", &json!({})).await?.body.len()) }).await?;
    }
    report.note("who is signed in (a session check)", &viewer.text(), &format!("axum {}", answer.text()));
    Ok(())
}

async fn sign_in_rate(server: &Server, connections: usize) -> Outcome<f64> {
    let begin = Instant::now();
    let workers: Vec<_> =
        OWNERS.iter().cycle().take(connections).map(|owner| tokio::spawn(sign_in_for(server.address, owner))).collect();
    let mut count = 0;
    for worker in workers {
        count += worker.await??;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}

async fn sign_in_for(address: std::net::SocketAddr, owner: &str) -> Outcome<u32> {
    let mut client = Client::connect(address).await?;
    let (begin, mut count) = (Instant::now(), 0);
    while begin.elapsed() < TURN {
        sign_in_again(&mut client, owner).await?.ok_or("a sign-in was refused")?;
        count += 1;
    }
    Ok(count)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
