//! The list under filters against the list without, and the cards above it.

use serde_json::{Value, json};

use crate::Outcome;
use crate::bare::Bare;
use crate::client::Client;
use crate::measure::{Times, milliseconds, ratio};
use crate::report::{Limit, Report};
use crate::roster::{LIST, Server};

const ROUNDS: usize = 60;

pub async fn measure(server: &Server, bare: &Bare, report: &mut Report) -> Outcome {
    let mut client = server.client().await?;
    let filters = filters(&mut client, bare).await?;
    let (mut all, mut cards) = (Times::default(), Times::default());
    let mut filtered: Vec<_> = filters.iter().map(|_| Times::default()).collect();
    for _ in 0..ROUNDS {
        all.time(ask(&mut client, LIST, &request(&json!({})))).await?;
        cards.time(ask(&mut client, "/api/admin/users/counts", &json!({ "store": null }))).await?;
        for ((_, filter), times) in filters.iter().zip(&mut filtered) {
            times.time(ask(&mut client, LIST, &request(filter))).await?;
        }
    }
    for ((name, _), times) in filters.iter().zip(&filtered) {
        report.row(
            &format!("list filtered by {name}, first page of {}", server.users),
            &times.text(),
            &format!("without a filter {}", all.text()),
            ratio(times.p50(), all.p50()),
            "",
            Limit::AtMost(2.0),
        );
    }
    report.row(
        "the cards",
        &cards.text(),
        &format!("the list {}", milliseconds(all.p50())),
        ratio(cards.p50(), all.p50()),
        "",
        Limit::AtMost(1.0),
    );
    Ok(())
}

fn request(filter: &Value) -> Value {
    json!({ "state": { "filter": filter, "sort": "name", "dir": "ascending", "size": 50, "position": "first" } })
}

async fn ask(client: &mut Client, path: &str, request: &Value) -> Outcome {
    client.post_json(path, request).await?.json().map(|_| ())
}

async fn filters(client: &mut Client, bare: &Bare) -> Outcome<Vec<(&'static str, Value)>> {
    let choices = client.post_json("/api/admin/users/filter-choices", &json!({ "store": null })).await?.json()?;
    let some = |what: &str, at: usize| {
        let list = choices[what].as_array().cloned().unwrap_or_default();
        list.get(at.min(list.len().saturating_sub(1))).map(|it| it[0].clone()).unwrap_or_default()
    };
    let (group, organization, role) = (some("groups", 3), some("organizations", 2), some("roles", 1));
    let day = bare.created_at(100_000).await?;
    Ok(vec![
        ("status", json!({ "status": "disabled" })),
        ("locked", json!({ "status": "locked" })),
        ("state", json!({ "state": "pending_activation" })),
        ("verified e-mail", json!({ "email_verified": false })),
        ("group", json!({ "group": group })),
        ("organization", json!({ "organization": organization })),
        ("role", json!({ "role": role })),
        ("creation", json!({ "created": { "before": day } })),
        ("last sign-in: never", json!({ "never_signed_in": true })),
        ("status and group", json!({ "status": "enabled", "group": group })),
        ("state and creation", json!({ "state": "onboarded", "created": { "before": day } })),
        ("organization and search", json!({ "organization": organization, "q": "mar" })),
    ])
}
