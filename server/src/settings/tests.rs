//! What operators get wrong, and what they read then.

use std::path::{Path, PathBuf};

use super::*;

/// A directory of one test, gone afterwards.
pub struct TemporaryDir(PathBuf);

impl TemporaryDir {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("roster-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn environment(pairs: &[(&str, &str)]) -> Sources {
    Sources {
        environment: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Sources::default()
    }
}

fn problem_of(pairs: &[(&str, &str)]) -> String {
    Settings::load(&environment(pairs)).unwrap_err().to_string()
}

#[test]
fn defaults_are_those_of_the_contract() {
    let settings = Settings::load(&Sources::default()).unwrap();
    assert_eq!(settings.data_dir, Path::new("data"));
    assert_eq!(settings.database_url, "sqlite:data/roster.db");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.base_url_for(settings.listen).unwrap().as_str(), "http://127.0.0.1:3000/");
    assert_eq!(settings.secret_key_file, Path::new("data/secret.key"));
    assert_eq!((settings.log.as_str(), settings.log_format), ("info", LogFormat::Auto));
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let dir = TemporaryDir::new("settings-order");
    let file = dir.path().join("roster.toml");
    std::fs::write(
        &file,
        "listen = '127.0.0.1:1'\ndata_dir = 'from-file'\nlog = 'warn'\ntrusted_proxies = ['10.0.0.1']",
    )
    .unwrap();
    let sources = Sources {
        file: Some(file),
        flags: Flags {
            serve: ServeFlags {
                listen: Some("127.0.0.1:3".into()),
                mail_from: Some("flag@example.com".into()),
                ..ServeFlags::default()
            },
            ..Flags::default()
        },
        ..environment(&[
            ("ROSTER_LISTEN", "127.0.0.1:2"),
            ("ROSTER_DATA_DIR", "from-environment"),
            ("ROSTER_LOG", ""),
            ("ROSTER_MAIL_FROM", "environment@example.com"),
        ])
    };
    let settings = Settings::load(&sources).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.mail_from.as_ref().unwrap().email.to_string(), "flag@example.com");
    assert_eq!(settings.data_dir, Path::new("from-environment"));
    assert_eq!(settings.database_url, "sqlite:from-environment/roster.db");
    assert_eq!(settings.log, "warn", "an empty variable sets nothing");
    assert_eq!(settings.trusted_proxies, TrustedProxies::parse(["10.0.0.1"]).unwrap());
}

#[test]
fn passkeys_are_at_localhost_only_while_nobody_else_reaches_the_server() {
    let own = |settings: &Settings, listening: &str| {
        settings.passkey_address(listening.parse().unwrap()).map(|url| url.to_string())
    };
    let settings = Settings::load(&Sources::default()).unwrap();
    assert_eq!(own(&settings, "127.0.0.1:3000").as_deref(), Some("http://localhost:3000/"));
    assert_eq!(own(&settings, "[::1]:4000").as_deref(), Some("http://localhost:4000/"));
    for listening in ["0.0.0.0:3000", "[::]:3000", "192.0.2.1:3000"] {
        assert_eq!(own(&settings, listening), None, "{listening}");
    }
    let settings = Settings::load(&environment(&[("ROSTER_BASE_URL", "https://id.example.com")])).unwrap();
    assert_eq!(own(&settings, "127.0.0.1:3000"), None);
}

#[test]
fn the_environment_names_several_proxies_with_commas() {
    let settings = Settings::load(&environment(&[("ROSTER_TRUSTED_PROXIES", "10.0.0.1, 192.168.0.0/16")])).unwrap();
    assert_eq!(settings.trusted_proxies, TrustedProxies::parse(["10.0.0.1", "192.168.0.0/16"]).unwrap());
}

#[test]
fn wrong_values_are_named_as_they_were_set() {
    for (name, value) in [
        ("ROSTER_LISTEN", "3000"),
        ("ROSTER_BASE_URL", "id.example.com"),
        ("ROSTER_BASE_URL", "https://example.com/roster"),
        ("ROSTER_DATABASE_URL", "mysql://root@localhost/roster"),
        ("ROSTER_DATABASE_URL", "sqlite:"),
        ("ROSTER_SMTP_URL", "mail.example.com"),
        ("ROSTER_MAIL_FROM", "nobody"),
        ("ROSTER_MAIL_FROM", "Roster <roster at example.com>"),
        ("ROSTER_SMS_WEBHOOK_URL", "ftp://example.com"),
        ("ROSTER_GEOIP_DB", "/nowhere/geo.mmdb"),
        ("ROSTER_TRUSTED_PROXIES", "10.0.0.1, proxy.local"),
        ("ROSTER_LOG", "a=b=c"),
        ("ROSTER_LOG_FORMAT", "yaml"),
    ] {
        let line = problem_of(&[(name, value)]);
        assert!(line.starts_with(&format!("{name}: ")), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
}

#[test]
fn unknown_names_are_refused_wherever_they_stand() {
    assert!(problem_of(&[("ROSTER_LISTNE", "x")]).starts_with("ROSTER_LISTNE: there is no such setting"));
    let dir = TemporaryDir::new("settings-unknown");
    let file = dir.path().join("roster.toml");
    for (text, expected) in [
        ("listne = 'x'", "listne in roster.toml: there is no such setting"),
        ("listen = 3000", "listen in roster.toml: must be text in quotes"),
        ("listen = 'x'", "listen in roster.toml: “x” is not an address"),
        ("listen = ", "roster.toml: "),
    ] {
        std::fs::write(&file, text).unwrap();
        let line = Settings::load(&Sources { file: Some(file.clone()), ..Sources::default() }).unwrap_err().to_string();
        assert!(line.starts_with(expected), "{line}");
    }
}

#[test]
fn a_config_file_that_was_asked_for_must_be_there() {
    let line =
        Settings::load(&Sources { file: Some("/nowhere/roster.toml".into()), ..Sources::default() }).unwrap_err();
    assert!(line.to_string().starts_with("--config: cannot read /nowhere/roster.toml"), "{line}");
}

#[test]
fn passwords_in_a_wrong_url_are_not_repeated() {
    let line = problem_of(&[("ROSTER_DATABASE_URL", "mysql://root:hunter2@localhost/roster")]);
    assert!(!line.contains("hunter2"), "{line}");
    let line = problem_of(&[("ROSTER_SMTP_URL", "imap://me:hunter2@localhost")]);
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn a_data_directory_that_is_a_file_is_refused() {
    let dir = TemporaryDir::new("settings-data");
    let file = dir.path().join("occupied");
    std::fs::write(&file, "").unwrap();
    let settings = Settings::load(&environment(&[("ROSTER_DATA_DIR", file.to_str().unwrap())])).unwrap();
    let line = settings.prepare_data_dir().unwrap_err().to_string();
    assert!(line.starts_with("ROSTER_DATA_DIR: "), "{line}");
    let settings =
        Settings::load(&environment(&[("ROSTER_DATA_DIR", dir.path().join("new/data").to_str().unwrap())])).unwrap();
    settings.prepare_data_dir().unwrap();
}

#[test]
fn missing_pages_are_told_before_anybody_asks_for_one() {
    let settings = Settings::load(&environment(&[("ROSTER_SITE_ROOT", "/nowhere")])).unwrap();
    let line = SiteFiles::find(&settings).unwrap_err().to_string();
    assert!(line.starts_with("ROSTER_SITE_ROOT: ") && line.contains("make build"), "{line}");
}
