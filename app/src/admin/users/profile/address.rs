//! Which account, which tab: the address of a profile (P2).

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use types::AccountId;
use types::audit::AuditFilter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileTab {
    Attributes,
    Groups,
    Roles,
    Sessions,
    Devices,
    Authenticators,
    Activity,
}

impl ProfileTab {
    pub const ALL: [Self; 7] = [
        Self::Attributes,
        Self::Groups,
        Self::Roles,
        Self::Authenticators,
        Self::Sessions,
        Self::Devices,
        Self::Activity,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Groups => "groups",
            Self::Roles => "roles",
            Self::Sessions => "sessions",
            Self::Devices => "devices",
            Self::Authenticators => "authenticators",
            Self::Activity => "activity",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Attributes => "Attributes",
            Self::Groups => "Groups",
            Self::Roles => "Roles",
            Self::Sessions => "Sessions",
            Self::Devices => "Devices",
            Self::Authenticators => "Authenticators",
            Self::Activity => "Activity",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub id: AccountId,
    pub tab: ProfileTab,
    /// The filter of **Activity**.
    pub activity: AuditFilter,
}

/// The address, or what there is none of: a `user` or a `page`.
pub type Asked = Result<Address, &'static str>;

/// Follows the browser's address while it is a profile's.
pub fn use_address() -> Memo<Asked> {
    let params = use_params_map();
    let query = use_query_map();
    Memo::new(move |_| {
        let (id, tab) = params.with(|params| (params.get("id"), params.get("tab")));
        let id = id.and_then(|id| id.parse().ok()).ok_or("user")?;
        let tab = ProfileTab::ALL.into_iter().find(|known| tab.as_deref() == Some(known.key())).ok_or("page")?;
        let activity = if tab == ProfileTab::Activity {
            query.with(|query| {
                let pair = |name: &'static str| query.get(name).map(|value| (name, value));
                let pairs: Vec<_> = ["kind", "from", "until"].into_iter().filter_map(pair).collect();
                AuditFilter::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())))
            })
        } else {
            AuditFilter::default()
        };
        Ok(Address { id, tab, activity })
    })
}

pub fn href(id: AccountId, tab: ProfileTab) -> String {
    format!("/admin/users/{id}/{}", tab.key())
}

/// **Activity** with its filter.
pub fn activity_href(id: AccountId, filter: &AuditFilter) -> String {
    let pairs: Vec<_> = filter.to_pairs().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let address = href(id, ProfileTab::Activity);
    if pairs.is_empty() { address } else { format!("{address}?{}", pairs.join("&")) }
}
