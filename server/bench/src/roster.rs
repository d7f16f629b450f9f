//! The real binary: its commands, and the server as a process of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::client::Client;
use crate::place::Place;

const BINARY: &str = "target/release/roster";
pub const PASSWORD: &str = "measure twice, cut once";
/// More than one, so that sign-ins at the same time are those of different people.
pub const OWNERS: [&str; 8] = ["bench0", "bench1", "bench2", "bench3", "bench4", "bench5", "bench6", "bench7"];

/// A whole command; gives the most memory that it took, in MB.
pub async fn run(arguments: &[&str], environment: &[(&'static str, String)], input: &str) -> Outcome<u64> {
    eprintln!("roster {}", arguments.join(" "));
    let mut child = Command::new(BINARY)
        .args(arguments)
        .envs(environment.iter().cloned())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).await?;
    }
    let process = child.id();
    let mut most = 0;
    loop {
        // VmHWM never falls, so the last look before the end is as good as all of them.
        most = process.and_then(|id| memory_of(id, "VmHWM")).unwrap_or(most).max(most);
        match tokio::time::timeout(Duration::from_millis(100), child.wait()).await {
            Ok(Ok(ended)) if ended.success() => return Ok(most / 1024),
            Ok(ended) => return Err(format!("roster {} failed: {:?}", arguments.join(" "), ended?).into()),
            Err(_) => {}
        }
    }
}

/// A line of `/proc/…/status`, in KiB.
fn memory_of(process: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub users: u32,
    /// From the start of the process to its first answer.
    pub started_within: Duration,
    pub cookie: String,
}

impl Server {
    /// Starts it and signs an Owner in.
    pub async fn start(place: &Place, users: u32) -> Outcome<Self> {
        let mut server = Self::start_only(place, users).await?;
        server.cookie = sign_in(server.address, OWNERS[0]).await?.ok_or("the Owner could not sign in")?;
        Ok(server)
    }

    pub async fn start_only(place: &Place, users: u32) -> Outcome<Self> {
        // A port that was free a moment ago.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let begin = Instant::now();
        let child = Command::new(BINARY)
            .args(["serve", "--listen", &address.to_string()])
            .envs(place.environment(users))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        loop {
            if answers(address).await.unwrap_or(false) {
                break;
            }
            if begin.elapsed() > Duration::from_secs(60) {
                return Err("roster serve does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let started_within = begin.elapsed();
        Ok(Self { child, address, users, started_within, cookie: String::new() })
    }

    /// An Owner's connection.
    pub async fn client(&self) -> Outcome<Client> {
        Ok(Client::connect(self.address).await?.with_cookie(&self.cookie))
    }

    /// Resident memory in MB.
    pub fn memory(&self) -> f64 {
        self.child.id().and_then(|id| memory_of(id, "VmRSS")).unwrap_or_default() as f64 / 1024.0
    }

    pub async fn stop(mut self) -> Outcome {
        if let Some(id) = self.child.id() {
            let asked = Command::new("kill").arg(id.to_string()).status().await?;
            if !asked.success() {
                self.child.start_kill()?;
            }
        }
        self.child.wait().await?;
        Ok(())
    }
}

/// Whether a page that needs the database is answered.
async fn answers(address: SocketAddr) -> Outcome<bool> {
    Ok(Client::connect(address).await?.get("/readyz").await?.status == 200)
}

/// The cookie, or nothing when refused.
pub async fn sign_in(address: SocketAddr, username: &str) -> Outcome<Option<String>> {
    let mut client = Client::connect(address).await?;
    sign_in_again(&mut client, username).await
}

/// Another sign-in on the same connection.
pub async fn sign_in_again(client: &mut Client, username: &str) -> Outcome<Option<String>> {
    let form = format!("identifier={username}&password={}", PASSWORD.replace(' ', "+").replace(',', "%2C"));
    let answer = client.post_form("/login", &form).await?;
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
    Ok(cookie.filter(|_| answer.status < 400))
}

/// The body of a request for a page of the list.
pub fn list_request(position: Value, q: &str) -> Value {
    json!({ "state": { "filter": { "q": q }, "sort": "name", "dir": "ascending", "size": 50, "position": position } })
}

pub const LIST: &str = "/api/admin/users/list";
