//! The log, on standard error: text for a terminal, JSON for a collector.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::http::panics::log_panics;
use crate::settings::{LogFormat, SettingProblem, Settings};

/// The one-time set-up link is logged under this target, and shown whatever the level is.
pub const SETUP_TARGET: &str = "roster::setup";

/// Starts it for this process.
///
/// # Errors
/// A level that cannot be read.
pub fn start(settings: &Settings) -> Result<(), SettingProblem> {
    // Migrations that were applied long ago are no news; who wants to hear of them can name them.
    let directives = format!("sea_orm_migration=warn,{},{SETUP_TARGET}=info", settings.log);
    let filter = EnvFilter::try_new(directives).map_err(|error| settings.problem("log", &error.to_string()))?;
    let is_text = match settings.log_format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if is_text {
        builder.compact().with_ansi(std::io::stderr().is_terminal()).init();
    } else {
        builder.json().flatten_event(true).with_span_list(false).init();
    }
    log_panics();
    Ok(())
}
