//! The program itself: how it starts, what it says of wrong settings, how it stops.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use app::admin::users::api::CreateUser;
use sea_orm::{ConnectionTrait, Statement};
use server_fn::ServerFn;
use types::accounts::AccountForm;

/// A folder with a site, for one test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("roster-program-{}-{number}", std::process::id()));
        std::fs::create_dir_all(path.join("site/pkg")).unwrap();
        Self(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command.args(arguments).current_dir(&self.0);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ROSTER_")) {
            command.env_remove(name);
        }
        command.env("ROSTER_SITE_ROOT", self.0.join("site")).env("ROSTER_LISTEN", "127.0.0.1:0");
        command
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        self.command(arguments).envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap()
    }

    fn create_owner(&self, password: &str) -> Output {
        let arguments = ["admin", "create", "--email", "ada@example.com", "--username", "ada", "--password-stdin"];
        let mut child = self
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        child.wait_with_output().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server that runs until the value goes.
struct Running {
    child: Child,
    address: String,
    /// The lines above the one that says where it listens.
    before: Vec<String>,
}

impl Running {
    fn start(place: &Place) -> Self {
        let mut child = place.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Ended with the value, whatever the lines say.
        let mut running = Self { child, address: String::new(), before: Vec::new() };
        for line in lines {
            let line = line.unwrap();
            if let Some(address) = line.strip_prefix("roster is listening on http://") {
                running.address = address.to_owned();
                return running;
            }
            running.before.push(line);
        }
        panic!("{:?}", running.before)
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Status line, headers and body, or nothing when the server was gone before it answered.
    fn post(&self, path: &str, kind: &str, cookie: &str, body: &str) -> String {
        post(&self.address, path, kind, cookie, body).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Its exit code and everything it logged.
    fn ended(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn post(address: &str, path: &str, kind: &str, cookie: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Cookie: {cookie}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn one_line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!(output.status.code(), Some(2), "{text}");
    text.trim().to_owned()
}

#[test]
fn wrong_settings_end_with_one_line_and_code_2() {
    let place = Place::new();
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let occupied = occupied.local_addr().unwrap().to_string();
    std::fs::write(place.0.join("a-file"), "").unwrap();
    std::fs::write(place.0.join("garbage.db"), "this is no database, but long enough to be looked into ".repeat(100))
        .unwrap();
    for (name, value) in [
        ("ROSTER_LISTNE", "x"),
        ("ROSTER_LISTEN", "nonsense"),
        ("ROSTER_LISTEN", &*occupied),
        ("ROSTER_BASE_URL", "nonsense"),
        ("ROSTER_DATA_DIR", "a-file"),
        ("ROSTER_DATABASE_URL", "mysql://localhost"),
        ("ROSTER_DATABASE_URL", "sqlite:nowhere/roster.db"),
        ("ROSTER_DATABASE_URL", "sqlite:garbage.db"),
        ("ROSTER_SITE_ROOT", "nowhere"),
        ("ROSTER_SECRET_KEY_FILE", "a-file"),
        ("ROSTER_GEOIP_DB", "nowhere.mmdb"),
        ("ROSTER_GEOIP_DB", "a-file"),
        ("ROSTER_GEOIP_DB", "garbage.db"),
    ] {
        let line = one_line(&place.run(&["serve"], &[(name, value)]));
        assert!(line.starts_with(&format!("roster: {name}: ")), "{line}");
    }
    for (flag, value) in [
        ("--listen", "nonsense"),
        ("--smtp-url", "nonsense"),
        ("--mail-from", "nonsense"),
        ("--sms-webhook-url", "nonsense"),
        ("--geoip-db", "nowhere"),
        ("--secret-key-file", "nowhere/at/all"),
        ("--trusted-proxies", "10.0.0.1,nonsense"),
        ("--log", "a=b=c"),
    ] {
        let line = one_line(&place.run(&["serve", flag, value], &[]));
        assert!(line.starts_with(&format!("roster: {flag}: ")), "{line}");
    }
}

#[test]
fn a_database_from_the_future_is_left_alone() {
    let place = Place::new();
    assert!(place.run(&["migrate"], &[]).status.success());
    let url = format!("sqlite:{}", place.0.join("data/roster.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = domain::Database::open(&url).await.unwrap();
        let transaction = database.begin().await.unwrap();
        let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)";
        transaction.execute_unprepared(future).await.unwrap();
        transaction.commit().await.unwrap();
        database.close().await;
    });
    let line = one_line(&place.run(&["serve"], &[]));
    assert!(line.starts_with("roster: database_url: ") && line.contains("newer version"), "{line}");
}

#[test]
fn the_set_up_link_is_printed_until_there_is_an_owner() {
    let place = Place::new();
    let running = Running::start(&place);
    let address = running.address.clone();
    assert!(running.get("/").contains("set-up link"));
    // Alone on a line, for whoever waits until the server listens.
    let [link] = running.before.as_slice() else { panic!("{:?}", running.before) };
    let link = link.clone();
    let path = link.strip_prefix(&format!("http://{address}")).unwrap_or_else(|| panic!("{link}"));
    assert!(path.starts_with("/setup?token="), "{link}");
    assert!(running.get(path).contains("Create the Owner account"));
    running.signal("TERM");
    let (code, log) = running.ended();
    assert_eq!(code, Some(0));
    // In the log once, and as a word of its own.
    assert_eq!((log.matches("/setup?token=").count(), log.contains(&format!(" {link} "))), (1, true), "{log}");

    let created = place.create_owner("correct horse battery staple");
    assert!(created.status.success(), "{created:?}");
    let running = Running::start(&place);
    running.signal("INT");
    let (code, log) = running.ended();
    assert_eq!((code, log.contains("/setup?token=")), (Some(0), false), "{log}");
}

#[test]
fn an_owner_needs_a_good_password() {
    let place = Place::new();
    let line = one_line(&place.create_owner("short"));
    assert!(line.starts_with("roster: the password on standard input: "), "{line}");
}

#[test]
fn a_file_is_imported_and_a_dry_run_only_tells() {
    let place = Place::new();
    assert!(place.create_owner("correct horse battery staple").status.success());
    std::fs::write(place.0.join("people.csv"), "E-Mail;Vorname\nada@import.example;Ada\nnobody;Bob\n").unwrap();
    for (arguments, expected) in [(vec!["--dry-run"], "1 user could be imported"), (vec![], "1 user imported")] {
        let arguments = [&["import", "people.csv", "--as", "ada@example.com"][..], &arguments].concat();
        let output = place.run(&arguments, &[]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(expected) && text.contains("row 3, E-Mail: "), "{text}");
    }
    let nobody = place.run(&["import", "people.csv", "--as", "nobody@example.com"], &[]);
    assert_eq!(nobody.status.code(), Some(1));
}

#[test]
fn the_log_has_neither_queries_nor_cookies() {
    let place = Place::new();
    let running = Running::start(&place);
    running.get("/login?return_to=%2Faccount&secret=hunter2");
    running.get("/ada@example.com");
    running.signal("TERM");
    let (_, log) = running.ended();
    assert!(log.contains("\"route\":\"/login\""), "{log}");
    assert!(!log.contains("hunter2") && !log.contains("ada@example.com"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

/// Half of a request is sent, then the signal, then the other half: it is answered all the same.
#[test]
fn a_request_in_flight_is_finished_after_the_signal() {
    let place = Place::new();
    let running = Running::start(&place);
    let mut stream = TcpStream::connect(&running.address).unwrap();
    write!(stream, "POST /login HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 27\r\n\r\n", running.address).unwrap();
    write!(stream, "identifier=a&").unwrap();
    stream.flush().unwrap();
    wait_until_accepted(&running);
    running.signal("TERM");
    wait_until_refused(&running.address);
    write!(stream, "password=wrong").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(running.ended().0, Some(0));
}

/// A later connection has been answered, so the earlier one is being served.
fn wait_until_accepted(running: &Running) {
    assert!(running.get("/healthz").starts_with("HTTP/1.1 200"));
}

fn wait_until_refused(address: &str) {
    let started = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(started.elapsed() < Duration::from_secs(10), "still listening");
        std::thread::yield_now();
    }
}

#[test]
fn what_never_ends_does_not_hold_up_the_stop() {
    let place = Place::new();
    let running = Running::start(&place);
    let mut stream = TcpStream::connect(&running.address).unwrap();
    write!(stream, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n").unwrap();
    wait_until_accepted(&running);
    let started = Instant::now();
    running.signal("TERM");
    assert_eq!(running.ended().0, Some(0));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn it_runs_from_any_folder_and_keeps_its_key() {
    let place = Place::new();
    Running::start(&place).signal("KILL");
    let key = std::fs::read_to_string(place.0.join("data/secret.key")).unwrap();
    let running = Running::start(&place);
    assert!(running.get("/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(std::fs::read_to_string(place.0.join("data/secret.key")).unwrap(), key);
    assert!(Path::new(&place.0).join("data/roster.db").exists());
}

const PASSWORD: &str = "correct horse battery staple";

/// Four clients add people as fast as they can; the process is killed between two of their answers.
#[test]
fn what_was_answered_is_there_after_a_kill() {
    let place = Place::new();
    assert!(place.create_owner(PASSWORD).status.success());
    let mut answered = Vec::new();
    for round in 0..3_u64 {
        let running = Running::start(&place);
        let session = sign_in(&running);
        let (tell, told) = std::sync::mpsc::channel();
        let clients: Vec<_> = (0..4)
            .map(|client| {
                let (address, session, tell) = (running.address.clone(), session.clone(), tell.clone());
                std::thread::spawn(move || add_people(&address, &session, &format!("{round}.{client}"), &tell))
            })
            .collect();
        drop(tell);
        answered.extend(told.iter().take(5 + 20 * usize::try_from(round).unwrap()));
        running.signal("KILL");
        answered.extend(told.iter());
        clients.into_iter().for_each(|client| client.join().unwrap());
    }
    let running = Running::start(&place);
    assert!(running.get("/readyz").starts_with("HTTP/1.1 200"));
    running.signal("TERM");
    assert_eq!(running.ended().0, Some(0));
    assert_all_there(&place, &answered);
}

fn sign_in(running: &Running) -> String {
    let form = format!("identifier=ada&password={}", PASSWORD.replace(' ', "+"));
    let answer = running.post("/login", "application/x-www-form-urlencoded", "", &form);
    let cookie =
        answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
    cookie.split(';').next().unwrap().to_owned()
}

/// Until the server is gone; tells each address whose adding was answered.
fn add_people(address: &str, session: &str, name: &str, tell: &std::sync::mpsc::Sender<String>) {
    for number in 0.. {
        let email = format!("{name}.{number}@example.com");
        let form = AccountForm { email: email.clone(), ..AccountForm::default() };
        let body = serde_json::to_string(&CreateUser { store: None, form, groups: vec![] }).unwrap();
        match post(address, CreateUser::PATH, "application/json", session, &body) {
            Ok(answer) if answer.starts_with("HTTP/1.1 200") => tell.send(email).unwrap(),
            Ok(answer) if !answer.is_empty() => panic!("{answer}"),
            _ => return,
        }
    }
}

fn assert_all_there(place: &Place, answered: &[String]) {
    let url = format!("sqlite:{}", place.0.join("data/roster.db").display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let database = domain::Database::open(&url).await.unwrap();
        let ask = async |sql: &str| {
            let statement = Statement::from_string(database.backend(), sql);
            database.read().query_all_raw(statement).await.unwrap()
        };
        let found = ask("PRAGMA integrity_check").await;
        assert_eq!(found[0].try_get_by_index::<String>(0).unwrap(), "ok");
        assert!(ask("PRAGMA foreign_key_check").await.is_empty());
        let emails: HashSet<String> =
            ask("SELECT email FROM accounts").await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        let lost: Vec<_> = answered.iter().filter(|email| !emails.contains(*email)).collect();
        assert!(lost.is_empty() && answered.len() >= 75, "lost {lost:?} of {}", answered.len());
        let counted = ask("SELECT SUM(count) FROM account_counts").await;
        let counted: i64 = counted[0].try_get_by_index(0).unwrap();
        assert_eq!(counted, i64::try_from(emails.len()).unwrap(), "the counter goes with the rows");
        database.close().await;
    });
}
