//! What an operator can set. Weakest first: built-in defaults, `roster.toml`, the environment, flags.

mod problem;
mod secret_key;
mod site;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use url::Url;

use crate::http::client_address::TrustedProxies;
use crate::mailer::Mailer;

pub use problem::SettingProblem;
pub use secret_key::SecretKey;
pub use site::SiteFiles;
pub use sources::{Flags, ServeFlags, Sources};
use sources::{Origins, Texts};

/// Every setting, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    pub data_dir: PathBuf,
    /// `sqlite:…` or `postgres://…`; it may hold a password.
    pub database_url: String,
    pub listen: SocketAddr,
    /// `None`: as it listens.
    pub base_url: Option<Url>,
    pub smtp_url: Option<Url>,
    /// Who mails are from; `None`: `roster@` and the host of the base URL.
    pub mail_from: Option<Mailbox>,
    /// The SMS gateway of stores that have none of their own.
    pub sms_webhook_url: Option<Url>,
    pub geoip_db: Option<PathBuf>,
    pub secret_key_file: PathBuf,
    pub trusted_proxies: TrustedProxies,
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub log: String,
    pub log_format: LogFormat,
    /// `None`: looked for beside the program.
    pub site_root: Option<PathBuf>,
    origins: Origins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    Text,
    Json,
}

impl Settings {
    /// Reads and checks them all.
    ///
    /// # Errors
    /// The first wrong one, by the name that the operator gave it.
    pub fn load(sources: &Sources) -> Result<Self, SettingProblem> {
        let (texts, origins) = sources.read()?;
        Self::check(texts, origins.clone()).map_err(|(key, text)| SettingProblem::new(&origins.name(key), &text))
    }

    fn check(texts: Texts, origins: Origins) -> Result<Self, (&'static str, String)> {
        let data_dir = texts.data_dir.map_or_else(|| PathBuf::from("data"), PathBuf::from);
        let database_url = match texts.database_url {
            Some(url) => database_url(url).map_err(|text| ("database_url", text))?,
            None => sqlite_url(&data_dir),
        };
        let web_url =
            |key, text: Option<String>| text.map(|text| http_url(&text)).transpose().map_err(|text| (key, text));
        Ok(Self {
            listen: listen(texts.listen.as_deref().unwrap_or("127.0.0.1:3000")).map_err(|text| ("listen", text))?,
            base_url: texts.base_url.map(|text| base_url(&text)).transpose().map_err(|text| ("base_url", text))?,
            smtp_url: texts.smtp_url.map(|text| smtp_url(&text)).transpose().map_err(|text| ("smtp_url", text))?,
            mail_from: texts.mail_from.map(|text| mail_from(&text)).transpose().map_err(|text| ("mail_from", text))?,
            sms_webhook_url: web_url("sms_webhook_url", texts.sms_webhook_url)?,
            geoip_db: texts.geoip_db.map(|text| readable(&text)).transpose().map_err(|text| ("geoip_db", text))?,
            secret_key_file: texts.secret_key_file.map_or_else(|| data_dir.join("secret.key"), PathBuf::from),
            trusted_proxies: TrustedProxies::parse(texts.trusted_proxies.iter().map(String::as_str))
                .map_err(|text| ("trusted_proxies", format!("{text}; separate several with commas")))?,
            log: log(texts.log.unwrap_or_else(|| "info".into())).map_err(|text| ("log", text))?,
            log_format: log_format(texts.log_format.as_deref()).map_err(|text| ("log_format", text))?,
            site_root: texts.site_root.map(PathBuf::from),
            data_dir,
            database_url,
            origins,
        })
    }

    /// A problem with a setting that shows only in use: a port that is taken, a database that is away.
    pub fn problem(&self, key: &'static str, text: &str) -> SettingProblem {
        SettingProblem::new(&self.origins.name(key), text)
    }

    /// Makes the data directory when it is absent.
    ///
    /// # Errors
    /// When files cannot be made in it.
    pub fn prepare_data_dir(&self) -> Result<(), SettingProblem> {
        let name = self.data_dir.display();
        let problem = |doing: &str, error: std::io::Error| {
            self.problem(
                "data_dir",
                &format!("{doing} {name}: {error}; choose a directory that this user may write to"),
            )
        };
        make_private_dir(&self.data_dir).map_err(|error| problem("cannot make the directory", error))?;
        let probe = self.data_dir.join(format!(".roster-{}", std::process::id()));
        std::fs::write(&probe, []).map_err(|error| problem("cannot write to", error))?;
        std::fs::remove_file(&probe).map_err(|error| problem("cannot write to", error))
    }

