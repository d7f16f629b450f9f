//! Sends text messages by the HTTP gateway of the settings (N2). Every node does; each is taken by one.
//!
//! The gateway is where an Owner, or the operator, says that it is. Redirects are not followed, what it
//! answers is not read, and addresses that only machines of a cloud use among themselves are not called.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use domain::messages::{self, OutgoingText};
use domain::sms::Gateway;
use domain::{Context, Roster};
use futures::StreamExt;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{Request, StatusCode, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

use crate::every_second::EverySecond;

/// How long the gateway may take to answer.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Messages taken at once, and how many of them are on their way at the same time.
const BATCH: u64 = 20;
const AT_ONCE: usize = 4;

type Connector = HttpsConnector<HttpConnector<Resolver>>;

/// A client that keeps its connections.
#[derive(Clone)]
pub struct Texter {
    client: Client<Connector, Body>,
    within: Duration,
}

/// Names become addresses that may be called.
#[derive(Clone)]
struct Resolver;

impl tower::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|address| may_be_called(address.ip())).collect();
            if allowed.is_empty() {
                return Err(std::io::Error::other("no address of this name may be called"));
            }
            Ok(allowed.into_iter())
        })
    }
}

/// Not where clouds keep what machines are told in confidence, such as 169.254.169.254; a gateway on this
/// machine or in the same network is fine.
fn may_be_called(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            !(address.is_link_local() || address.is_unspecified() || address.is_multicast() || address.is_broadcast())
        }
        IpAddr::V6(address) => {
            // AWS gives its metadata at fd00:ec2::254 too.
            let is_metadata = address.segments()[..2] == [0xfd00, 0x0ec2];
            !(address.is_unicast_link_local() || address.is_unspecified() || address.is_multicast() || is_metadata)
        }
    }
}

/// Why a message was not sent: for the log that staff read, and whether trying again is hopeless.
type Failed = (String, bool);

impl Texter {
    /// # Errors
    /// When this machine's certificates cannot be read.
    pub fn new() -> Result<Self, String> {
        Self::within(TIMEOUT)
    }

    fn within(within: Duration) -> Result<Self, String> {
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_native_roots()
            .map_err(|error| error.to_string())?
            .with_no_client_auth();
        let mut http = HttpConnector::new_with_resolver(Resolver);
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT.min(within)));
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(http);
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), within })
    }

    async fn send(&self, outgoing: &OutgoingText) -> Result<(), Failed> {
        let request = request(&outgoing.gateway, &outgoing.number, &outgoing.text)?;
        let answered = timeout(self.within, self.client.request(request)).await;
        let status = match answered {
            Err(_) => return Err(("The gateway did not answer in time.".into(), false)),
            // What is wrong with the connection; neither the address nor what was sent is in it.
            Ok(Err(error)) => {
                return Err((
                    if error.is_connect() {
                        "The gateway cannot be reached."
                    } else {
                        "The gateway ended the connection."
                    }
                    .into(),
                    false,
                ));
            }
            Ok(Ok(answer)) => answer.status(),
        };
        if status.is_success() {
            return Ok(());
        }
        let hopeless = status.is_redirection()
            || status.is_client_error()
                && !matches!(
                    status,
                    StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT
                );
        Err((format!("The gateway answered {}.", status.as_u16()), hopeless))
    }
}

