//! `roster admin create`: an Owner, made by whoever holds the machine.

use std::io::Read;

use clap::Args;
use types::accounts::AccountForm;

use super::{Failure, open};
use crate::settings::{SettingProblem, Settings};

/// Longer than any password that is allowed.
const MOST_BYTES: u64 = 16 * 1024;

#[derive(Debug, Args)]
pub struct AdminCreate {
    #[arg(long)]
    email: String,
    #[arg(long)]
    username: String,
    /// Read the password from standard input, up to the end of the first line
    #[arg(long, required = true)]
    password_stdin: bool,
    #[arg(long, default_value = "")]
    first_name: String,
    #[arg(long, default_value = "")]
    last_name: String,
}

/// Makes the account and prints its id.
///
/// # Errors
/// Every argument that is wrong, by its name.
pub async fn run(settings: &Settings, wanted: AdminCreate) -> Result<(), Failure> {
    let password = password_from_stdin()?;
    let form = AccountForm {
        email: wanted.email,
        username: wanted.username,
        first_name: wanted.first_name,
        last_name: wanted.last_name,
        ..AccountForm::default()
    };
    let roster = open(settings).await?;
    let created = domain::setup::create_owner(&roster.system(), &form, &password).await;
    roster.database.close().await;
    match created {
        Ok(id) => {
            println!("Owner created: {id}");
            Ok(())
        }
        Err(domain::Error::Invalid(errors)) => {
            let problems = errors.0.iter().map(|(field, text)| SettingProblem::new(&argument(field), text));
            Err(Failure::Settings(problems.collect()))
        }
        Err(error) => Err(Failure::Other(error.to_string())),
    }
}

fn password_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().take(MOST_BYTES).read_to_string(&mut text);
    read.map_err(|error| Failure::Other(format!("cannot read the password from standard input: {error}")))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn argument(field: &str) -> String {
    match field {
        "password" => "the password on standard input".to_owned(),
        field => format!("--{}", field.replace('_', "-")),
    }
}
