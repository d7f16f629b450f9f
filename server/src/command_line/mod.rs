//! The commands of the program, and how each ends.

mod admin_create;
mod doctor;
mod import;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use domain::Roster;
use domain::random::Random;
use domain::sealing::Sealer;

use crate::settings::{Flags, SecretKey, ServeFlags, SettingProblem, Settings, Sources};
use crate::{logging, seed, serve};
use admin_create::AdminCreate;
use doctor::Doctor;
use import::Import;

/// Self-hosted identity and user management.
#[derive(Debug, Parser)]
#[command(name = "roster", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: SettingFlags,
}

#[derive(Debug, Args)]
struct SettingFlags {
    /// The settings file [default: roster.toml in the current directory, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database up to date, then answer requests until SIGTERM or SIGINT
    Serve(ServeFlags),
    /// Bring the database up to date
    Migrate,
    /// Recount what is kept in counters, and report what is wrong
    Doctor(Doctor),
    /// Manage administrators
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Import accounts from a CSV file
    Import(Import),
    /// Fill the database with believable accounts, the same for the same seed
    Seed {
        /// How many accounts
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        users: u32,
        /// Any number
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make an Owner
    Create(AdminCreate),
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// A setting or an argument is wrong: the operator can correct it. Exit code 2.
    Settings(Vec<SettingProblem>),
    /// Anything else. Exit code 1.
    Other(String),
}

impl From<SettingProblem> for Failure {
    fn from(problem: SettingProblem) -> Self {
        Self::Settings(vec![problem])
    }
}

/// Does what the arguments say; the exit code is 0, 1 for a failure, 2 for a wrong setting.
pub fn run() -> ExitCode {
    let ended = execute(CommandLine::parse());
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Settings(problems)) => {
            for problem in problems {
                eprintln!("roster: {problem}");
            }
            ExitCode::from(2)
        }
        Err(Failure::Other(text)) => {
            eprintln!("roster: {}", SettingProblem::line(&text));
            ExitCode::FAILURE
        }
    }
}

fn execute(line: CommandLine) -> Result<(), Failure> {
    let SettingFlags { config, mut flags } = line.settings;
    if let Command::Serve(of_serve) = &line.command {
        flags.serve = of_serve.clone();
    }
    let settings = Settings::load(&Sources::of_process(config, flags))?;
    logging::start(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start threads: {error}")))?;
    let ended = runtime.block_on(async {
        match line.command {
            Command::Serve(_) => serve::serve(&settings).await,
            Command::Migrate => migrate(&settings).await,
            Command::Doctor(wanted) => doctor::run(&settings, wanted).await,
            Command::Admin(AdminCommand::Create(wanted)) => admin_create::run(&settings, wanted).await,
            Command::Import(wanted) => import::run(&settings, wanted).await,
            Command::Seed { users, seed } => fill(&settings, users, seed).await,
        }
    });
    // Hashing threads that nobody waits for any more do not hold up the end.
    runtime.shutdown_background();
    ended
}

async fn migrate(settings: &Settings) -> Result<(), Failure> {
    let roster = open(settings).await?;
    roster.database.close().await;
    println!("The database is up to date.");
    Ok(())
}

async fn fill(settings: &Settings, users: u32, seed: u64) -> Result<(), Failure> {
    let roster = open(settings).await?;
    let ended = seed::run(&roster, users, seed).await.map_err(|error| Failure::Other(error.to_string()));
    roster.database.close().await;
    ended
}

/// The database, up to date.
///
/// # Errors
/// A data directory that cannot be used, a database that is away, or one of a newer version.
pub(crate) async fn open(settings: &Settings) -> Result<Roster, SettingProblem> {
    settings.prepare_data_dir()?;
    let problem = |error: domain::Error| {
        if matches!(error, domain::Error::OtherKey) {
            let advice = format!("{error}; bring back the file that the other nodes, or the backup, have");
            return settings.problem("secret_key_file", &advice);
        }
        let advice = match &error {
            domain::Error::NewerDatabase(_) => "run the newer version",
            error if error.is_database_away() => "start the database, or correct the URL",
            _ => "correct the URL",
        };
        settings.problem("database_url", &format!("{error}; {advice}"))
    };
    let database = domain::Database::open(&settings.database_url).await.map_err(problem)?;
    let key = SecretKey::load_or_make(&settings.secret_key_file, &Random::System)
        .map_err(|text| settings.problem("secret_key_file", &text))?;
    let roster = Roster::new(database, Sealer::new(key.expose()));
    roster.migrate().await.map_err(problem)?;
    Ok(roster)
}
