//! `GET /admin/audit/export`: what a search of the log finds, as CSV or JSON (G2, P7).
//!
//! Rows are read in batches while they are sent: memory stays the same for a million. Each batch asks
//! again who is calling: a role that was taken meanwhile ends the download.

use app::ssr::RequestContext;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use domain::csv_cell::inert;
use domain::{Staff, audit, authority};
use futures::{StreamExt, stream};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use types::audit::{AuditFilter, AuditRow};

use super::AppState;
use super::downloads::staff_of;
use super::error_answer::Asker;

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Csv,
    Json,
}

const HEAD: &str = "id,time,event,outcome,actor_id,actor,on_behalf_of_id,on_behalf_of,subject_id,subject,\
    ip,place,browser,session,changes,note\r\n";

/// Needs **View activity**.
pub async fn export(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    RawQuery(query): RawQuery,
) -> Response {
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let filter = AuditFilter::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let json = pairs.iter().any(|(name, value)| name == "format" && value == "json");
    let format = if json { Format::Json } else { Format::Csv };
    // The first batch before the head, so that an error still has its status.
    let staff = match staff_of(&context).await {
        Ok(staff) => staff,
        Err(error) => return Asker::Browser.answer(&state, &error),
    };
    let first = match batch(&context, &staff, &filter, None).await {
        Ok(first) => first,
        Err(error) => return Asker::Browser.answer(&state, &error.into()),
    };
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit-log.csv\""),
        Format::Json => ("application/json", "attachment; filename=\"audit-log.json\""),
    };
    let head = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name), (CACHE_CONTROL, "no-store")];
    (head, Body::from_stream(body(context, staff, filter, format, first))).into_response()
}

type Batch = (Vec<AuditRow>, Option<String>);

/// As long as its reader may read it.
async fn batch(
    context: &RequestContext,
    staff: &Staff,
    filter: &AuditFilter,
    older: Option<&str>,
) -> domain::Result<Batch> {
    let staff = authority::again(&context.context(), staff).await?;
    let page = audit::export_batch(context.database(), &staff, filter, older).await?;
    Ok((page.rows, page.older))
}

enum Step {
    Begin(Batch),
    Next(String, bool),
    End,
}

fn body(
    context: RequestContext,
    staff: Staff,
    filter: AuditFilter,
    format: Format,
    first: Batch,
) -> impl futures::Stream<Item = domain::Result<Bytes, std::io::Error>> {
    let rows = stream::unfold(Step::Begin(first), move |step| {
        let (context, staff, filter) = (context.clone(), staff.clone(), filter.clone());
        async move {
            let (batch, mut text, mut is_first) = match step {
                Step::End => return None,
                Step::Begin(batch) => (Ok(batch), if format == Format::Csv { HEAD } else { "[" }.to_owned(), true),
                Step::Next(older, is_first) => {
                    (batch(&context, &staff, &filter, Some(&older)).await, String::new(), is_first)
                }
            };
            let (rows, older) = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    // A download that ends in the middle must not look whole.
                    tracing::warn!(%error, "an export of the audit log was broken off");
                    return Some((Err(std::io::Error::other("broken off")), Step::End));
                }
            };
            for row in &rows {
                match format {
                    Format::Csv => write_csv(&mut text, row),
                    Format::Json => {
                        text += if is_first { "\n" } else { ",\n" };
                        text += &json(row);
                    }
                }
                is_first = false;
            }
            let next = match older {
                Some(older) => Step::Next(older, is_first),
                None => {
                    if format == Format::Json {
                        text += "\n]\n";
                    }
                    Step::End
                }
            };
            Some((Ok(Bytes::from(text)), next))
        }
    });
    // Whoever compresses it asks once more after the end.
    rows.fuse()
}

fn json(row: &AuditRow) -> String {
    let AuditRow { event, subject } = row;
    serde_json::json!({
        "id": event.id,
        "time": event.at.to_string(),
        "event": event.kind.key(),
        "outcome": event.outcome.key(),
        "actor": event.actor,
        "on_behalf_of": event.on_behalf_of,
        "subject": subject,
        "ip": event.ip,
        "place": event.place,
        "browser": event.browser,
        "session": event.session,
        "changes": event.changes,
        "note": event.note,
    })
    .to_string()
}

fn write_csv(text: &mut String, row: &AuditRow) {
    let AuditRow { event, subject } = row;
    let changes: Vec<_> = event
        .changes
        .iter()
        .map(|change| {
            let value = |value: &Option<String>| value.clone().unwrap_or_default();
            format!("{}: {} → {}", change.field, value(&change.old), value(&change.new))
        })
        .collect();
    let person = |person: &Option<types::events::EventActor>| {
        person.as_ref().map(|one| (one.id.to_string(), one.name.clone())).unwrap_or_default()
    };
    let ((actor_id, actor), (subject_id, subject)) = (person(&event.actor), person(subject));
    let (on_behalf_of_id, on_behalf_of) = person(&event.on_behalf_of);
    let cells = [
        event.id.to_string(),
        event.at.to_string(),
        event.kind.key().to_owned(),
        event.outcome.key().to_owned(),
        actor_id,
        actor,
        on_behalf_of_id,
        on_behalf_of,
        subject_id,
        subject,
        event.ip.clone().unwrap_or_default(),
        event.place.clone().unwrap_or_default(),
        event.browser.clone().unwrap_or_default(),
        event.session.map(|session| session.to_string()).unwrap_or_default(),
        changes.join("; "),
        event.note.clone().unwrap_or_default(),
    ];
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&csv_cell(cell));
    }
    text.push_str("\r\n");
}

/// RFC 4180, harmless in a spreadsheet.
fn csv_cell(cell: &str) -> String {
    let cell = inert(cell);
    let quoted = cell.contains(['"', ',', ';', '\t', '\n', '\r']);
    if quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn cells_are_quoted_and_never_run() {
        assert_eq!(csv_cell("Ada, \"the first\""), "\"Ada, \"\"the first\"\"\"");
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("@SUM(A1,2)"), "\"'@SUM(A1,2)\"");
        assert_eq!(csv_cell("a: 1;=cmd|calc"), "\"a: 1;'=cmd|calc\"");
        assert_eq!(csv_cell("plain"), "plain");
    }
}
