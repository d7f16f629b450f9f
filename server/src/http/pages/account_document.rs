//! How everything known about a person is written: as a document without any other file, or as JSON.

use std::fmt::Write;

use domain::account_data::{AccountData, Fact, Records, Section};
use serde_json::{Map, Value, json};
use types::events::{EventActor, EventRow, Outcome};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Html,
    Json,
}

const STYLE: &str = "\
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}\
body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
p.made{color:GrayText;margin-top:.25rem}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\
th,td{text-align:start;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #8884;overflow-wrap:anywhere}\
thead th{font-size:.85rem}tbody th{font-weight:500;width:14rem}\
ul{margin:0;padding-inline-start:1.1rem}";

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// Everything up to the first event.
    pub fn beginning(self, data: &AccountData) -> String {
        match self {
            Self::Html => html_beginning(data),
            Self::Json => {
                let mut text = format!("{{\n\"made_at\": {}", json!(data.made_at.to_string()));
                for section in &data.sections {
                    // Writing into a string never fails.
                    let _ = write!(text, ",\n{}: {}", json!(section.key), as_json(section));
                }
                text + ",\n\"events\": ["
            }
        }
    }

    /// Some events; `first`: none were written before.
    pub fn events(self, events: &[EventRow], first: bool) -> String {
        match self {
            Self::Html => events.iter().map(html_event).collect(),
            Self::Json => events
                .iter()
                .enumerate()
                .map(|(at, event)| {
                    let comma = if first && at == 0 { "" } else { "," };
                    format!("{comma}\n{}", json_event(event))
                })
                .collect(),
        }
    }

    pub fn end(self) -> &'static str {
        match self {
            Self::Html => "</tbody></table></div></main></body></html>\n",
            Self::Json => "\n]\n}\n",
        }
    }
}

fn as_json(section: &Section) -> Value {
    let record = |facts: &[Fact]| {
        Value::Object(facts.iter().map(|fact| (fact.key.clone(), json!(fact.value))).collect::<Map<_, _>>())
    };
    match &section.records {
        Records::One(facts) => record(facts),
        Records::Many(records) => records.iter().map(|facts| record(facts)).collect(),
    }
}

fn json_event(event: &EventRow) -> Value {
    json!({
        "id": event.id,
        "at": event.at.to_string(),
        "kind": event.kind,
        "outcome": event.outcome,
        "by": event.actor.as_ref().map(|actor| &actor.name),
        "on_behalf_of": event.on_behalf_of.as_ref().map(|person| &person.name),
        "ip": event.ip,
        "place": event.place,
        "browser": event.browser,
        "session": event.session,
        "changes": event.changes,
        "note": event.note,
    })
}

fn html_beginning(data: &AccountData) -> String {
    let name = escaped(&data.name);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{name} – account information</title><style>{STYLE}</style></head>\n\
         <body><main><h1>{name}</h1><p class=\"made\">Account information from Roster, made {}</p>\n",
        data.made_at
    );
    for section in &data.sections {
        let _ = writeln!(text, "<h2>{}</h2>{}", section.title, html_records(&section.records));
    }
    text + "<h2>Activity</h2><div class=\"wide\"><table><thead><tr><th scope=\"col\">Time (UTC)</th>\
            <th scope=\"col\">What</th><th scope=\"col\">By</th><th scope=\"col\">From</th>\
            <th scope=\"col\">Details</th></tr></thead><tbody>\n"
}

fn html_records(records: &Records) -> String {
    let cell = |fact: &Fact| format!("<td>{}</td>", escaped(&fact.value));
    match records {
        Records::One(facts) if !facts.is_empty() => {
            let rows: String = facts
                .iter()
                .map(|fact| format!("<tr><th scope=\"row\">{}</th>{}</tr>", escaped(&fact.label), cell(fact)))
                .collect();
            format!("<table><tbody>{rows}</tbody></table>")
        }
        Records::Many(records) if !records.is_empty() => {
            // Records of a kind may know more or less.
            let mut columns: Vec<(&str, &str)> = Vec::new();
            for fact in records.iter().flatten() {
                if columns.iter().all(|(key, _)| *key != fact.key) {
                    columns.push((&fact.key, &fact.label));
                }
            }
            let head: String =
                columns.iter().map(|(_, label)| format!("<th scope=\"col\">{}</th>", escaped(label))).collect();
            let rows: String = records
                .iter()
                .map(|facts| {
                    let cells: String = columns
                        .iter()
                        .map(|(key, _)| facts.iter().find(|fact| fact.key == *key).map_or("<td></td>".into(), cell))
                        .collect();
                    format!("<tr>{cells}</tr>")
                })
                .collect();
            format!("<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>")
        }
        _ => "<p class=\"made\">Nothing.</p>".into(),
    }
}

fn html_event(event: &EventRow) -> String {
    let refused = if event.outcome == Outcome::Refused { " (refused)" } else { "" };
    let from: Vec<_> =
        [&event.ip, &event.place, &event.browser].into_iter().flatten().map(|text| escaped(text)).collect();
    let changes: String = event
        .changes
        .iter()
        .map(|change| {
            let value = |value: &Option<String>| value.as_deref().map_or_else(|| "–".into(), escaped);
            format!("<li>{}: {} → {}</li>", escaped(&change.field), value(&change.old), value(&change.new))
        })
        .collect();
    let changes = if changes.is_empty() { changes } else { format!("<ul>{changes}</ul>") };
    format!(
        "<tr><td>{}</td><td>{}{refused}</td><td>{}</td><td>{}</td><td>{}{changes}</td></tr>\n",
        event.at.minute(),
        event.kind.label(),
        by(event),
        from.join("<br>"),
        event.note.as_deref().map(escaped).unwrap_or_default(),
    )
}

fn by(event: &EventRow) -> String {
    let name = |person: &EventActor| escaped(&person.name);
    match (&event.actor, &event.on_behalf_of) {
        (Some(actor), Some(person)) => format!("{} on behalf of {}", name(actor), name(person)),
        (actor, _) => actor.as_ref().map(name).unwrap_or_default(),
    }
}

/// Text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_known_is_markup() {
        let fact = |value: &str| Fact { key: "k".into(), label: "<b>".into(), value: value.into() };
        let one = html_records(&Records::One(vec![fact("<script>&\"'")]));
        assert_eq!(
            one,
            "<table><tbody><tr><th scope=\"row\">&lt;b&gt;</th><td>&lt;script&gt;&amp;&quot;&#39;</td></tr></tbody></table>"
        );
        let many = html_records(&Records::Many(vec![vec![fact("a")], vec![]]));
        assert!(many.contains("<tr><td>a</td></tr><tr><td></td></tr>"), "{many}");
    }
}
