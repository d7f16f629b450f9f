//! The profile of one account: the overview panel, which stays, and the tabs (P1, P2).

mod activity;
mod address;
mod assign_groups;
mod assign_roles;
mod authenticators;
mod backup_code;
mod code_address;
mod delete;
mod devices;
mod end_sessions;
mod groups;
mod overview;
mod page;
pub(crate) mod question;
mod roles;
mod sessions;
mod set_password;
mod unlock;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use types::Permission;
use types::accounts::Profile;

use self::address::{Address, ProfileTab, use_address};
use self::page::{Content, Page, load_content, load_profile};
use super::activation_link::ActivationLinkDialogs;
use super::bulk::BulkDialogs;
use super::edit_conflict::ConflictDialog;
use super::last_list;
use super::second_factor::SecondFactorDialog;
use crate::resource::resource;
use crate::ui::ready::mark_ready;
use crate::ui::{Glyph, Icon, LeaveGuard, PageError, SkeletonLines, Tab, Tabs};

/// After the address of a tab: opens the dialog there.
pub const ASSIGN_GROUPS: &str = "?do=assign-groups";
pub const BACKUP_CODE: &str = "?do=backup-code";
pub const DEVICE_LIMIT: &str = "?do=device-limit";
pub const SET_PASSWORD: &str = "?do=set-password";

/// `/admin/users/{id}/{tab}`.
pub fn page() -> AnyView {
    last_list::remember_left();
    let address = use_address();
    let id = Memo::new(move |_| address.get().map(|address| address.id));
    let profile = resource(move || id.get(), load_profile);
    let page = Page::new(address, profile, resource(move || address.get(), load_content));
    open_asked(page);
    mark_ready();
    let refresh = Callback::new(move |()| page.refresh());
    // Another tab of the same profile keeps what is typed.
    let keeps = Signal::derive(move || page.id().map(|id| format!("/admin/users/{id}/")).unwrap_or_default());
    // The server does not know how the list was left: the first rendering must be its.
    let list = RwSignal::new("/admin/users".to_owned());
    Effect::new(move || list.set(last_list::address()));

    let overview = move || {
        Suspend::new(async move {
            let profile = page.profile.await.ok()?;
            // An unknown tab is no page at all.
            page.address.get().ok()?;
            page.show(&profile);
            Some(overview::view(page, &profile))
        })
    };
    let main = move || {
        Suspend::new(async move {
            match (page.profile.await, page.content.await) {
                (Ok(profile), content) if page.address.get().is_ok() => {
                    page.show(&profile);
                    let tab = match content {
                        Ok(content) => tab_view(page, &profile, content),
                        Err(error) => view! { <PageError error retry=refresh /> }.into_any(),
                    };
                    view! {
                        {tabs(page, &profile)}
                        {tab}
                    }
                    .into_any()
                }
                (Err(error), _) | (_, Err(error)) => {
                    view! { <PageError error retry=refresh whole_page=true /> }.into_any()
                }
                // The address has just changed; the answer to it is on its way.
                (Ok(_), Ok(_)) => ().into_any(),
            }
        })
    };

    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a class="crumb" href=list>
                <Icon glyph=Glyph::ChevronLeft />
                "Users"
            </a>
        </nav>
        <div class="profile">
            <Transition>{overview}</Transition>
            <div class="profile-main">
                <Transition fallback=|| view! { <SkeletonLines lines=8 /> }>{main}</Transition>
            </div>
        </div>
        <BulkDialogs request=page.request on_done=Callback::new(move |_| page.refresh()) />
        <ActivationLinkDialogs whose=page.activation_link on_done=refresh />
        <ConflictDialog edit=page.edit />
        <LeaveGuard
            unsaved=page.edit.dirty
            keeps
            message=page.text(|name| format!("What you have changed about {name} is not saved yet."))
            discard=Callback::new(move |()| page.edit.discard())
        />
        {end_sessions::dialog(page)}
        {set_password::dialog(page)}
        {delete::dialog(page)}
        {groups::remove_dialog(page)}
        {assign_groups::dialog(page)}
        {roles::remove_dialog(page)}
        {assign_roles::dialog(page)}
        {sessions::end_dialog(page)}
        {devices::dialogs(page)}
        {authenticators::dialogs(page)}
        <SecondFactorDialog whose=page.second_factor on_done=refresh />
    }
    .into_any()
}

/// The menu of a row in the list leads here, to the dialog that it names.
fn open_asked(page: Page) {
    let query = use_query_map();
    let go = use_navigate();
    Effect::new(move || {
        let Some(asked) = query.with(|query| query.get("do")) else { return };
        let Ok(Address { id, tab, .. }) = page.address.get() else { return };
        // The dialogs are about what is loaded first.
        let shown = page.shown.get().filter(|shown| shown.id == id);
        let Some(profile) = shown.filter(|_| tab != ProfileTab::Devices || page.devices.is_loaded()) else { return };
        let may = |permission| profile.may(permission);
        let may_others = |permission| profile.may(permission) && !profile.is_self;
        match format!("?do={asked}").as_str() {
            ASSIGN_GROUPS if may(Permission::ManageMemberships) => page.groups.assigning.set(true),
            BACKUP_CODE if may_others(Permission::GenerateBackupCodes) => page.authenticators.backup.ask(),
            DEVICE_LIMIT if may(Permission::ManageDevices) => page.devices.limit.ask(),
            SET_PASSWORD if may_others(Permission::SetPasswords) => page.set_password.ask(),
            // The menu does not know who holds more than the reader.
            _ => page.toasts.error(format!("You may not do that for {}.", profile.name)),
        }
        // Neither Back nor a reload opens it again.
        go(&address::href(id, tab), NavigateOptions { replace: true, scroll: false, ..Default::default() });
    });
}

/// The tabs that the reader may open.
fn tabs(page: Page, profile: &Profile) -> AnyView {
    let id = profile.id;
    let may_view_events = profile.may(Permission::ViewEvents);
    let tabs = Signal::derive(move || {
        let current = page.address.get().ok().map(|address| address.tab);
        ProfileTab::ALL
            .into_iter()
            .filter(|tab| *tab != ProfileTab::Activity || may_view_events)
            .map(|tab| Tab { label: tab.label(), href: address::href(id, tab), current: current == Some(tab) })
            .collect::<Vec<_>>()
    });
    view! { <Tabs label="Profile" tabs /> }.into_any()
}

fn tab_view(page: Page, profile: &Profile, content: Content) -> AnyView {
    match content {
        Content::Attributes => view! {
            <section class="tab" aria-labelledby="tab-title">
                <h2 id="tab-title" class="sr-only">
                    "Attributes"
                </h2>
                {page.edit.view(profile)}
            </section>
        }
        .into_any(),
        Content::Groups(rows) => groups::view(page, profile, rows),
        Content::Roles(rows) => roles::view(page, profile, rows),
        Content::Sessions(rows) => sessions::view(page, profile, rows),
        Content::Devices(stored) => devices::view(page, profile, stored),
        Content::Authenticators(stored) => authenticators::view(page, profile, stored),
        Content::Activity(events) => activity::view(page, profile.id, events),
    }
}
