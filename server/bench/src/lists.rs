//! Pages of the list, as data and as HTML, and the search.

use serde_json::{Value, json};

use crate::Outcome;
use crate::bare::{Bare, Cursor, axum_server};
use crate::client::Client;
use crate::measure::{Times, ratio};
use crate::report::{Limit, Report};
use crate::roster::{LIST, Server, list_request};

const ROUNDS: usize = 200;
const HTML_ROUNDS: usize = 60;
const SEARCH_ROUNDS: usize = 40;
const NEEDLES: usize = 5;

/// A page that is asked for again and again.
struct Page {
    name: &'static str,
    request: Value,
    bare: Option<Cursor>,
    is_last: bool,
}

pub async fn measure(servers: &[Server], bare: &Bare, report: &mut Report) -> Outcome {
    let axum = axum_server().await?;
    data(servers, bare, axum, report).await?;
    html(&servers[2], axum, report).await?;
    search(&servers[2], bare, axum, report).await
}

async fn data(servers: &[Server], bare: &Bare, axum: std::net::SocketAddr, report: &mut Report) -> Outcome {
    let mut clients = Vec::new();
    let mut pages = Vec::new();
    for server in servers {
        let mut client = server.client().await?;
        pages.push(pages_of(&mut client, server, bare).await?);
        clients.push(client);
    }
    let mut axum = Client::connect(axum).await?;
    let mut roster = vec![vec![Times::default(); 3]; servers.len()];
    let (mut queries, mut answers) = (vec![Times::default(); 3], vec![Times::default(); 3]);
    for _ in 0..ROUNDS {
        for page in 0..3 {
            let mut bytes = 0;
            for (at, client) in clients.iter_mut().enumerate() {
                let request = &pages[at][page].request;
                bytes = roster[at][page].time(async { ask(client, request).await }).await?;
            }
            let Page { bare: cursor, is_last, .. } = &pages[2][page];
            let query =
                async { if *is_last { bare.last_page().await } else { bare.page_after(cursor.as_ref()).await } };
            queries[page].time(query).await?;
            let path = format!("/{bytes}");
            answers[page].time(async { Ok(axum.post_json(&path, &pages[2][page].request).await?.body.len()) }).await?;
        }
    }
    for page in 0..3 {
        let name = pages[2][page].name;
        let (small, large) = (&roster[0][page], &roster[2][page]);
        let (of_small, of_large) = (servers[0].users, servers[2].users);
        report.row(
            &format!("{name}, {of_large} against {of_small} accounts"),
            &format!("{} (at {}: {})", large.text(), servers[1].users, roster[1][page].text()),
            &small.text(),
            ratio(large.p50(), small.p50()),
            "",
            Limit::AtMost(1.3),
        );
        let (query, answer) = (queries[page].p50(), answers[page].p50());
        report.row(
            &format!("{name} of {of_large}, as data"),
            &large.text(),
            &format!("query {} + axum {}", queries[page].text(), answers[page].text()),
            ratio(large.p50(), query + answer),
            "",
            Limit::AtMost(2.5),
        );
    }
    Ok(())
}

/// The first, the hundredth (of 1,000 accounts the tenth) and the last page.
async fn pages_of(client: &mut Client, server: &Server, bare: &Bare) -> Outcome<[Page; 3]> {
    let walk = if server.users < 10_000 { 9 } else { 99 };
    let mut request = list_request(json!("first"), "");
    for _ in 0..walk {
        let answer = client.post_json(LIST, &request).await?.json()?;
        let after = answer["after"].as_str().ok_or("the list is shorter than that")?;
        request = list_request(json!({ "after": after }), "");
    }
    Ok([
        Page { name: "first page", request: list_request(json!("first"), ""), bare: None, is_last: false },
        Page { name: "hundredth page", request, bare: Some(bare.row_at(walk * 50 - 1).await?), is_last: false },
        Page { name: "last page", request: list_request(json!("last"), ""), bare: None, is_last: true },
    ])
}

/// Gives the bytes of the answer.
async fn ask(client: &mut Client, request: &Value) -> Outcome<usize> {
    let answer = client.post_json(LIST, request).await?;
    if answer.status == 200 {
        Ok(answer.body.len())
    } else {
        Err(format!("{}: {}", answer.status, String::from_utf8_lossy(answer.body)).into())
    }
}

async fn html(server: &Server, axum: std::net::SocketAddr, report: &mut Report) -> Outcome {
    let (mut client, mut axum) = (server.client().await?, Client::connect(axum).await?);
    let (mut page, mut bare) = (Times::default(), Times::default());
    let mut bytes = 0;
    for _ in 0..HTML_ROUNDS {
        bytes = page
            .time(async {
                let answer = client.get("/admin/users").await?;
                let is_list = answer.body.windows(8).any(|bytes| bytes == b".example");
                if answer.status == 200 && is_list { Ok(answer.body.len()) } else { Err("not the user list".into()) }
            })
            .await?;
        let path = format!("/{bytes}");
        bare.time(async { Ok(axum.get(&path).await?.body.len()) }).await?;
    }
    report.row(
        &format!("first page of {}, as HTML ({} KB)", server.users, bytes / 1024),
        &page.text(),
        &format!("axum {}", bare.text()),
        ratio(page.p50(), bare.p50()),
        "",
        Limit::AtMost(40.0),
    );
    Ok(())
}

async fn search(server: &Server, bare: &Bare, axum: std::net::SocketAddr, report: &mut Report) -> Outcome {
    let (mut client, mut axum) = (server.client().await?, Client::connect(axum).await?);
    let needles = needles(bare, server.users).await?;
    for (name, needles, limit) in [
        ("search, some ten hits", needles.as_slice(), Some(2.0)),
        ("search, frequent three letters", &["mar".to_owned(), "nov".to_owned(), "ann".to_owned()], None),
    ] {
        let (mut roster, mut query, mut answer) = (Times::default(), Times::default(), Times::default());
        for _ in 0..SEARCH_ROUNDS {
            for needle in needles {
                let request = list_request(json!("first"), needle);
                let bytes = roster.time(async { ask(&mut client, &request).await }).await?;
                query.time(async { bare.search(needle, 51).await }).await?;
                let path = format!("/{bytes}");
                answer.time(async { Ok(axum.post_json(&path, &request).await?.body.len()) }).await?;
            }
        }
        let work = format!("{name} in {} (such as “{}”)", server.users, needles[0]);
        let beside = format!("query {} + axum {}", query.text(), answer.text());
        match limit {
            Some(limit) => {
                let value = ratio(roster.p50(), query.p50() + answer.p50());
                report.row(&work, &roster.text(), &beside, value, "", Limit::AtMost(limit));
            }
            None => report.note(&work, &roster.text(), &format!("{beside}, both without order")),
        }
    }
    Ok(())
}

/// Beginnings of addresses that some ten people have.
async fn needles(bare: &Bare, users: u32) -> Outcome<Vec<String>> {
    let mut needles: Vec<String> = Vec::new();
    for part in 1..=40 {
        for address in bare.addresses(i64::from(users) * part / 42, 5).await? {
            for length in 5..address.find('@').unwrap_or_default() {
                let Some(beginning) = address.get(..length) else { continue };
                if (7..=14).contains(&bare.search(beginning, 100).await?)
                    && needles.iter().all(|known| known != beginning)
                {
                    needles.push(beginning.to_owned());
                    break;
                }
            }
            if needles.len() >= NEEDLES {
                return Ok(needles);
            }
        }
    }
    if needles.is_empty() { Err("no part of an address has some ten hits".into()) } else { Ok(needles) }
}
