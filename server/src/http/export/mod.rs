//! `/admin/exports/{id}`: a file of accounts, made while it is downloaded (U10).

mod delimited;
mod json_lines;
mod workbook;

use std::io;

use app::ssr::RequestContext;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::users::export::{self, Exporter};
use domain::{Error, Result};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use tokio::sync::mpsc;
use types::ExportId;
use types::export::{ExportFormat, ExportState};

use super::AppState;
use super::error_answer::Asker;

type Sender = mpsc::Sender<io::Result<Bytes>>;

/// The file of who asked for it, once.
pub async fn download(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
) -> Response {
    match begin(&context, &id).await {
        Ok(exporter) => {
            let format = exporter.format;
            let name = format!("users-{}.{}", state.roster.now().date(), format.extension());
            let (sender, mut receiver) = mpsc::channel(4);
            tokio::spawn(run(exporter, sender));
            let body = Body::from_stream(futures::stream::poll_fn(move |context| receiver.poll_recv(context)));
            let headers = [
                (CONTENT_TYPE, content_type(format).to_owned()),
                (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
                (CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, body).into_response()
        }
        Err(error) => Asker::Browser.answer(&state, &error.into()),
    }
}

async fn begin(context: &RequestContext, id: &str) -> Result<Exporter> {
    let staff = context.staff().await?;
    let id: ExportId = id.parse().map_err(|_| Error::NotFound("export"))?;
    export::open(&context.context(), &staff, id).await
}

fn content_type(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::JsonLines => "application/jsonl; charset=utf-8",
        ExportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

async fn run(mut exporter: Exporter, sender: Sender) {
    let sent = match exporter.format {
        ExportFormat::Xlsx => workbook::send(&mut exporter, &sender).await,
        _ => send_text(&mut exporter, &sender).await,
    };
    let state = match sent {
        Ok(true) => ExportState::Done,
        Ok(false) => ExportState::Failed,
        Err(error) => {
            tracing::error!(%error, "an export failed");
            // Breaks the download off, so that nobody takes half a file for a whole one.
            let _ = sender.send(Err(io::Error::other("the export failed"))).await;
            ExportState::Failed
        }
    };
    exporter.note(state).await;
}

/// Text goes out as it is made; `false`: nobody reads it any more.
async fn send_text(exporter: &mut Exporter, sender: &Sender) -> Result<bool> {
    let is_csv = exporter.format == ExportFormat::Csv;
    if is_csv && sender.send(Ok(delimited::head(&exporter.columns)?.into())).await.is_err() {
        return Ok(false);
    }
    while let Some(rows) = exporter.next().await? {
        let text = if is_csv { delimited::rows(&rows)? } else { json_lines::rows(&exporter.columns, &rows)? };
        if sender.send(Ok(text.into())).await.is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What went wrong on the way to the file.
fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("an export cannot be written: {error}"))
}
