//! How many connections an address may hold: each is a file handle, and those of one process end.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::context::network_of;

use crate::http::client_address::TrustedProxies;

/// Far more than the browsers of an office behind one address.
const MOST_OF_ONE: usize = 512;

/// Who holds how many.
#[derive(Clone)]
pub struct Connections {
    held: Arc<Mutex<HashMap<String, usize>>>,
    proxies: TrustedProxies,
}

/// A connection's place, given back when it ends.
pub struct Place {
    held: Arc<Mutex<HashMap<String, usize>>>,
    network: Option<String>,
}

impl Connections {
    /// Our own proxies speak for many, and this machine for itself: they are not counted.
    pub fn new(proxies: TrustedProxies) -> Self {
        Self { held: Arc::default(), proxies }
    }

    /// `None`: the address holds as many as it may.
    pub fn enter(&self, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        if peer.is_loopback() || self.proxies.trusts(peer) {
            return Some(Place { held: Arc::clone(&self.held), network: None });
        }
        let network = network_of(&peer.to_string());
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = held.entry(network.clone()).or_default();
        if *theirs >= MOST_OF_ONE {
            return None;
        }
        *theirs += 1;
        Some(Place { held: Arc::clone(&self.held), network: Some(network) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = &self.network else { return };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(theirs) = held.get_mut(network) {
            *theirs -= 1;
            if *theirs == 0 {
                held.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_hold_them_all() {
        let connections = Connections::new(TrustedProxies::parse(["10.0.0.7"]).unwrap());
        let address: IpAddr = "2001:db8::1".parse().unwrap();
        let places: Vec<_> = (0..MOST_OF_ONE).map(|_| connections.enter(address).unwrap()).collect();
        assert!(connections.enter(address).is_none());
        assert!(connections.enter("2001:db8::ffff".parse().unwrap()).is_none());
        assert!(connections.enter("2001:db8:0:1::1".parse().unwrap()).is_some());
        for free in ["127.0.0.1", "::1", "10.0.0.7", "::ffff:10.0.0.7"] {
            let places: Vec<_> = (0..=MOST_OF_ONE).map(|_| connections.enter(free.parse().unwrap())).collect();
            assert!(places.iter().all(Option::is_some), "{free}");
        }
        drop(places);
        assert!(connections.enter(address).is_some());
        assert!(connections.held.lock().unwrap().is_empty());
    }
}
