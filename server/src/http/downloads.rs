//! Files of the console that are not pages: what came of a job as CSV, the template of an import, and
//! the upload of one. Streamed: memory does not grow with the rows.

use app::ApiError;
use app::ssr::RequestContext;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::csv_cell::inert;
use domain::imports::Upload;
use domain::{Error, Staff, authority, imports, jobs};
use futures::{StreamExt, stream};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;
use types::JobId;
use types::bulk::JobKind;
use types::import::MOST_BYTES;

use super::AppState;
use super::error_answer::Asker;

/// Where a file is uploaded to; the limit of bodies does not hold here.
pub const UPLOAD_PATH: &str = "/admin/users/import/upload";

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/jobs/{id}/result.csv", get(result))
        .route("/admin/users/import/template.csv", get(template))
        .route("/admin/users/import/upload", post(upload))
}

/// Staff who are signed in.
pub(super) async fn staff_of(request: &RequestContext) -> Result<Staff, ApiError> {
    let holder = request.holder().await?;
    if holder.must_change_password {
        return Err(ApiError::not_allowed("Choose a password of your own first."));
    }
    Ok(holder.into_staff()?)
}

/// What came of each account, or the rejected rows of an import.
async fn result(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    Path(id): Path<String>,
) -> Response {
    match begin_result(&request, &id).await {
        Ok((name, first, rest)) => csv_answer(&name, first, rest),
        Err(error) => Asker::Browser.answer(&state, &error),
    }
}

/// So long may an upload rest between two pieces.
const PIECE_WITHIN: Duration = Duration::from_secs(60);

type Lines = Vec<Vec<String>>;

/// What is asked for piece by piece.
#[derive(Clone)]
struct Source {
    request: RequestContext,
    staff: Staff,
    job: JobId,
    is_import: bool,
}

impl Source {
    /// The lines after a position, and the position to go on from, as long as its reader may read them.
    async fn piece(&self, after: i64) -> domain::Result<(Lines, Option<i64>)> {
        let database = self.request.database();
        let staff = authority::again(&self.request.context(), &self.staff).await?;
        if self.is_import {
            return imports::rejected(database, &staff, self.job, after).await;
        }
        let (rows, next) = jobs::results(database, &staff, self.job, after).await?;
        let mut lines = Vec::with_capacity(rows.len() + 1);
        if after == 0 {
            lines.push(["Id", "Name", "Email", "Result", "Reason"].map(str::to_owned).to_vec());
        }
        lines.extend(
            rows.into_iter().map(|row| vec![row.account.to_string(), row.name, row.email, row.outcome, row.reason]),
        );
        Ok((lines, next))
    }
}

/// The first piece decides about the status; the others follow.
async fn begin_result(request: &RequestContext, id: &str) -> Result<(String, Bytes, Option<(Source, i64)>), ApiError> {
    let staff = staff_of(request).await?;
    let job: JobId = id.parse().map_err(|_| ApiError::not_found("job"))?;
    let report = jobs::report(request.database(), &staff, job).await?;
    let is_import = matches!(report.kind, JobKind::Import | JobKind::ImportDryRun);
    let source = Source { request: request.clone(), staff, job, is_import };
    let (lines, next) = source.piece(0).await?;
    let name = if is_import { format!("rejected-{job}.csv") } else { format!("{}-{job}.csv", report.kind.key()) };
    Ok((name, as_csv(&lines)?, next.map(|next| (source, next))))
}

fn csv_answer(name: &str, first: Bytes, rest: Option<(Source, i64)>) -> Response {
    let rest = stream::try_unfold(rest, |rest| async move {
        let Some((source, after)) = rest else { return Ok::<_, Error>(None) };
        let (lines, next) = source.piece(after).await?;
        Ok(Some((as_csv(&lines)?, next.map(|next| (source, next)))))
    });
    let body = Body::from_stream(stream::once(async { Ok(first) }).chain(rest));
    with_name(body.into_response(), name)
}

fn with_name(mut response: Response, name: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

fn as_csv(lines: &[Vec<String>]) -> domain::Result<Bytes> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for line in lines {
        // A row that was rejected is still whatever somebody put into the file.
        writer
            .write_record(line.iter().map(|cell| inert(cell).into_owned()))
            .map_err(|error| Error::Internal(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(bytes.into())
}

#[derive(Deserialize)]
struct OfStore {
    store: Option<String>,
}

async fn template(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    Query(of): Query<OfStore>,
) -> Response {
    let file = async {
        let staff = staff_of(&request).await?;
        let store = of.store.and_then(|store| store.parse().ok());
        Ok::<_, ApiError>(as_csv(&imports::template(&request.context(), &staff, store).await?)?)
    };
    match file.await {
        Ok(file) => with_name(file.into_response(), "template.csv"),
        Err(error) => Asker::Browser.answer(&state, &error),
    }
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

/// The file is the body, as it is; its name is in the query. Answers with the import's id, or with an
/// error as server functions do.
async fn upload(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    Query(named): Query<Named>,
    body: Body,
) -> Response {
    match take_in(&request, &named.name, body).await {
        Ok(id) => Json(id).into_response(),
        Err(error) => Asker::ServerFunction.answer(&state, &error),
    }
}

async fn take_in(request: &RequestContext, name: &str, body: Body) -> Result<types::ImportId, ApiError> {
    let staff = staff_of(request).await?;
    let mut upload = Upload::begin(&request.context(), &staff, name).await?;
    let mut pieces = body.into_data_stream();
    let mut size = 0;
    while let Some(piece) = timeout(PIECE_WITHIN, pieces.next()).await.unwrap_or(Some(Err(axum::Error::new("late")))) {
        let piece = piece.map_err(|_| ApiError::BadRequest { message: "The upload was interrupted.".into() })?;
        size += piece.len() as u64;
        if let Err(error) = upload.push(&piece).await {
            drain(pieces, size).await;
            return Err(error.into());
        }
    }
    // It may have come for long.
    authority::again(&request.context(), &staff).await?;
    Ok(upload.finish().await?)
}

/// A browser reads the answer only once it has sent everything.
async fn drain(mut pieces: axum::body::BodyDataStream, mut size: u64) {
    while let Ok(Some(Ok(piece))) = timeout(PIECE_WITHIN, pieces.next()).await {
        size += piece.len() as u64;
        if size > MOST_BYTES * 2 {
            break;
        }
    }
}
