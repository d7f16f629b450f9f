//! One type per kind of id, so that a group's id is never taken for an account's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "database", derive(sea_orm::DeriveValueType))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        /// Ids are made by the server, never by the database.
        #[cfg(feature = "database")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A person's (or service's) account in one identity store.
    AccountId,
    /// A separate population of accounts with its own attributes.
    StoreId,
    /// One attribute of a store.
    AttributeId,
    GroupId,
    OrganizationId,
    RoleId,
    RoleAssignmentId,
    SessionId,
    /// A browser that an account has signed in with.
    DeviceId,
    EventId,
    JobId,
    MessageId,
    /// One thing that an account proves itself with.
    AuthenticatorId,
    /// A sign-in that is not finished.
    PreSessionId,
    /// An uploaded file that is to be imported.
    ImportId,
    SavedViewId,
    ExportId,
}
