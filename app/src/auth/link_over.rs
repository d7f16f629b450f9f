//! Pages of links that do not work: why, and what to do next (O3).

use leptos::prelude::*;

use crate::plain::{Card, Heading, Site, document};

const TITLE: &str = "This link does not work";

/// A link that is over. `token`: when a new activation mail can be asked for with it.
pub fn link_over_page(site: &Site, why: &'static str, next: LinkNext) -> String {
    let heading = Heading { secret_address: true, ..Heading::new(TITLE) };
    document(site, heading, || {
        view! {
            <Card title=TITLE>
                <p class="card-text">{why}</p>
                {match next {
                    LinkNext::ActivateAgain { token } => {
                        view! {
                            <form method="post" action="/activate/again" class="plain-form">
                                <input type="hidden" name="token" value=token />
                                <button type="submit" class="btn btn-primary plain-button plain-button-wide">
                                    "Send me a new mail"
                                </button>
                            </form>
                        }
                            .into_any()
                    }
                    LinkNext::SignIn => {
                        view! {
                            <div class="plain-form">
                                <a class="btn btn-primary plain-button plain-button-wide" href="/login">
                                    "Sign in"
                                </a>
                                <a class="btn plain-button plain-button-wide" href="/forgot-password">
                                    "Forgot password"
                                </a>
                            </div>
                        }
                            .into_any()
                    }
                    LinkNext::ForgotPassword => {
                        view! {
                            <a class="btn btn-primary plain-button plain-button-wide" href="/forgot-password">
                                "Ask for a new link"
                            </a>
                        }
                            .into_any()
                    }
                    LinkNext::ChangeEmail => {
                        view! {
                            <a class="btn btn-primary plain-button plain-button-wide" href="/account/email">
                                "Change email"
                            </a>
                        }
                            .into_any()
                    }
                }}
            </Card>
        }
    })
}

/// The way on from a link that is over.
pub enum LinkNext {
    ActivateAgain { token: String },
    SignIn,
    ForgotPassword,
    ChangeEmail,
}