    /// The address in links: as set, or as the server listens.
    pub fn base_url_for(&self, listening: SocketAddr) -> Result<Url, SettingProblem> {
        if let Some(url) = &self.base_url {
            return Ok(url.clone());
        }
        let host = if listening.ip().is_unspecified() {
            format!("localhost:{}", listening.port())
        } else {
            listening.to_string()
        };
        Url::parse(&format!("http://{host}/"))
            .map_err(|error| self.problem("base_url", &format!("is needed here: {error}")))
    }
}

impl Settings {
    /// Where browsers have passkeys when the base URL is left as it is: they have none for the IP address of
    /// this computer, but for its name. `None`: as the base URL says.
    pub fn passkey_address(&self, listening: SocketAddr) -> Option<Url> {
        let is_own = self.base_url.is_none() && listening.ip().is_loopback();
        is_own.then(|| Url::parse(&format!("http://localhost:{}/", listening.port())).ok()).flatten()
    }

    /// Who sends mail; `None` without a mail server.
    ///
    /// # Errors
    /// A URL that cannot be used, or no address to send from.
    pub fn mailer(&self, base_url: &Url) -> Result<Option<Mailer>, SettingProblem> {
        let Some(url) = &self.smtp_url else { return Ok(None) };
        let from = match &self.mail_from {
            Some(from) => from.clone(),
            None => default_sender(base_url).ok_or_else(|| {
                self.problem("mail_from", "is needed with a mail server; write for example Roster <roster@example.com>")
            })?,
        };
        Mailer::new(url, from).map(Some).map_err(|text| self.problem("smtp_url", &text))
    }
}

/// An address at the name that people know the server by; a bare number has none.
fn default_sender(base_url: &Url) -> Option<Mailbox> {
    let host = match base_url.host()? {
        url::Host::Domain(name) => name.to_owned(),
        url::Host::Ipv4(address) if address.is_loopback() => "localhost".to_owned(),
        _ => return None,
    };
    format!("Roster <roster@{host}>").parse().ok()
}

fn make_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Characters that mean something in a URL are written as their codes.
fn sqlite_url(data_dir: &Path) -> String {
    let path = data_dir.join("roster.db").to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{path}")
}

fn database_url(text: String) -> Result<String, String> {
    let is_sqlite = text.strip_prefix("sqlite:").is_some_and(|path| !path.trim_start_matches('/').is_empty());
    let is_postgres =
        ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) && Url::parse(&text).is_ok();
    // The text itself is not repeated: it may hold a password.
    if is_sqlite || is_postgres {
        Ok(text)
    } else {
        Err("is not a database URL; write sqlite:path/to/file.db or postgres://user:password@host/database".into())
    }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("“{text}” is not an address and port; write for example 127.0.0.1:3000 or [::]:3000"))
}

fn http_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| format!("“{text}” is not a web address; write for example https://id.example.com"))
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = http_url(text)?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if is_bare {
        Ok(url)
    } else {
        Err(format!("“{text}” must be scheme and host only, such as https://id.example.com"))
    }
}

fn smtp_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host())
        .ok_or_else(|| "is not a mail server's URL; write smtps://user:password@host or smtp://host:25".into())
}

fn mail_from(text: &str) -> Result<Mailbox, String> {
    text.parse()
        .map_err(|_| format!("“{text}” is not an address; write roster@example.com or Roster <roster@example.com>"))
}

fn readable(text: &str) -> Result<PathBuf, String> {
    std::fs::File::open(text).map_err(|error| format!("cannot read {text}: {error}"))?;
    Ok(text.into())
}

fn log(text: String) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("“{text}” cannot be read ({error}); write error, warn, info, debug or trace")),
    }
}

fn log_format(text: Option<&str>) -> Result<LogFormat, String> {
    match text {
        None | Some("auto") => Ok(LogFormat::Auto),
        Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(format!("“{other}” is none of auto, text, json")),
    }
}

#[cfg(test)]
mod tests;
