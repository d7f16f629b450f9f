//! Sends what is in the queue, by SMTP (N1). Every node does; each message is taken by one.

use std::time::Duration;

use domain::messages::{self, Outgoing};
use domain::{Context, Roster};
use futures::StreamExt;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::{Host, Url};

use crate::every_second::EverySecond;

/// How long the mail server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Messages taken at once, and how many of them are on their way at the same time.
const BATCH: u64 = 20;
const AT_ONCE: u32 = 4;

/// A mail server, and who the mails are from.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Says to other mail programs that no answer, such as "out of office", is wanted (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mailer {
    /// `smtps://…` is encrypted from the start. `smtp://…` takes STARTTLS where it is offered, and
    /// insists on it when there is a password to send to another machine; `?tls=required` and
    /// `?tls=none` say otherwise.
    ///
    /// # Errors
    /// A sentence about the URL; it does not repeat it, since it may hold a password.
    pub fn new(url: &Url, from: Mailbox) -> Result<Self, String> {
        let host = url.host_str().unwrap_or_default();
        let mut plain = url.clone();
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        plain.set_query(None);
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(plain.as_str())
            .map_err(|error| format!("cannot be used: {error}"))?;
        let parameters = || TlsParameters::new(host.to_owned()).map_err(|error| format!("cannot be used: {error}"));
        let builder = match (url.scheme(), tls.as_deref()) {
            ("smtps", None) | (_, Some("none")) => builder,
            (_, Some("required")) => builder.tls(Tls::Required(parameters()?)),
            (_, None) if url.password().is_some() && !is_here(url) => builder.tls(Tls::Required(parameters()?)),
            (_, None) => builder.tls(Tls::Opportunistic(unproven(host)?)),
            (_, Some(_)) => return Err("has a tls that is neither required nor none".into()),
        };
        let transport = builder.timeout(Some(TIMEOUT)).pool_config(PoolConfig::new().max_size(AT_ONCE)).build();
        Ok(Self { transport, from })
    }

    /// # Errors
    /// What the mail server said, and whether trying again is hopeless.
    async fn send(&self, outgoing: &Outgoing) -> Result<(), (String, bool)> {
        let message = letter(&self.from, outgoing).map_err(|problem| (problem, true))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let hopeless = error.is_permanent();
                let mut text = error.to_string();
                if let Some(source) = std::error::Error::source(&error)
                    && !text.contains(&source.to_string())
                {
                    text = format!("{text}: {source}");
                }
                Err((text, hopeless))
            }
        }
    }
}

/// Encryption without asking who is there: where plain text would do as well, a certificate that
/// nobody knows is better than none (RFC 7435).
fn unproven(host: &str) -> Result<TlsParameters, String> {
    TlsParameters::builder(host.to_owned())
        .dangerous_accept_invalid_certs(true)
        .build()
        .map_err(|error| format!("cannot be used: {error}"))
}

/// Whether a password to this host does not leave the machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        // For schemes that browsers do not know, a host is a name even when it is an address.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The message as it goes over the wire. Names and subjects are encoded: nothing in them becomes a
/// header of its own.
fn letter(from: &Mailbox, outgoing: &Outgoing) -> Result<Message, String> {
    let address: Address = outgoing.email.parse().map_err(|error| format!("“{}”: {error}", outgoing.email))?;
    let name = outgoing.name.split(char::is_control).collect::<Vec<_>>().join(" ");
    let to = Mailbox::new((!name.is_empty() && name != outgoing.email).then_some(name), address);
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(outgoing.rendered.subject.as_str())
        // The same at every attempt, so that a mail that came twice is shown once.
        .message_id(Some(format!("<{}@{}>", outgoing.id, from.email.domain())))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(outgoing.rendered.text.clone(), outgoing.rendered.html.clone()))
        .map_err(|error| error.to_string())
}

