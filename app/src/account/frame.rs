//! The frame of **Your account**: the bar, the navigation, the page.

use leptos::prelude::*;
use types::Timestamp;

use super::impersonation::banner;
use crate::plain::{Heading, Site, Wordmark, document};
use crate::ui::{Glyph, Icon};

/// Whose account it is.
#[derive(Clone, Debug)]
pub struct FrameView {
    pub name: String,
    /// Whether the bar leads to the console too.
    pub is_staff: bool,
    /// Staff in the holder's place: nothing on the page can be used.
    pub acting: Option<ActingView>,
}

/// Who looks at the account in its holder's place, and until when.
#[derive(Clone, Debug)]
pub struct ActingView {
    pub by: String,
    pub until: Timestamp,
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
            {banner(&frame)}
            <Bar frame=frame.clone() />
            <div class="account-body">
                <Navigation page />
                <main id="main" class="account-main" tabindex="-1">
                    {if frame.acting.is_some() {
                        // Shown as the holder sees it, and switched off.
                        view! {
                            <fieldset class="looked-at" disabled=true>
                                {content()}
                            </fieldset>
                        }
                            .into_any()
                    } else {
                        content().into_any()
                    }}
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
                    {frame
                        .acting
                        .is_none()
                        .then(|| {
                            view! {
                                <form method="post" action="/logout">
                                    <button type="submit" class="btn btn-ghost plain-bar-button">
                                        "Sign out"
                                    </button>
                                </form>
                            }
                        })}
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
