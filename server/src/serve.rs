//! `roster serve`: from the settings to a server that answers, and to its orderly end.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use domain::Roster;
use domain::authenticators::passkey::Passkeys;
use domain::messages::Mailing;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tower::Layer;

use crate::command_line::{Failure, open};
use crate::connections::{Connections, Place};
use crate::http::AppState;
use crate::http::state::Web;
use crate::logging::SETUP_TARGET;
use crate::places::Places;
use crate::settings::{Settings, SiteFiles};
use crate::sms::{self, Texter};
use crate::{job_runner, mailer, router};

/// How long requests in flight may take after the signal to stop.
const FINISH_REQUESTS: Duration = Duration::from_secs(8);
/// How long the database may take to close after that.
const CLOSE_DATABASE: Duration = Duration::from_secs(1);
/// A browser that has not sent its request's head by then, or rests longer between two, is let go.
const HEAD_WITHIN: Duration = Duration::from_secs(60);
/// After a failure to accept, such as no free file handles.
const REST: Duration = Duration::from_millis(100);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever is wrong with the settings.
pub async fn serve(settings: &Settings) -> Result<(), Failure> {
    // From here on a signal waits until the start is over, and then stops the server in order.
    let stop = stop_signal().map_err(|error| Failure::Other(format!("cannot listen for signals: {error}")))?;
    let site = SiteFiles::find(settings)?;
    let places = Places::find(settings)?;
    let places_are_known = places.are_known();
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        settings.problem(
            "listen",
            &format!("cannot listen on {}: {error}; choose another port, or stop what uses it", settings.listen),
        )
    })?;
    let address = listener.local_addr().map_err(|error| Failure::Other(error.to_string()))?;
    // As many files as the system lets this process have; failing to ask is no reason not to serve.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let mut roster = open(settings).await?;
    let web =
        Web { base_url: settings.base_url_for(address)?, trusted_proxies: settings.trusted_proxies.clone(), places };
    let mailer = settings.mailer(&web.base_url)?;
    let texter = Texter::new().map_err(|text| Failure::Other(format!("the HTTP client: {text}")))?;
    let sms_gateway = settings.sms_webhook_url.as_ref().map(url::Url::as_str);
    roster.mailing = Mailing::new(web.base_url.as_str(), mailer.is_some()).with_sms_gateway(sms_gateway);
    roster.passkeys = Passkeys::new(settings.passkey_address(address).as_ref().unwrap_or(&web.base_url).as_str());
    let setup_link = setup_link(&roster, &web).await?;
    let state = AppState::new(roster.clone(), site.leptos_options(), web)
        .map_err(|error| Failure::Other(format!("the threads that render pages: {error}")))?;
    let jobs = tokio::spawn(job_runner::run(roster.clone()));
    let texts = tokio::spawn(sms::run(roster.clone(), texter));
    let mails = mailer.map(|mailer| tokio::spawn(mailer::run(roster.clone(), mailer)));
    let application = router(state);
    // Whoever started the program may have stopped reading; that is no reason not to serve.
    if let Some(link) = setup_link {
        tracing::info!(target: SETUP_TARGET, "There is no Owner yet. Open {link} within a day to set up Roster.");
        // Alone on its line, whatever the log's format is; whoever waits for the next line has it then.
        let _ = writeln!(std::io::stdout(), "{link}");
    }
    let _ = writeln!(std::io::stdout(), "roster is listening on http://{address}");
    tracing::info!(%address, "listening on http://{address}");
    if !places_are_known {
        tracing::info!("there is no database of places: sign-ins are from unknown places");
    }
    accept_until_stopped(listener, application, Connections::new(settings.trusted_proxies.clone()), stop).await;
    jobs.abort();
    texts.abort();
    if let Some(mails) = mails {
        mails.abort();
    }
    let _ = timeout(CLOSE_DATABASE, roster.database.close()).await;
    tracing::info!("stopped");
    Ok(())
}

/// The one-time link that makes the Owner, while there is none (R6).
async fn setup_link(roster: &Roster, web: &Web) -> Result<Option<String>, Failure> {
    let made = domain::setup::new_link(&roster.system()).await;
    let token = made.map_err(|error| Failure::Other(error.to_string()))?;
    Ok(token.map(|token| web.link(&format!("/setup?token={}", token.expose()))))
}

/// Answers until the signal, then finishes what is in flight.
async fn accept_until_stopped(
    listener: TcpListener,
    application: Router,
    places: Connections,
    stop: impl Future<Output = ()>,
) {
    tokio::pin!(stop);
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_WITHIN);
    let server = Arc::new(server);
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = places.enter(peer.ip()) {
                        answer(&server, &connections, place, (stream, peer), application.clone());
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(REST).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    tracing::info!("stopping: finishing {} connections", connections.count());
    if timeout(FINISH_REQUESTS, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests took too long and were cut off");
    }
}

fn answer(
    server: &Arc<auto::Builder<TokioExecutor>>,
    connections: &GracefulShutdown,
    place: Place,
    (stream, peer): (TcpStream, SocketAddr),
    application: Router,
) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let service = Extension(ConnectInfo(peer)).layer(application);
    let server = Arc::clone(server);
    let watcher = connections.watcher();
    tokio::spawn(async move {
        // Until these have come, nobody else looks at the time.
        if !matches!(timeout(HEAD_WITHIN, first_bytes(&stream)).await, Ok(Ok(()))) {
            return drop(place);
        }
        let connection = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        if let Err(error) = watcher.watch(connection.into_owned()).await {
            // Browsers drop connections all the time.
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}

/// Waits for the bytes that tell HTTP/1 from HTTP/2.
async fn first_bytes(stream: &TcpStream) -> std::io::Result<()> {
    const HTTP_2: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut seen = [0; HTTP_2.len()];
    loop {
        match stream.peek(&mut seen).await? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count if count == seen.len() || !HTTP_2.starts_with(seen.get(..count).unwrap_or_default()) => return Ok(()),
            // What was seen once is not waited for again.
            _ => tokio::time::sleep(REST).await,
        }
    }
}

fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
