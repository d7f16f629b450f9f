//! Which account, which tab: the address of a profile (P2).

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use types::AccountId;
use types::events::EventKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileTab {
    Attributes,
    Groups,
    Roles,
    Authenticators,
    Activity,
}

impl ProfileTab {
    pub const ALL: [Self; 5] = [Self::Attributes, Self::Groups, Self::Roles, Self::Authenticators, Self::Activity];

    pub fn key(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Groups => "groups",
            Self::Roles => "roles",
            Self::Authenticators => "authenticators",
            Self::Activity => "activity",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Attributes => "Attributes",
            Self::Groups => "Groups",
            Self::Roles => "Roles",
            Self::Authenticators => "Authenticators",
            Self::Activity => "Activity",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    pub id: AccountId,
    pub tab: ProfileTab,
    /// The filter of **Activity**.
    pub kind: Option<EventKind>,
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
        let kind = (tab == ProfileTab::Activity)
            .then(|| query.with(|query| query.get("kind")))
            .flatten()
            .and_then(|kind| EventKind::from_key(&kind));
        Ok(Address { id, tab, kind })
    })
}

pub fn href(id: AccountId, tab: ProfileTab) -> String {
    format!("/admin/users/{id}/{}", tab.key())
}

/// **Activity** with its filter.
pub fn activity_href(id: AccountId, kind: &str) -> String {
    let address = href(id, ProfileTab::Activity);
    if kind.is_empty() { address } else { format!("{address}?kind={kind}") }
}
