//! A moment: milliseconds since 1970-01-01T00:00:00Z. The clock that makes them is the server's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "database", derive(sea_orm::DeriveValueType))]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `seconds` later (earlier when negative).
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Whole seconds from `earlier` until this moment.
    pub fn seconds_since(self, earlier: Timestamp) -> i64 {
        (self.0 - earlier.0) / 1000
    }

    /// `2026-11-22 04:16`, UTC: what tables show.
    pub fn minute(self) -> String {
        let at = self.date_time();
        format!("{:04}-{:02}-{:02} {:02}:{:02}", at.year(), u8::from(at.month()), at.day(), at.hour(), at.minute())
    }

    /// `2026-11-22`, UTC.
    pub fn date(self) -> String {
        self.minute()[..10].to_owned()
    }

    /// The beginning of a day that is written as `2026-11-22`, UTC; `None` when there is no such day.
    pub fn parse_date(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut next = |digits: usize| {
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let (year, month, day) = (next(4)?.parse().ok()?, next(2)?.parse::<u8>().ok()?, next(2)?.parse().ok()?);
        let date = time::Date::from_calendar_date(year, month.try_into().ok()?, day).ok()?;
        parts.next().is_none().then(|| Self(date.midnight().assume_utc().unix_timestamp() * 1000))
    }

    fn date_time(self) -> time::OffsetDateTime {
        time::OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    }
}

/// ISO 8601 in UTC, to the second: `2026-11-22T04:16:42Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.date_time();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_iso_8601() {
        let at = Timestamp(1_795_320_999_123);
        assert_eq!(at.to_string(), "2026-11-22T04:16:39Z");
        assert_eq!(at.minute(), "2026-11-22 04:16");
        assert_eq!(
            Timestamp::parse_date("2026-11-22").map(|at| at.to_string()).as_deref(),
            Some("2026-11-22T00:00:00Z")
        );
        for wrong in ["", "2026", "2026-2-3", "2026-02-30", "2026-11-22-1", "+026-11-22", "2026-11-22T"] {
            assert_eq!(Timestamp::parse_date(wrong), None, "{wrong}");
        }
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59Z");
        assert_eq!(Timestamp(i64::MAX).to_string(), "1970-01-01T00:00:00Z");
    }
}
