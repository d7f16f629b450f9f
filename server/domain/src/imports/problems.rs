//! The rows that an import rejected, or would: the first ones for the page, all of them for the CSV.

use db::entities::{import_problems, imports, jobs};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::JobId;
use types::bulk::JobKind;
use types::import::{ImportPlan, ImportProblem, PROBLEMS_KEPT};

use crate::{Database, Error, Result, Staff, jobs as job_verbs};

/// Rows in one piece.
const PIECE: u64 = 500;

type Named = Vec<(Option<String>, String)>;

fn named(row: &import_problems::Model) -> Named {
    serde_json::from_str(&row.problems).unwrap_or_default()
}

/// The import's job, for whoever started it: its rows are theirs.
pub(super) async fn visible(database: &Database, staff: &Staff, id: JobId) -> Result<jobs::Model> {
    let job = job_verbs::visible(database, staff, id).await?;
    let is_import = matches!(JobKind::from_key(&job.action), Some(JobKind::Import | JobKind::ImportDryRun));
    if is_import && job.started_by == Some(staff.account) { Ok(job) } else { Err(Error::NotFound("import")) }
}

/// The first problems, by row and column. Whoever started the import.
pub async fn problems(database: &Database, staff: &Staff, id: JobId) -> Result<Vec<ImportProblem>> {
    visible(database, staff, id).await?;
    let rows = import_problems::Entity::find()
        .filter(import_problems::Column::JobId.eq(id))
        .order_by_asc(import_problems::Column::Position)
        .limit(PROBLEMS_KEPT.unsigned_abs())
        .all(database.read())
        .await?;
    let each = rows.iter().flat_map(|row| {
        named(row).into_iter().map(|(column, message)| ImportProblem { row: row.position, column, message })
    });
    Ok(each.take(usize::try_from(PROBLEMS_KEPT).unwrap_or_default()).collect())
}

/// A piece of the rejected rows after one (0: with the header before them), as they were in the
/// file, with the reason behind; and the row to go on from. Whoever started the import.
pub async fn rejected(
    database: &Database,
    staff: &Staff,
    id: JobId,
    after: i64,
) -> Result<(Vec<Vec<String>>, Option<i64>)> {
    let job = visible(database, staff, id).await?;
    let rows = import_problems::Entity::find()
        .filter(import_problems::Column::JobId.eq(id))
        .filter(import_problems::Column::Position.gt(after))
        .order_by_asc(import_problems::Column::Position)
        .limit(PIECE)
        .all(database.read())
        .await?;
    let next = rows.last().filter(|_| rows.len() as u64 == PIECE).map(|row| row.position);
    let header = header(database, &job).await?;
    let mut lines = Vec::with_capacity(rows.len() + 1);
    let columns = header.len();
    if after == 0 {
        lines.push([header, vec!["Reason".to_owned()]].concat());
    }
    for row in rows {
        let mut cells: Vec<String> = serde_json::from_str(&row.record).unwrap_or_default();
        cells.resize(columns.max(cells.len()), String::new());
        let reasons = named(&row).into_iter().map(|(column, message)| match column {
            Some(column) => format!("{column}: {message}"),
            None => message,
        });
        cells.push(reasons.collect::<Vec<_>>().join(" "));
        lines.push(cells);
    }
    Ok((lines, next))
}

async fn header(database: &Database, job: &jobs::Model) -> Result<Vec<String>> {
    let plan: ImportPlan = serde_json::from_str(&job.parameters)
        .map_err(|error| Error::Internal(format!("the parameters of the job {}: {error}", job.id)))?;
    let file = imports::Entity::find_by_id(plan.import).one(database.read()).await?;
    // The file goes sooner than the rejected rows: then its columns are numbered.
    Ok(match file {
        Some(file) => serde_json::from_str(&file.header).unwrap_or_default(),
        None => (1..=plan.columns.len()).map(|at| format!("Column {at}")).collect(),
    })
}