/// Runs until it is dropped. A message that was on its way then is sent again later.
pub async fn run(roster: Roster, mailer: Mailer) {
    let context = roster.system();
    let mut clock = EverySecond::new("mail could not be taken from the queue");
    loop {
        clock.next().await;
        clock.report(work(&context, &mailer).await);
    }
}

/// Batch after batch, until nothing is due.
async fn work(context: &Context, mailer: &Mailer) -> domain::Result<()> {
    loop {
        let due = messages::claim(context, BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut on_the_way = futures::stream::iter(due)
            .map(|outgoing| async move { deliver(context, mailer, &outgoing).await })
            .buffer_unordered(AT_ONCE as usize);
        while let Some(delivered) = on_the_way.next().await {
            delivered?;
        }
    }
}

async fn deliver(context: &Context, mailer: &Mailer, outgoing: &Outgoing) -> domain::Result<()> {
    match mailer.send(outgoing).await {
        Ok(()) => messages::sent(context, outgoing.id).await,
        Err((problem, hopeless)) => {
            // The problem may name the recipient: it is in the mail log, not here.
            tracing::warn!(message = %outgoing.id, hopeless, "a mail could not be sent");
            messages::failed(context, outgoing.id, &problem, hopeless).await
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::messages::Rendered;
    use types::MessageId;

    use super::*;

    fn outgoing(name: &str, subject: &str) -> Outgoing {
        let rendered = Rendered { subject: subject.into(), text: "text".into(), html: "<p>html</p>".into() };
        Outgoing { id: MessageId(uuid::Uuid::nil()), email: "ada@example.com".into(), name: name.into(), rendered }
    }

    fn from() -> Mailbox {
        "Roster <roster@id.example.com>".parse().unwrap()
    }

    fn wire(name: &str, subject: &str) -> String {
        String::from_utf8(letter(&from(), &outgoing(name, subject)).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_letter_has_both_parts_and_one_id() {
        let wire = wire("Ada Lovelace", "Welcome");
        for line in [
            "From: Roster <roster@id.example.com>",
            "<ada@example.com>",
            "Subject: Welcome",
            "Message-ID: <00000000-0000-0000-0000-000000000000@id.example.com>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(wire.contains(line), "{line} in {wire}");
        }
        assert!(wire.contains("multipart/alternative") && wire.contains("text/plain") && wire.contains("text/html"));
    }

    #[test]
    fn neither_a_name_nor_a_subject_adds_a_header_or_a_recipient() {
        for evil in [
            "Ada\r\nBcc: eve@example.com",
            "Ada\nBcc: eve@example.com",
            "Ada\rBcc: eve@example.com",
            "Ada\" <eve@example.com>, \"x",
            "Ada\u{2028}Bcc: eve@example.com",
            "Ada>, eve@example.com, <x",
        ] {
            let wire = wire(evil, evil);
            let head = wire.split("\r\n\r\n").next().unwrap();
            assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
            let message = letter(&from(), &outgoing(evil, evil)).unwrap();
            let recipients: Vec<_> = message.envelope().to().iter().map(ToString::to_string).collect();
            assert_eq!(recipients, ["ada@example.com"], "{evil:?}");
        }
    }

    #[tokio::test]
    async fn urls_and_what_they_mean() {
        for (url, works) in [
            ("smtp://localhost:1025", true),
            ("smtp://mail.example.com:587?tls=required", true),
            ("smtp://10.0.0.1?tls=none", true),
            ("smtps://user:pa%20ss@mail.example.com", true),
            ("smtp://mail.example.com?tls=maybe", false),
        ] {
            assert_eq!(Mailer::new(&url.parse().unwrap(), from()).is_ok(), works, "{url}");
        }
        for (url, here) in
            [("smtp://localhost", true), ("smtp://127.0.0.1", true), ("smtp://[::1]", true), ("smtp://10.0.0.1", false)]
        {
            assert_eq!(is_here(&url.parse().unwrap()), here, "{url}");
        }
    }
}
