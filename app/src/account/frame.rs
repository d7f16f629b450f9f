//! The frame of **Your account**: the bar, the navigation, the page.

use leptos::prelude::*;

use crate::plain::{Heading, Site, Wordmark, document};
use crate::ui::{Glyph, Icon};

/// Whose account it is.
#[derive(Clone, Debug)]
pub struct FrameView {
    pub name: String,
    /// Whether the bar leads to the console too.
    pub is_staff: bool,
}

/// The pages of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountPage {
    Profile,
    Security,
    Sessions,
    Activity,
    Privacy,
}

impl AccountPage {
    const ALL: [Self; 5] = [Self::Profile, Self::Security, Self::Sessions, Self::Activity, Self::Privacy];

    fn title(self) -> &'static str {
        match self {
            Self::Profile => "Profile",
            Self::Security => "Security",
            Self::Sessions => "Sessions",
            Self::Activity => "Activity",
            Self::Privacy => "Privacy",
        }
    }

    fn address(self) -> &'static str {
        match self {
            Self::Profile => "/account",
            Self::Security => "/account/security",
            Self::Sessions => "/account/sessions",
            Self::Activity => "/account/activity",
            Self::Privacy => "/account/privacy",
        }
    }

    fn glyph(self) -> Glyph {
        match self {
            Self::Profile => Glyph::User,
            Self::Security => Glyph::Shield,
            Self::Sessions => Glyph::Monitor,
            Self::Activity => Glyph::History,
            Self::Privacy => Glyph::Lock,
        }
    }
}

/// The whole document of one page of the account.
pub fn account_document<V: IntoView>(
    site: &Site,
    frame: FrameView,
    page: AccountPage,
    heading: Heading,
    content: impl FnOnce() -> V,
) -> String {
    document(site, heading, || {
        view! {
            <a class="skip-link" href="#main">
                "Skip to content"
            </a>
            <Bar frame />
            <div class="account-body">
                <Navigation page />
                <main id="main" class="account-main" tabindex="-1">
                    {content()}
                </main>
            </div>
        }
    })
}

#[component]
fn Bar(frame: FrameView) -> impl IntoView {
    view! {
        <header class="account-bar">
            <div class="account-bar-inner">
                <a class="account-home" href="/account">
                    <Wordmark />
                    <span class="account-bar-title">"Your account"</span>
                </a>
                <div class="account-bar-actions">
                    <bdi class="account-bar-name">{frame.name}</bdi>
                    {frame
                        .is_staff
                        .then(|| {
                            view! {
                                <a class="btn btn-ghost plain-bar-button" href="/admin">
                                    "Admin console"
                                </a>
                            }
                        })}
                    <form method="post" action="/logout">
                        <button type="submit" class="btn btn-ghost plain-bar-button">
                            "Sign out"
                        </button>
                    </form>
                </div>
            </div>
        </header>
    }
}

#[component]
fn Navigation(page: AccountPage) -> impl IntoView {
    let links = AccountPage::ALL
        .map(|link| {
            view! {
                <li>
                    <a class="account-link" href=link.address() aria-current=(link == page).then_some("page")>
                        <Icon glyph=link.glyph() />
                        {link.title()}
                    </a>
                </li>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <nav class="account-navigation" aria-label="Your account">
            <ul>{links}</ul>
        </nav>
    }
}
