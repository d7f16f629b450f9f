//! What every handler can reach.

use std::io;
use std::sync::Arc;

use app::plain::Site;
use axum::extract::FromRef;
use domain::Roster;
use leptos::prelude::LeptosOptions;
use url::Url;

use super::apart::PageThreads;
use super::client_address::TrustedProxies;
use super::device_cookie::DeviceCookie;
use super::impersonation_cookie::ImpersonationCookie;
use super::session_cookie::SessionCookie;
use super::sign_in_cookie::SignInCookie;
use crate::places::Places;

/// One per process; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub roster: Roster,
    pub leptos: LeptosOptions,
    pub site: Arc<Site>,
    pub web: Arc<Web>,
    pub cookie: SessionCookie,
    pub sign_in_cookie: SignInCookie,
    pub device_cookie: DeviceCookie,
    pub impersonation_cookie: ImpersonationCookie,
    pub pages: PageThreads,
}

/// How people reach this server.
#[derive(Clone, Debug)]
pub struct Web {
    /// The address in links; its path is `/`.
    pub base_url: Url,
    pub trusted_proxies: TrustedProxies,
    pub places: Places,
}

impl AppState {
    /// # Errors
    /// When the system gives no thread that renders pages.
    pub fn new(roster: Roster, leptos: LeptosOptions, web: Web) -> io::Result<Self> {
        let secure = web.is_https();
        Ok(Self {
            roster,
            site: Arc::new(Site::new(&leptos)),
            leptos,
            web: Arc::new(web),
            cookie: SessionCookie::new(secure),
            sign_in_cookie: SignInCookie::new(secure),
            device_cookie: DeviceCookie::new(secure),
            impersonation_cookie: ImpersonationCookie::new(secure),
            pages: PageThreads::start()?,
        })
    }
}

impl Web {
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// A link to a page; `path` begins with `/`.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl FromRef<AppState> for Roster {
    fn from_ref(state: &AppState) -> Self {
        state.roster.clone()
    }
}
