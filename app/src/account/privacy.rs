//! **Privacy** (E6): what is known about the holder, to take away.

use leptos::prelude::*;

use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::{Heading, Site};

pub fn privacy_page(site: &Site, frame: FrameView) -> String {
    account_document(site, frame, AccountPage::Privacy, Heading::new("Privacy"), content)
}

fn content() -> impl IntoView {
    view! {
        <h1 class="account-title">"Privacy"</h1>
        <section class="account-section" aria-labelledby="download-heading">
            <h2 id="download-heading">"Download my data"</h2>
            <p class="account-lead">
                "Your profile, groups, roles, sessions and everything that happened to your account, in one file. Keep it to yourself: it is about you."
            </p>
            <div class="download-buttons">
                <a class="btn btn-primary plain-button" href="/account/download?format=html" download>
                    "Download as a document (HTML)"
                </a>
                <a class="btn plain-button" href="/account/download?format=json" download>
                    "Download for programs (JSON)"
                </a>
            </div>
        </section>
    }
}
