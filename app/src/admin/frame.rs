//! The frame of the console: navigation, who is signed in, messages.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use types::Permission;
use types::sessions::Viewer;

use super::api::viewer;
use super::palette::{Palette, provide_commands};
use super::proof::{ProofRegion, provide_proof};
use super::users::last_list::provide_selection;
use crate::ApiError;
use crate::resource::{Resource, resource};
use crate::ui::{Avatar, Glyph, Icon, ToastRegion, deferred, nothing, provide_toasts};

/// Who is signed in, for the pages inside the frame.
pub fn use_viewer() -> Resource<Result<Viewer, ApiError>> {
    use_context().unwrap_or_else(provide_viewer)
}

fn provide_viewer() -> Resource<Result<Viewer, ApiError>> {
    let viewer = resource(|| (), |()| viewer());
    provide_context(viewer);
    viewer
}

/// Around every page of the console.
#[component]
pub fn Frame() -> impl IntoView {
    let viewer = provide_viewer();
    let toasts = provide_toasts();
    let commands = provide_commands();
    let proof = provide_proof();
    provide_selection();
    let navigation = NodeRef::<html::Nav>::new();
    follow_navigation(navigation);

    view! {
        <a class="skip-link" href="#main" rel="external">
            "Skip to content"
        </a>
        <div class="frame">
            <nav id="navigation" class="sidebar" aria-label="Console" popover="auto" node_ref=navigation>
                <a class="brand" href="/admin">
                    <Icon glyph=Glyph::Shield />
                    "Roster"
                </a>
                {deferred(nothing, move || async move {
                    viewer.await.map_or_else(|_| nothing(), |viewer| navigation_of(&viewer))
                })}
            </nav>
            <header class="topbar">
                <button
                    type="button"
                    class="btn btn-sm btn-ghost btn-square nav-toggle"
                    aria-label="Navigation"
                    popovertarget="navigation"
                >
                    <Icon glyph=Glyph::Menu />
                </button>
                <a class="brand brand-small" href="/admin">
                    "Roster"
                </a>
                {deferred(nothing, move || async move {
                    viewer.await.map_or_else(|_| nothing(), |viewer| account_menu(&viewer))
                })}
            </header>
            <main id="main" class="main" tabindex="-1">
                <Outlet />
            </main>
        </div>
        <Palette commands />
        <ProofRegion proof />
        <ToastRegion toasts />
    }
}

/// After a click on a link to another page: closes the phone's navigation, and puts the focus on
/// the new page, as a full page load would. A tab of the same profile is not another page.
fn follow_navigation(navigation: NodeRef<html::Nav>) {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let page: String = path.get().split('/').take(4).collect::<Vec<_>>().join("/");
        if before.is_some_and(|before| before != page) {
            if let Some(navigation) = navigation.get_untracked() {
                let _ = navigation.hide_popover();
            }
            let main =
                document().get_element_by_id("main").and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(main) = main {
                let _ = main.focus();
            }
        }
        page
    });
}

fn navigation_of(viewer: &Viewer) -> AnyView {
    let path = use_location().pathname;
    let link = move |href: &'static str, label: &'static str, glyph: Glyph| {
        view! {
            <li>
                <a
                    class="nav-link"
                    href=href
                    aria-current=move || path.with(|path| leads_to(path, href)).then_some("page")
                >
                    <Icon glyph />
                    {label}
                </a>
            </li>
        }
    };
    let confined = (!viewer.confined_to.is_empty())
        .then(|| view! { <p class="confined">{format!("Confined to {}", viewer.confined_to.join(", "))}</p> });
    let dashboard = link("/admin", "Dashboard", Glyph::Chart);
    let audit = viewer.may(Permission::ViewEvents).then(|| link("/admin/audit", "Audit log", Glyph::History));
    let links = viewer
        .may(Permission::ViewUsers)
        .then(|| (link("/admin/users", "Users", Glyph::Users), link("/admin/jobs", "Jobs", Glyph::Jobs)));
    let directory = viewer.may(Permission::ViewDirectory).then(|| {
        (
            link("/admin/groups", "Groups", Glyph::Group),
            link("/admin/organizations", "Organizations", Glyph::Building),
            link("/admin/roles", "Roles", Glyph::Shield),
        )
    });
    let stores = viewer
        .may_everywhere(Permission::ViewDirectory)
        .then(|| link("/admin/stores", "Identity stores", Glyph::Database));
    let mail = viewer.may_everywhere(Permission::ViewMail).then(|| link("/admin/mail", "Mail log", Glyph::Mail));
    let settings =
        viewer.may_everywhere(Permission::ManageSettings).then(|| link("/admin/settings", "Settings", Glyph::Settings));
    view! {
        {confined}
        <ul class="nav-links">{dashboard} {links} {directory} {stores} {audit} {mail} {settings}</ul>
    }
    .into_any()
}

/// Whether a link of the navigation is to the page, or to one below it; `/admin` is above all.
fn leads_to(path: &str, href: &str) -> bool {
    path.trim_end_matches('/') == href || (href != "/admin" && path.starts_with(&format!("{href}/")))
}

fn account_menu(viewer: &Viewer) -> AnyView {
    let seed = viewer.email.bytes().map(u128::from).sum();
    view! {
        <button type="button" class="btn btn-sm btn-ghost account-button" popovertarget="account-menu">
            <Avatar name=viewer.name.clone() seed />
            <span class="account-name">{viewer.name.clone()}</span>
            <Icon glyph=Glyph::ChevronDown />
        </button>
        <div id="account-menu" class="account-menu" popover="auto">
            <p class="account-who">
                <strong>{viewer.name.clone()}</strong>
                <span class="muted">{viewer.email.clone()}</span>
            </p>
            <a class="menu-item" href="/account" rel="external">
                <Icon glyph=Glyph::User />
                "Your account"
            </a>
            <form method="post" action="/logout">
                <button type="submit" class="menu-item">
                    <Icon glyph=Glyph::SignOut />
                    "Sign out"
                </button>
            </form>
        </div>
    }
    .into_any()
}
