//! Where an address is: by a database of networks (MaxMind's format) that the operator names, or the
//! free one of countries that `make setup` brings.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use maxminddb::{Mmap, PathElement, Reader, path};

use crate::settings::{SettingProblem, Settings};

const THIS_MACHINE: &str = "This machine";
const PRIVATE_NETWORK: &str = "Private network";
/// Longer names are cut.
const MOST_CHARACTERS: usize = 100;
/// Where `make setup` puts the free database, from the program's folder.
const FREE: &str = "../../node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb";
/// Where an installation without the sources may put one.
const BESIDE: &str = "places.mmdb";

/// Looks addresses up; cheap to clone. The file is mapped, so that only what is asked for is read.
#[derive(Clone, Default)]
pub struct Places(Option<Arc<Reader<Mmap>>>);

/// What is known of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `Zürich, Switzerland`; none when unknown.
    pub name: Option<String>,
    /// Two letters; none for addresses of no country.
    pub country: Option<String>,
}

impl Places {
    /// The database that the settings name, else the free one, else none: then places are unknown.
    ///
    /// # Errors
    /// A named file that is no such database.
    pub fn find(settings: &Settings) -> Result<Self, SettingProblem> {
        if let Some(path) = &settings.geoip_db {
            let problem = |text: String| {
                let advice = "name a file in MaxMind's format, such as GeoLite2-City.mmdb";
                settings.problem("geoip_db", &format!("cannot use {}: {text}; {advice}", path.display()))
            };
            return Self::open(path).map_err(problem);
        }
        let folder = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_path_buf));
        let found: Option<PathBuf> =
            folder.into_iter().flat_map(|folder| [folder.join(BESIDE), folder.join(FREE)]).find(|path| path.is_file());
        let Some(path) = found else { return Ok(Self::default()) };
        Ok(Self::open(&path).unwrap_or_else(|text| {
            tracing::warn!("{} is no database of places: {text}", path.display());
            Self::default()
        }))
    }

    /// # Errors
    /// A sentence: it cannot be read, or is something else.
    pub fn open(path: &Path) -> Result<Self, String> {
        #[expect(unsafe_code, reason = "memory-mapped: the database is too large for the heap")]
        // SAFETY: operators replace the file by renaming another one to its name (README), as its
        // publishers' tools do; the mapped file itself then stays as it is.
        let reader = unsafe { Reader::open_mmap(path) };
        let reader = reader.map_err(|error| error.to_string().replace('\n', " "))?;
        Ok(Self(Some(Arc::new(reader))))
    }

    /// Whether there is a database.
    pub fn are_known(&self) -> bool {
        self.0.is_some()
    }

    pub fn of(&self, address: IpAddr) -> Place {
        let address = address.to_canonical();
        if let Some(name) = without_country(address) {
            return Place { name: Some(name.to_owned()), country: None };
        }
        let Some(found) = self.0.as_ref().and_then(|reader| reader.lookup(address).ok()) else {
            return Place::default();
        };
        // Two layouts: MaxMind's own, and the flat one of ip-location-db.
        let text = |path: &[PathElement<'_>]| {
            let text = found.decode_path::<&str>(path).ok().flatten()?;
            let text: String = text.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
            (!text.is_empty()).then_some(text)
        };
        let country = text(&path!["country", "iso_code"])
            .or_else(|| text(&path!["country_code"]))
            .filter(|letters| letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_uppercase()));
        let city = text(&path!["city", "names", "en"]).or_else(|| text(&path!["city"]));
        let name_of_country = country.as_deref().map(|letters| {
            let known = types::countries::name_of(letters).map(str::to_owned);
            known.or_else(|| text(&path!["country", "names", "en"])).unwrap_or_else(|| letters.to_owned())
        });
        let names: Vec<_> = [city, name_of_country].into_iter().flatten().collect();
        Place { name: (!names.is_empty()).then(|| names.join(", ")), country }
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({})", if self.0.is_some() { "database" } else { "none" })
    }
}

fn without_country(address: IpAddr) -> Option<&'static str> {
    let is_private = match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            // RFC 6598: behind the provider's own translation of addresses.
            let is_shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    match address {
        address if address.is_loopback() => Some(THIS_MACHINE),
        _ if is_private => Some(PRIVATE_NETWORK),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `tests/places/make.py`: one network in each of the layouts.
    fn of_tests() -> Places {
        Places::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/places/test.mmdb")).unwrap()
    }

    fn place(places: &Places, address: &str) -> (Option<String>, Option<String>) {
        let Place { name, country } = places.of(address.parse().unwrap());
        (name, country)
    }

    #[test]
    fn names_city_and_country_as_the_database_has_them() {
        let places = of_tests();
        let known = |name: &str, country: &str| (Some(name.to_owned()), Some(country.to_owned()));
        assert_eq!(place(&places, "192.0.2.7"), known("Zürich, Switzerland", "CH"));
        assert_eq!(place(&places, "::ffff:192.0.2.7"), known("Zürich, Switzerland", "CH"));
        assert_eq!(place(&places, "198.51.100.7"), known("Germany", "DE"));
        assert_eq!(place(&places, "203.0.113.7"), known("Osaka, Japan", "JP"));
        assert_eq!(place(&places, "2001:db8::7"), known("AQ", "AQ"));
        assert_eq!(place(&places, "8.8.8.8"), (None, None));
    }

    #[test]
    fn one_s_own_machine_and_network_say_so_with_and_without_a_database() {
        for places in [of_tests(), Places::default()] {
            for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
                assert_eq!(place(&places, address), (Some("This machine".to_owned()), None), "{address}");
            }
            for address in ["10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1"]
            {
                assert_eq!(place(&places, address), (Some("Private network".to_owned()), None), "{address}");
            }
        }
        for address in ["192.0.2.7", "172.32.0.1", "100.128.0.1", "2001:db8::7"] {
            assert_eq!(place(&Places::default(), address), (None, None), "{address}");
        }
    }

    #[test]
    fn another_file_is_no_database() {
        assert!(Places::open(Path::new(file!())).is_err());
        assert!(Places::open(Path::new("/dev/null")).is_err());
        assert!(Places::open(Path::new("/")).is_err());
    }
}
