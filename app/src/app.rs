//! The document around every page of the console, and the console's routes.
//!
//! Sign-in and self-service pages are plain HTML without WebAssembly; they are not here.

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::hooks::use_params_map;
use leptos_router::{NavigateOptions, SsrMode, path};
use types::AccountId;

use crate::ApiError;
use crate::admin::frame::Frame;
use crate::admin::pages::{Other, Page};
use crate::ui::PageError;

/// The whole HTML document.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::{HashedStylesheet, MetaTags};
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HashedStylesheet id="leptos" options=options.clone() />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The console. Every page is rendered whole on the server (`SsrMode::Async`): it can be read and
/// its links followed before the WebAssembly has come, and its status code is true.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <PageTitle text="Roster" />
        <Router>
            <Routes fallback=|| view! { <NotFoundPage /> }>
                <ParentRoute path=path!("/admin") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view={Page::Other(Other::Dashboard)} ssr=SsrMode::Async />
                    <Route path=path!("users") view=Page::Users ssr=SsrMode::Async />
                    <Route path=path!("users/import") view={Page::Other(Other::Import)} ssr=SsrMode::Async />
                    <Route path=path!("users/recycle-bin") view={Page::Other(Other::RecycleBin)} ssr=SsrMode::Async />
                    <Route path=path!("users/:id") view=ProfileRedirect ssr=SsrMode::Async />
                    <Route path=path!("users/:id/:tab") view=Page::Profile ssr=SsrMode::Async />
                    <Route path=path!("groups") view={Page::Other(Other::Groups)} ssr=SsrMode::Async />
                    <Route path=path!("groups/:id") view={Page::Other(Other::Group)} ssr=SsrMode::Async />
                    <Route path=path!("organizations") view={Page::Other(Other::Organizations)} ssr=SsrMode::Async />
                    <Route path=path!("organizations/:id") view={Page::Other(Other::Organization)} ssr=SsrMode::Async />
                    <Route path=path!("roles") view={Page::Other(Other::Roles)} ssr=SsrMode::Async />
                    <Route path=path!("roles/:id") view={Page::Other(Other::Role)} ssr=SsrMode::Async />
                    <Route path=path!("audit") view={Page::Other(Other::AuditLog)} ssr=SsrMode::Async />
                    <Route path=path!("jobs") view={Page::Other(Other::Jobs)} ssr=SsrMode::Async />
                    <Route path=path!("stores") view={Page::Other(Other::Stores)} ssr=SsrMode::Async />
                    <Route path=path!("stores/:id") view={Page::Other(Other::Store)} ssr=SsrMode::Async />
                    <Route path=path!("mail") view={Page::Other(Other::Mail)} ssr=SsrMode::Async />
                    <Route path=path!("settings") view=SettingsRedirect ssr=SsrMode::Async />
                    <Route path=path!("settings/compliance") view={Page::Other(Other::Compliance)} ssr=SsrMode::Async />
                    <Route path=path!("settings/:section") view={Page::Other(Other::Settings)} ssr=SsrMode::Async />
                    <Route path=path!("*any") view=NotFoundPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

fn replacing() -> NavigateOptions {
    NavigateOptions { replace: true, ..Default::default() }
}

#[component]
fn SettingsRedirect() -> impl IntoView {
    view! { <Redirect path="/admin/settings/onboarding" options=replacing() /> }
}

#[component]
fn ProfileRedirect() -> impl IntoView {
    // What is no id leads nowhere: it would go into a header as it is.
    let id = use_params_map().with_untracked(|params| params.get("id")?.parse::<AccountId>().ok());
    match id {
        Some(id) => view! { <Redirect path=format!("/admin/users/{id}/attributes") options=replacing() /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <PageError error=ApiError::not_found("page") whole_page=true />
    }
}
