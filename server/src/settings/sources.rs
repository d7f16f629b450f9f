//! Where settings come from, and what the operator calls each of them there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::{Deserialize, Deserializer, Serialize};

use super::SettingProblem;

const PREFIX: &str = "ROSTER_";
const DEFAULT_FILE: &str = "roster.toml";

/// The settings that flags give, as text.
#[derive(Clone, Debug, Default, Serialize, clap::Args)]
pub struct Flags {
    /// Where the embedded database and the secret key are kept [default: data]
    #[arg(long, global = true, value_name = "DIRECTORY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<String>,
    /// sqlite:FILE or postgres://… [default: a SQLite file in the data directory]. With a password in it
    /// better ROSTER_DATABASE_URL: other programs on this computer see flags
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    #[arg(skip)]
    #[serde(flatten)]
    pub serve: ServeFlags,
}

/// Those of `roster serve`.
#[derive(Clone, Debug, Default, Serialize, clap::Args)]
pub struct ServeFlags {
    /// Address and port [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// The address that people use, for links in mails [default: http:// and the listen address]
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The mail server, such as smtps://host. With a password in it better ROSTER_SMTP_URL: other programs
    /// on this computer see flags
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_url: Option<String>,
    /// Who mails are from [default: Roster <roster@…> at the host of the base URL]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// The SMS gateway. With a secret in it better ROSTER_SMS_WEBHOOK_URL: other programs on this computer
    /// see flags
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_webhook_url: Option<String>,
    /// The database of places, in MaxMind's format
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geoip_db: Option<String>,
    /// The key that seals secrets in the database [default: secret.key in the data directory]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key_file: Option<String>,
    /// Addresses or networks whose X-Forwarded-For is believed, separated by commas
    #[arg(long, value_name = "NETWORKS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<String>,
    /// What is logged: error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// All places at once.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// `--config`; `None`: `roster.toml` in the current directory, if there is one.
    pub file: Option<PathBuf>,
    pub environment: BTreeMap<String, String>,
    pub flags: Flags,
}

/// Each setting as text, not checked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    pub data_dir: Option<String>,
    pub database_url: Option<String>,
    pub listen: Option<String>,
    pub base_url: Option<String>,
    pub smtp_url: Option<String>,
    pub mail_from: Option<String>,
    pub sms_webhook_url: Option<String>,
    pub geoip_db: Option<String>,
    pub secret_key_file: Option<String>,
    #[serde(deserialize_with = "one_or_many")]
    pub trusted_proxies: Vec<String>,
    pub log: Option<String>,
    pub log_format: Option<String>,
    pub site_root: Option<String>,
}

/// What each setting is called where it was set.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<&'static str, String>);

const KEYS: [&str; 13] = [
    "data_dir",
    "database_url",
    "listen",
    "base_url",
    "smtp_url",
    "mail_from",
    "sms_webhook_url",
    "geoip_db",
    "secret_key_file",
    "trusted_proxies",
    "log",
    "log_format",
    "site_root",
];

const ENVIRONMENT: &str = "the environment";

impl Origins {
    /// `ROSTER_LISTEN`, `listen in roster.toml`, `--listen`; the bare key for a default.
    pub fn name(&self, key: &'static str) -> String {
        self.0.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }
}

impl Sources {
    /// With the environment of this process.
    pub fn of_process(file: Option<PathBuf>, flags: Flags) -> Self {
        let pairs = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        Self { file, environment: pairs.collect(), flags }
    }

    /// Every setting as text, and where it comes from.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key, a value of another kind.
    pub fn read(&self) -> Result<(Texts, Origins), SettingProblem> {
        let figment = Figment::new()
            .merge(self.file_provider()?)
            .merge(Environment(&self.environment))
            .merge(Serialized::defaults(&self.flags));
        let texts = figment.extract().map_err(|error| problem(&error))?;
        let origins = KEYS.iter().filter_map(|key| Some((*key, name_at(figment.find_metadata(key)?, key)))).collect();
        Ok((texts, Origins(origins)))
    }

    fn file_provider(&self) -> Result<figment::providers::Data<Toml>, SettingProblem> {
        match &self.file {
            Some(path) => {
                std::fs::File::open(path).map_err(|error| {
                    SettingProblem::new("--config", &format!("cannot read {}: {error}", path.display()))
                })?;
                Ok(Toml::file_exact(path))
            }
            None if Path::new(DEFAULT_FILE).exists() => Ok(Toml::file_exact(DEFAULT_FILE)),
            None => Ok(Toml::string("")),
        }
    }
}

fn name_at(metadata: &Metadata, key: &str) -> String {
    match (&*metadata.name, metadata.source.as_ref().and_then(|source| source.file_path())) {
        (ENVIRONMENT, _) => format!("{PREFIX}{}", key.to_uppercase()),
        (_, Some(file)) => {
            let file = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
            format!("{key} in {file}")
        }
        _ => format!("--{}", key.replace('_', "-")),
    }
}

fn problem(error: &figment::Error) -> SettingProblem {
    use figment::error::Kind;
    let key = error.path.first().cloned().unwrap_or_default();
    let place = |key: &str| error.metadata.as_ref().map_or_else(|| key.to_owned(), |metadata| name_at(metadata, key));
    match &error.kind {
        Kind::UnknownField(unknown, _) => SettingProblem::new(
            &place(unknown),
            &format!("there is no such setting; the settings are {}", KEYS.join(", ")),
        ),
        Kind::InvalidType(..) | Kind::InvalidValue(..) if !key.is_empty() => {
            SettingProblem::new(&place(&key), "must be text in quotes")
        }
        _ => SettingProblem::line(&format!("{DEFAULT_FILE}: {error}")),
    }
}

/// The variables as they are: a mail address of digits is still text.
struct Environment<'a>(&'a BTreeMap<String, String>);

impl Provider for Environment<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(ENVIRONMENT)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let values = self.0.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_lowercase();
            // `VARIABLE=` is how compose files say "not set".
            (!value.is_empty()).then(|| (key, Value::from(value.clone())))
        });
        Ok(Map::from([(Profile::Default, values.collect())]))
    }
}

/// A list, or one text with commas.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
        OneOrMany::Many(texts) => texts,
    })
}
