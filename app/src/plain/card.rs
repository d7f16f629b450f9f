//! The calm centred card of sign-in, set-up and error pages.

use leptos::prelude::*;

use super::document::{Heading, Site, document};
use crate::ui::{Glyph, Icon};

/// The product's name.
#[component]
pub fn Wordmark() -> impl IntoView {
    view! {
        <span class="wordmark">
            <Icon glyph=Glyph::Shield />
            "Roster"
        </span>
    }
}

/// The word mark, and below it the card with the page's only `h1`.
#[component]
pub fn Card(
    title: &'static str,
    /// A sentence below the title.
    #[prop(optional)]
    lead: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="card-page">
            <Wordmark />
            <div class="card-panel">
                <h1 class="card-title">{title}</h1>
                {lead.map(|lead| view! { <p class="card-lead">{lead}</p> })}
                {children()}
            </div>
        </main>
    }
}

/// A page that only says something, such as an error; `onward`: address and label of the way on.
pub fn message_page(
    site: &Site,
    title: &'static str,
    text: String,
    onward: Option<(&'static str, &'static str)>,
) -> String {
    document(site, Heading::new(title), || {
        view! {
            <Card title>
                <p class="card-text">{text}</p>
                {onward
                    .map(|(address, label)| {
                        view! {
                            <a class="btn plain-button" href=address>
                                {label}
                            </a>
                        }
                    })}
            </Card>
        }
    })
}
