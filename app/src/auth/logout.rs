//! The page that asks before signing out, so that no link from elsewhere can do it.

use leptos::prelude::*;

use crate::plain::{Card, Heading, Site, document};

/// `home`: where **Cancel** leads.
pub fn logout_page(site: &Site, name: String, home: &'static str) -> String {
    document(site, Heading::new("Sign out"), || {
        view! {
            <Card title="Sign out">
                <p class="card-text">"You are signed in as " <bdi>{name}</bdi> "."</p>
                <form method="post" action="/logout" class="plain-form">
                    <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                        "Sign out"
                    </button>
                    <a class="btn plain-button plain-button-wide" href=home>
                        "Cancel"
                    </a>
                </form>
            </Card>
        }
    })
}
