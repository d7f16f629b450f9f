//! `roster import`: a CSV file, as somebody who may import it, by whoever holds the machine.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use domain::imports::Upload;
use domain::{Context, Staff, imports, jobs};
use types::StoreId;
use types::bulk::BulkReport;
use types::fold::fold;
use types::import::{Existing, ImportPlan, SHARED_ADDRESS};

use super::{Failure, open};
use crate::settings::Settings;

#[derive(Debug, Args)]
pub struct Import {
    /// The CSV file; its columns are told by their headers
    file: PathBuf,
    /// The e-mail address of whom the events are to name; they must be allowed to import
    #[arg(long = "as", value_name = "EMAIL")]
    on_behalf_of: String,
    /// The identity store by its name; without it, the default one
    #[arg(long, value_name = "NAME")]
    store: Option<String>,
    /// Update accounts that are there already, found by this
    #[arg(long, value_name = "WHAT")]
    update_by: Option<UpdateBy>,
    /// Only tell what would happen
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum UpdateBy {
    Email,
    Username,
}

/// Imports, and prints what came of it and the first problems.
///
/// # Errors
/// A file that cannot be read or is no CSV; somebody who may not.
pub async fn run(settings: &Settings, wanted: Import) -> Result<(), Failure> {
    let roster = open(settings).await?;
    let ended = import(&roster.system(), &wanted).await;
    roster.database.close().await;
    ended
}

async fn import(context: &Context, wanted: &Import) -> Result<(), Failure> {
    let staff = domain::authority::staff_by_email(context, &wanted.on_behalf_of).await.map_err(said)?;
    let import = upload(context, &staff, wanted).await?;
    let mut file = imports::file(&context.database, &staff, import, None).await.map_err(said)?;
    if let Some(name) = &wanted.store {
        // Another store has other attributes.
        let store = named(&file.stores, name)?;
        file = imports::file(&context.database, &staff, import, Some(store)).await.map_err(said)?;
    }
    for column in &file.columns {
        match &column.guess {
            Some(target) => println!("{} becomes {target}", column.header),
            None => println!("{} is left out", column.header),
        }
    }
    let existing = match wanted.update_by {
        None => Existing::Reject,
        Some(UpdateBy::Email) => Existing::UpdateByEmail,
        Some(UpdateBy::Username) => Existing::UpdateByUsername,
    };
    let columns = file.columns.into_iter().map(|column| column.guess).collect();
    let plan = ImportPlan {
        import,
        store: Some(file.store),
        columns,
        existing,
        group: None,
        role: None,
        organization: None,
        activation_mail: false,
    };
    let started = imports::start(context, &staff, &plan, wanted.dry_run).await.map_err(said)?;
    let report = finish(context, &staff, started).await?;
    println!("{}", report.summary());
    for (reason, count) in report.reasons.iter().filter(|(reason, _)| reason == SHARED_ADDRESS) {
        println!("{count} {reason}");
    }
    for problem in imports::problems(&context.database, &staff, report.job).await.map_err(said)? {
        let column = problem.column.unwrap_or_else(|| "the whole row".into());
        println!("row {}, {column}: {}", problem.row, problem.message);
    }
    Ok(())
}

fn named(stores: &[(StoreId, String)], name: &str) -> Result<StoreId, Failure> {
    let found = stores.iter().find(|(_, one)| fold(one) == fold(name.trim()));
    found.map(|(store, _)| *store).ok_or_else(|| {
        let names: Vec<_> = stores.iter().map(|(_, name)| format!("“{name}”")).collect();
        Failure::Other(format!("there is no identity store “{name}”; there is {}", names.join(", ")))
    })
}

async fn upload(context: &Context, staff: &Staff, wanted: &Import) -> Result<types::ImportId, Failure> {
    let unreadable = |error: std::io::Error| Failure::Other(format!("cannot read {}: {error}", wanted.file.display()));
    let mut source = std::fs::File::open(&wanted.file).map_err(unreadable)?;
    let name = wanted.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut upload = Upload::begin(context, staff, &name).await.map_err(said)?;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = source.read(&mut piece).map_err(unreadable)?;
        if read == 0 {
            return upload.finish().await.map_err(said);
        }
        upload.push(piece.get(..read).unwrap_or_default()).await.map_err(said)?;
    }
}

/// A server that runs beside may have taken the job: then it is waited for.
async fn finish(context: &Context, staff: &Staff, started: BulkReport) -> Result<BulkReport, Failure> {
    let mut report = started;
    while !report.state.is_over() {
        if !jobs::run_open(context).await.map_err(said)? {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        report = jobs::report(&context.database, staff, report.job).await.map_err(said)?;
    }
    Ok(report)
}

fn said(error: domain::Error) -> Failure {
    let text = match error {
        domain::Error::Invalid(errors) => errors.0.into_values().collect::<Vec<_>>().join(" "),
        error => error.to_string(),
    };
    Failure::Other(text)
}
