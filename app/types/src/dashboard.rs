//! The dashboard's numbers (D7).

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::bulk::BulkReport;
use crate::user_list::MatchCount;

/// Days that the charts show.
pub const DAYS: i64 = 30;
/// Days without a sign-in after which an account counts as dormant.
pub const DORMANT_DAYS: i64 = 90;

/// One day of a chart, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Its beginning.
    pub day: Timestamp,
    pub count: i64,
}

/// What **Dashboard** shows, as far as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    pub funnel: Option<Funnel>,
    /// Sign-ins and failures of the whole installation, a day each, the oldest first.
    pub sign_ins: Option<Vec<DayCount>>,
    pub failed_sign_ins: Option<Vec<DayCount>>,
    pub dormant: Option<MatchCount>,
    /// The day before which a dormant account has signed in last.
    pub dormant_since: Timestamp,
    /// Jobs that run or wait.
    pub jobs: Vec<BulkReport>,
}

/// How far people are on the way to an account of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    pub all: i64,
    pub not_registered: i64,
    pub pending_activation: i64,
    pub onboarded: i64,
    /// Of those the ones with a second factor.
    pub with_second_factor: i64,
}
