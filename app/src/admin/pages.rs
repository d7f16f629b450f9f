//! What each address of the console shows; the code of most pages comes when somebody goes to one.
//!
//! Two downloads beside the first, the profile and all others: each split of the code costs a file for
//! every set of splits that share something, and with one for each page a profile was 180 files.

use leptos::prelude::*;
use leptos_router::ChooseView;
use types::directory::UnitKind;

use super::{audit, dashboard, directory, jobs, mail, settings, stores, users};

/// One type for all routes: the router's own code is made once for each type.
#[derive(Clone, Copy)]
pub enum Page {
    /// There at once: it is where the work of a help desk begins.
    Users,
    Profile,
    Other(Other),
}

impl ChooseView for Page {
    async fn choose(self) -> AnyView {
        match self {
            Self::Users => view! { <users::list::UsersPage /> }.into_any(),
            Self::Profile => profile().await,
            Self::Other(page) => other(page).await,
        }
    }

    async fn preload(&self) {
        #[cfg(target_arch = "wasm32")]
        match self {
            Self::Users => {}
            Self::Profile => __preload_profile().await,
            Self::Other(_) => __preload_other().await,
        }
    }
}

#[derive(Clone, Copy)]
pub enum Other {
    Dashboard,
    Import,
    RecycleBin,
    Groups,
    Group,
    Organizations,
    Organization,
    Roles,
    Role,
    AuditLog,
    Jobs,
    Stores,
    Store,
    Mail,
    Compliance,
    Settings,
}

#[lazy]
fn profile() -> AnyView {
    users::profile::page()
}

#[lazy]
fn other(page: Other) -> AnyView {
    match page {
        Other::Dashboard => dashboard::page::page(),
        Other::Import => users::import::page::page(),
        Other::RecycleBin => users::recycle_bin::page(),
        Other::Groups => directory::units::page(UnitKind::Group),
        Other::Group => directory::unit::page(UnitKind::Group),
        Other::Organizations => directory::units::page(UnitKind::Organization),
        Other::Organization => directory::unit::page(UnitKind::Organization),
        Other::Roles => directory::roles::page(),
        Other::Role => directory::role::page(),
        Other::AuditLog => audit::page::page(),
        Other::Jobs => jobs::page::page(),
        Other::Stores => stores::list::page(),
        Other::Store => stores::page::page(),
        Other::Mail => mail::page::page(),
        Other::Compliance => settings::compliance::page(),
        Other::Settings => settings::page::page(),
    }
}
