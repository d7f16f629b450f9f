//! The address of whoever sent a request, behind any proxies of ours.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use http::HeaderMap;
use ipnet::IpNet;

/// The proxies whose word about an address counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    /// Whether the log says already that somebody else sent `X-Forwarded-For`.
    is_warned: OnceLock<()>,
}

impl TrustedProxies {
    /// From addresses (`10.0.0.7`) and networks (`10.0.0.0/8`).
    ///
    /// # Errors
    /// A sentence about the first one that is neither.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let parse_one = |text: &str| {
            text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
                format!("“{text}” is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/8")
            })
        };
        texts
            .into_iter()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(parse_one)
            .collect::<Result<_, _>>()
            .map(|networks| Self { networks, ..Self::default() })
    }

    /// Whether the address is one of our proxies.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The rightmost hop of `X-Forwarded-For` that is not a proxy of ours: what stands further left is
    /// the sender's own word. Without trusted proxies it is the peer.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(','))
            .collect();
        if !self.trusts(client) && hops.iter().any(|hop| parse_hop(hop.trim()).is_some()) {
            self.warn_once();
        }
        for hop in hops.into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            match parse_hop(hop.trim()) {
                Some(next) => client = next,
                None => break,
            }
        }
        client
    }

    /// Behind a proxy that is not named everybody has one address, and waits for everybody else's failures.
    fn warn_once(&self) {
        self.is_warned.get_or_init(|| {
            tracing::warn!(
                "X-Forwarded-For came from an address that is no trusted proxy: it is not believed, and everybody \
                 behind that address counts as one. If there is a proxy before Roster, name it in \
                 ROSTER_TRUSTED_PROXIES"
            );
        });
    }
}

/// Some proxies add the port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|hop| hop.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&'static str]) -> String {
        let proxies = TrustedProxies::parse(trusted.split(',')).unwrap();
        let headers = forwarded
            .iter()
            .map(|value| (http::header::HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static(value)))
            .collect();
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn without_trusted_proxies_it_is_the_peer() {
        assert_eq!(client("", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn a_proxy_tells_who_came_to_it() {
        assert_eq!(client("10.0.0.1", "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", "10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("::1", "::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", "::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn what_the_sender_wrote_itself_does_not_count() {
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["127.0.0.1, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["127.0.0.1", "198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn nonsense_ends_the_walk() {
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn says_which_proxy_is_wrong() {
        let error = TrustedProxies::parse(["10.0.0.1", "proxy.local"]).unwrap_err();
        assert!(error.contains("“proxy.local”"), "{error}");
    }
}
