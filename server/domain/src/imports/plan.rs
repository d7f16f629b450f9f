//! What was uploaded, and starting its dry run or its import.

use std::collections::HashSet;

use db::entities::{import_chunks, imports, jobs};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::attributes::AttributeDefinition;
use types::bulk::{BulkReport, JobKind};
use types::import::{Delimiter, Encoding, Existing, ImportColumn, ImportFile, ImportPlan};
use types::{ImportId, JobId, Permission, StoreId};

use super::guess::{guess, targets};
use super::problems::visible;
use super::run::{first_rows, require};
use crate::{Context, Database, Error, Result, Staff, attributes, groups, jobs as job_verbs, roles, stores};

/// Values shown of each column, and the characters of each.
const SAMPLES: u64 = 3;
const SAMPLE_CHARACTERS: usize = 60;
/// How long an uploaded file is kept.
const FILE_SECONDS: i64 = 2 * 24 * 60 * 60;

pub(super) fn encoding_of(file: &imports::Model) -> Encoding {
    if file.encoding == Encoding::Utf8.key() { Encoding::Utf8 } else { Encoding::Windows1252 }
}

pub(super) fn delimiter_of(file: &imports::Model) -> Delimiter {
    Delimiter::ALL.into_iter().find(|one| one.label() == file.delimiter).unwrap_or(Delimiter::Comma)
}

/// An uploaded file that is whole, for those who uploaded it.
async fn find(connection: &impl ConnectionTrait, staff: &Staff, id: ImportId) -> Result<imports::Model> {
    let file = imports::Entity::find_by_id(id).one(connection).await?;
    file.filter(|file| file.is_complete && file.uploaded_by == staff.account).ok_or(Error::NotFound("import"))
}

fn header_of(file: &imports::Model) -> Result<Vec<String>> {
    serde_json::from_str(&file.header).map_err(|error| Error::Internal(format!("the header of an import: {error}")))
}

/// The file and what its header seems to say, for the attributes of a store (`None`: the default one).
/// Needs **Add users** everywhere, and to have uploaded it.
pub async fn file(database: &Database, staff: &Staff, id: ImportId, store: Option<StoreId>) -> Result<ImportFile> {
    staff.require_everywhere(Permission::CreateUsers)?;
    let connection = database.read();
    let file = find(connection, staff, id).await?;
    let store = stores::named_or_default(connection, store).await?;
    let attributes = attributes::of_store(connection, store).await?;
    let header = header_of(&file)?;
    let samples = first_rows(connection, &file, SAMPLES).await?;
    let guesses = guess(&header, &attributes);
    let short = |cell: &String| -> String { cell.chars().take(SAMPLE_CHARACTERS).collect() };
    let columns = header.into_iter().zip(guesses).enumerate().map(|(at, (header, guess))| ImportColumn {
        header,
        guess,
        samples: samples.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).map(short).collect(),
    });
    Ok(ImportFile {
        id,
        size: file.size,
        rows: file.row_count,
        encoding: encoding_of(&file),
        delimiter: delimiter_of(&file),
        columns: columns.collect(),
        store,
        stores: stores::named(connection).await?,
        targets: targets(&attributes),
        file_name: file.file_name,
    })
}

/// Starts the import, or its dry run, which writes nothing. Needs **Add users** everywhere, and
/// what the options do.
///
/// # Errors
/// The field `columns` when they make no sense; [`Error::NotFound`] for a group or role that is gone;
/// [`Error::ProofNeeded`] to change accounts that are there: their addresses are among what may change.
pub async fn start(context: &Context, staff: &Staff, plan: &ImportPlan, is_dry: bool) -> Result<BulkReport> {
    require(staff, plan)?;
    if !is_dry && plan.existing != Existing::Reject {
        staff.require_recent_proof(context.now())?;
    }
    let transaction = context.database.begin().await?;
    let file = find(&transaction, staff, plan.import).await?;
    let store = stores::named_or_default(&transaction, plan.store).await?;
    check_columns(plan, header_of(&file)?.len(), &attributes::of_store(&transaction, store).await?)?;
    if let Some(group) = plan.group {
        groups::of_store(&transaction, store, &[group]).await?;
    }
    if let Some(role) = plan.role {
        roles::name_for_grant(&transaction, staff, (role, plan.organization)).await?;
    }
    let kind = if is_dry { JobKind::ImportDryRun } else { JobKind::Import };
    let id = job_verbs::insert(&transaction, context, staff, kind, plan, Some(file.file_name)).await?;
    jobs::Entity::update_many()
        .col_expr(jobs::Column::Total, file.row_count.into())
        .filter(jobs::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    job_verbs::report(&context.database, staff, id).await
}

/// Starts the import that a dry run has tried. Whoever started that.
pub async fn confirm(context: &Context, staff: &Staff, dry_run: JobId) -> Result<BulkReport> {
    let job = visible(&context.database, staff, dry_run).await?;
    let plan = serde_json::from_str(&job.parameters)
        .map_err(|error| Error::Internal(format!("the parameters of the job {}: {error}", job.id)))?;
    start(context, staff, &plan, false).await
}

fn check_columns(plan: &ImportPlan, columns: usize, attributes: &[AttributeDefinition]) -> Result<()> {
    let known: HashSet<String> = targets(attributes).into_iter().map(|target| target.key).collect();
    let mut taken = HashSet::new();
    if plan.columns.len() != columns {
        return Err(Error::field("columns", "The file has other columns. Reload the page."));
    }
    for target in plan.columns.iter().flatten() {
        if !known.contains(target) {
            return Err(Error::field("columns", "One of the attributes is not there any more. Reload the page."));
        }
        if !taken.insert(target.as_str()) {
            return Err(Error::field("columns", "Two columns are mapped to the same attribute."));
        }
    }
    let (needed, label) = match plan.existing {
        Existing::Reject | Existing::UpdateByEmail => ("email", "Email"),
        Existing::UpdateByUsername => ("username", "Username"),
    };
    if !taken.contains(needed) {
        return Err(Error::field("columns", format!("Choose which column is {label}.")));
    }
    Ok(())
}

/// Removes files that nobody needs any more. The job runner calls it.
pub async fn purge_old(context: &Context) -> Result<()> {
    let open: Vec<String> = jobs::Entity::find()
        .select_only()
        .column(jobs::Column::Parameters)
        .filter(jobs::Column::FinishedAt.is_null())
        .into_tuple()
        .all(context.database.read())
        .await?;
    let old: Vec<ImportId> = imports::Entity::find()
        .select_only()
        .column(imports::Column::Id)
        .filter(imports::Column::UploadedAt.lt(context.now().plus_seconds(-FILE_SECONDS)))
        .order_by_asc(imports::Column::UploadedAt)
        .into_tuple()
        .all(context.database.read())
        .await?;
    for id in old {
        if !open.iter().any(|parameters| parameters.contains(&id.to_string())) {
            remove(context, id).await?;
        }
    }
    Ok(())
}

/// Piece by piece, so that others may write meanwhile.
async fn remove(context: &Context, id: ImportId) -> Result<()> {
    for from in (0_i64..).step_by(20) {
        let transaction = context.database.begin().await?;
        let removed = import_chunks::Entity::delete_many()
            .filter(import_chunks::Column::ImportId.eq(id))
            .filter(import_chunks::Column::Position.between(from, from + 19))
            .exec(&transaction)
            .await?;
        if removed.rows_affected == 0 {
            imports::Entity::delete_by_id(id).exec(&transaction).await?;
        }
        transaction.commit().await?;
        if removed.rows_affected == 0 {
            break;
        }
    }
    Ok(())
}
