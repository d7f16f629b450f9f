//! Bytes over the wire, in brotli: a page and every file that it loads to become alive.

use std::collections::BTreeSet;

use crate::Outcome;
use crate::client::Client;
use crate::report::{Limit, Report};
use crate::roster::Server;

const FILES: [&str; 7] = [".js", ".css", ".wasm", ".svg", ".ico", ".png", ".woff2"];

pub async fn measure(server: &Server, report: &mut Report) -> Outcome {
    let mut stranger = Client::connect(server.address).await?;
    page(&mut stranger, "/login", 180.0, report).await?;
    let mut owner = server.client().await?;
    page(&mut owner, "/admin/users", 300.0, report).await
}

async fn page(client: &mut Client, path: &str, limit: f64, report: &mut Report) -> Outcome {
    let answer = client.get_compressed(path).await?;
    if answer.status != 200 {
        return Err(format!("{path}: {}", answer.status).into());
    }
    let coding = answer.header("content-encoding").unwrap_or("not compressed").to_owned();
    let mut sizes = vec![(format!("the page ({coding})"), answer.body.len())];
    // A page that is sent as it is can be read for the names of its files; another is asked for again.
    let html = client.get(path).await?.body.to_vec();
    let mut waiting: Vec<_> = quoted(&String::from_utf8_lossy(&html)).filter(|text| text.starts_with('/')).collect();
    let mut known = BTreeSet::new();
    while let Some(file) = waiting.pop() {
        if !known.insert(file.clone()) {
            continue;
        }
        let answer = client.get_compressed(&file).await?;
        if answer.status != 200 {
            return Err(format!("{file}: {}", answer.status).into());
        }
        sizes.push((short(&file), answer.body.len()));
        if file.ends_with(".js") {
            let script = client.get(&file).await?.body.to_vec();
            waiting.extend(imports(&String::from_utf8_lossy(&script), &file));
        }
    }
    let total = sizes.iter().map(|(_, bytes)| bytes).sum::<usize>() as f64 / 1000.0;
    sizes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let told: Vec<_> = sizes.iter().map(|(name, bytes)| format!("{name} {:.1}", *bytes as f64 / 1000.0)).collect();
    report.row(&format!("over the wire: {path}"), &told.join(", "), "", total, " KB", Limit::AtMost(limit));
    Ok(())
}

/// Texts in quotes that name a file.
fn quoted(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(['"', '\'', '`']).filter(|part| FILES.iter().any(|kind| part.ends_with(kind))).map(str::to_owned)
}

/// What a script imports before it runs. What it would load later is not counted, unless the page
/// names it too.
fn imports<'a>(script: &'a str, file: &'a str) -> impl Iterator<Item = String> + 'a {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let pieces: Vec<_> = script.split(['"', '\'']).collect();
    let named: Vec<_> = pieces
        .windows(2)
        .filter(|pair| ["from", "import"].iter().any(|word| pair[0].trim_end().ends_with(word)))
        .filter_map(|pair| pair[1].strip_prefix("./").filter(|name| name.ends_with(".js")))
        .collect();
    named.into_iter().map(move |name| format!("{folder}/{name}"))
}

/// Without the hash: `roster.X7mCwoQkoZfp5cQE6B0e4g.js` is `roster.js`.
fn short(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or_default();
    name.split('.').filter(|part| part.len() != 22).collect::<Vec<_>>().join(".")
}
