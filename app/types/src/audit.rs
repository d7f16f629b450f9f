//! The audit log as it is searched and shown (G2), and its address.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::events::{EventActor, EventKind, EventRow, Outcome};

/// Which events. Empty texts and `None` are everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Who did it: an e-mail address, a username or an id.
    pub actor: String,
    /// To whom, likewise.
    pub subject: String,
    pub kind: Option<EventKind>,
    pub outcome: Option<Outcome>,
    pub ip: String,
    /// From the beginning of this day on.
    pub from: Option<Timestamp>,
    /// Until the end of this day.
    pub until: Option<Timestamp>,
}

const DAY_SECONDS: i64 = 24 * 60 * 60;

impl AuditFilter {
    /// Reads a query string's pairs; what makes no sense is left out. Other names are not ours.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut filter = Self::default();
        for (name, value) in pairs {
            let text = || value.chars().filter(|c| !c.is_control()).take(200).collect::<String>().trim().to_owned();
            match name {
                "actor" => filter.actor = text(),
                "subject" => filter.subject = text(),
                "kind" => filter.kind = EventKind::from_key(value),
                "outcome" => filter.outcome = Outcome::from_key(value),
                "ip" => filter.ip = text(),
                "from" => filter.from = Timestamp::parse_date(value),
                "until" => filter.until = Timestamp::parse_date(value),
                _ => {}
            }
        }
        filter
    }

    /// The pairs that [`Self::from_pairs`] reads back; what is not set is left out.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("actor", self.actor.clone()),
            ("subject", self.subject.clone()),
            ("kind", self.kind.map(EventKind::key).unwrap_or_default().to_owned()),
            ("outcome", self.outcome.map(Outcome::key).unwrap_or_default().to_owned()),
            ("ip", self.ip.clone()),
            ("from", self.from.map(Timestamp::date).unwrap_or_default()),
            ("until", self.until.map(Timestamp::date).unwrap_or_default()),
        ];
        pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The moment at which `until` is over.
    pub fn before(&self) -> Option<Timestamp> {
        self.until.map(|day| day.plus_seconds(DAY_SECONDS))
    }
}

/// A line of the log: the event, and whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    pub event: EventRow,
    pub subject: Option<EventActor>,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub rows: Vec<AuditRow>,
    /// Asks for what is older.
    pub older: Option<String>,
    /// The page is short because the search stopped here: what is older has not been looked at yet.
    pub searched_to: Option<Timestamp>,
    /// What of the filter names nobody.
    pub notices: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_address() {
        let filter = AuditFilter {
            actor: "ada@example.com".into(),
            subject: "o'brien".into(),
            kind: Some(EventKind::SignedIn),
            outcome: Some(Outcome::Refused),
            ip: "192.0.2.1".into(),
            from: Timestamp::parse_date("2026-11-01"),
            until: Timestamp::parse_date("2026-11-22"),
        };
        let pairs = filter.to_pairs();
        assert_eq!(AuditFilter::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str()))), filter);
        assert!(AuditFilter::default().to_pairs().is_empty());
        let nonsense = [("kind", "moon"), ("outcome", "x"), ("from", "yesterday"), ("utm", "1"), ("ip", "\0")];
        assert_eq!(AuditFilter::from_pairs(nonsense), AuditFilter::default());
    }
}