/// The request for one message; its secrets are marked as such.
fn request(gateway: &Gateway, number: &str, text: &str) -> Result<Request<Body>, Failed> {
    let broken = |what: &str| (format!("The gateway's {what} cannot be used."), true);
    let uri: Uri = gateway.url.parse().map_err(|_| broken("address"))?;
    let host = uri.host().ok_or_else(|| broken("address"))?;
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if !matches!(uri.scheme_str(), Some("http" | "https")) || literal.is_ok_and(|address| !may_be_called(address)) {
        return Err(broken("address"));
    }
    let mut request = Request::post(uri)
        .header(CONTENT_TYPE, gateway.content_type())
        .header(USER_AGENT, "Roster")
        .body(Body::from(gateway.body(number, text)))
        .map_err(|_| broken("address"))?;
    for (name, value) in &gateway.headers {
        let name = HeaderName::try_from(name).map_err(|_| broken("headers"))?;
        let mut value = HeaderValue::try_from(value).map_err(|_| broken("headers"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

/// Runs until it is dropped. A message that was on its way then is sent again later.
pub async fn run(roster: Roster, texter: Texter) {
    let context = roster.system();
    let mut clock = EverySecond::new("text messages could not be taken from the queue");
    loop {
        clock.next().await;
        clock.report(work(&context, &texter).await);
    }
}

/// Batch after batch, until nothing is due.
async fn work(context: &Context, texter: &Texter) -> domain::Result<()> {
    loop {
        let due = messages::claim_texts(context, BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut on_the_way = futures::stream::iter(due)
            .map(|outgoing| async move { deliver(context, texter, &outgoing).await })
            .buffer_unordered(AT_ONCE);
        while let Some(delivered) = on_the_way.next().await {
            delivered?;
        }
    }
}

async fn deliver(context: &Context, texter: &Texter, outgoing: &OutgoingText) -> domain::Result<()> {
    match texter.send(outgoing).await {
        Ok(()) => messages::sent(context, outgoing.id).await,
        Err((problem, hopeless)) => {
            tracing::warn!(message = %outgoing.id, hopeless, "a text message could not be sent");
            messages::failed(context, outgoing.id, &problem, hopeless).await
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::State;
    use axum::response::{IntoResponse, Redirect, Response};
    use domain::testing;
    use http::HeaderMap;
    use tokio::net::TcpListener;
    use types::messages::MessageState;
    use types::settings::{Settings, SmsGateway};

    use super::*;

    const NUMBER: &str = "+41446681800";

    /// What a request was.
    #[derive(Clone)]
    struct Seen {
        headers: HeaderMap,
        body: String,
    }

    /// A gateway on loopback that records; it answers as its path says.
    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<Seen>>>);

    impl Recorder {
        async fn start() -> (Self, String) {
            let recorder = Self::default();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let router = Router::new().fallback(Self::record).with_state(recorder.clone());
            tokio::spawn(async move { axum::serve(listener, router).await });
            (recorder, address)
        }

        async fn record(State(recorder): State<Self>, uri: Uri, headers: HeaderMap, body: String) -> Response {
            recorder.0.lock().unwrap().push(Seen { headers, body });
            match uri.path().trim_start_matches('/') {
                "slow" => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    StatusCode::OK.into_response()
                }
                "away" => Redirect::temporary("/200").into_response(),
                status => StatusCode::from_u16(status.parse().unwrap()).unwrap().into_response(),
            }
        }

        fn seen(&self) -> Vec<Seen> {
            self.0.lock().unwrap().clone()
        }
    }

    /// Somebody changes their number; the code waits in the queue.
    async fn queue(context: &Context, gateway: SmsGateway) -> String {
        let owner = testing::owner(context).await;
        let store = domain::stores::default_store(context.database.read()).await.unwrap();
        let before = SmsGateway::default().into_section();
        domain::settings::save(context, &owner, store, &before, &gateway.into_section()).await.unwrap();
        domain::account::send_mobile_code(context, &owner, Some(NUMBER)).await.unwrap();
        testing::code_sent_to(context, NUMBER).await
    }

    fn to(url: String) -> SmsGateway {
        SmsGateway { url, new_headers: Some("Authorization: Bearer hunter2".into()), ..SmsGateway::default() }
    }

    async fn row(context: &Context) -> (String, Option<String>, Option<String>) {
        let row = testing::messages(context).await.into_iter().find(|row| row.channel == "sms").unwrap();
        (row.state, row.problem, row.content)
    }

    #[tokio::test]
    async fn a_code_goes_out_with_the_headers_and_is_erased() {
        let sqlite = testing::sqlite().await;
        let context = &sqlite.context;
        let (recorder, address) = Recorder::start().await;
        let code = queue(context, to(format!("{address}/200"))).await;
        work(context, &Texter::new().unwrap()).await.unwrap();
        let seen = recorder.seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].headers["authorization"], "Bearer hunter2");
        assert_eq!(seen[0].headers["content-type"], "application/json");
        let body: serde_json::Value = serde_json::from_str(&seen[0].body).unwrap();
        assert_eq!(body["to"], NUMBER);
        assert!(body["text"].as_str().unwrap().starts_with(&code), "{body}");
        assert_eq!(row(context).await, (MessageState::Sent.key().into(), None, None));
        work(context, &Texter::new().unwrap()).await.unwrap();
        assert_eq!(recorder.seen().len(), 1);
    }

    #[tokio::test]
    async fn what_the_gateway_answers_decides_whether_it_is_tried_again() {
        for (answer, state, problem) in [
            ("503", "queued", "The gateway answered 503."),
            ("429", "queued", "The gateway answered 429."),
            ("401", "failed", "The gateway answered 401."),
            ("away", "failed", "The gateway answered 307."),
            ("slow", "queued", "The gateway did not answer in time."),
        ] {
            let sqlite = testing::sqlite().await;
            let context = &sqlite.context;
            let (recorder, address) = Recorder::start().await;
            queue(context, to(format!("{address}/{answer}"))).await;
            let texter = Texter::within(Duration::from_millis(800)).unwrap();
            work(context, &texter).await.unwrap();
            assert_eq!(recorder.seen().len(), 1, "{answer}: redirects are not followed");
            let (found, why, content) = row(context).await;
            assert_eq!((found.as_str(), why.as_deref()), (state, Some(problem)), "{answer}");
            assert!(content.is_some() && !problem.contains("hunter2"));
        }
    }

    #[tokio::test]
    async fn nobody_there_is_tried_again() {
        let sqlite = testing::sqlite().await;
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        queue(&sqlite.context, to(format!("http://{free}/"))).await;
        work(&sqlite.context, &Texter::new().unwrap()).await.unwrap();
        let (state, problem, _) = row(&sqlite.context).await;
        assert_eq!((state.as_str(), problem.as_deref()), ("queued", Some("The gateway cannot be reached.")));
    }

    #[test]
    fn confidential_addresses_are_not_called() {
        for (address, may) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("203.0.113.7", true),
            ("::1", true),
            ("169.254.169.254", false),
            ("::ffff:169.254.169.254", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("fe80::1", false),
            ("fd00:ec2::254", false),
        ] {
            assert_eq!(may_be_called(address.parse().unwrap()), may, "{address}");
        }
    }

    #[tokio::test]
    async fn a_confidential_address_in_the_settings_is_not_called_either() {
        for url in ["http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:a9fe:a9fe]/"] {
            let sqlite = testing::sqlite().await;
            queue(&sqlite.context, to(url.to_owned())).await;
            work(&sqlite.context, &Texter::new().unwrap()).await.unwrap();
            let (state, problem, _) = row(&sqlite.context).await;
            assert_eq!((state.as_str(), problem.as_deref()), ("failed", Some("The gateway's address cannot be used.")));
        }
    }
}
