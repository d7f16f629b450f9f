//! The pages whose code comes when somebody goes to one of them; the user list is there at once.
//!
//! Two downloads, the profile and all others: each split of the code costs a file for every set of
//! splits that share something, and with one for each page a profile was 180 files.
//!
//! A page makes its resources in its view. `LazyRoute::data` could begin before the code has come, but
//! it would keep the types of every page, and what reads them from JSON, in the part that everybody
//! downloads; and it runs before the route knows its own address.

use leptos::prelude::*;
use leptos_router::LazyRoute;
use types::directory::UnitKind;

use super::{audit, dashboard, directory, jobs, mail, settings, stores, users};

/// `/admin/users/{id}/{tab}`.
pub struct ProfilePage;

impl LazyRoute for ProfilePage {
    fn data() -> Self {
        Self
    }

    async fn view(_this: Self) -> AnyView {
        profile().await
    }

    async fn preload() {
        #[cfg(target_arch = "wasm32")]
        __preload_profile().await;
    }
}

#[lazy]
fn profile() -> AnyView {
    users::profile::page()
}

macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident = $view:expr;)+) => {
        #[derive(Clone, Copy)]
        #[expect(clippy::enum_variant_names, reason = "the names of the routes")]
        enum Page { $($name,)+ }

        #[lazy]
        fn other(page: Page) -> AnyView {
            match page { $(Page::$name => $view,)+ }
        }

        $($(#[$doc])*
        pub struct $name;

        impl LazyRoute for $name {
            fn data() -> Self {
                Self
            }

            async fn view(_this: Self) -> AnyView {
                other(Page::$name).await
            }

            async fn preload() {
                #[cfg(target_arch = "wasm32")]
                __preload_other().await;
            }
        })+
    };
}

pages! {
    /// `/admin`.
    DashboardPage = dashboard::page::page();
    /// `/admin/users/import`.
    ImportPage = users::import::page::page();
    /// `/admin/users/recycle-bin`.
    RecycleBinPage = users::recycle_bin::page();
    /// `/admin/groups`.
    GroupsPage = directory::units::page(UnitKind::Group);
    /// `/admin/groups/{id}`.
    GroupPage = directory::unit::page(UnitKind::Group);
    /// `/admin/organizations`.
    OrganizationsPage = directory::units::page(UnitKind::Organization);
    /// `/admin/organizations/{id}`.
    OrganizationPage = directory::unit::page(UnitKind::Organization);
    /// `/admin/roles`.
    RolesPage = directory::roles::page();
    /// `/admin/roles/{id}`.
    RolePage = directory::role::page();
    /// `/admin/audit`.
    AuditLogPage = audit::page::page();
    /// `/admin/jobs`.
    JobsPage = jobs::page::page();
    /// `/admin/stores`.
    StoresPage = stores::list::page();
    /// `/admin/stores/{id}`.
    StorePage = stores::page::page();
    /// `/admin/mail`.
    MailPage = mail::page::page();
    /// `/admin/settings/compliance`.
    CompliancePage = settings::compliance::page();
    /// `/admin/settings/{section}`.
    SettingsPage = settings::page::page();
}
