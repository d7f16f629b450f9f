//! A moment in a table: UTC, the same on server and browser.

use leptos::prelude::*;
use types::Timestamp;

/// `2026-11-22 04:16`, with the seconds in the tooltip; **Never** when there is none.
#[component]
pub fn Moment(#[prop(into)] at: Option<Timestamp>) -> impl IntoView {
    moment(at, Timestamp::minute)
}

/// `2026-11-22`, with the whole moment in the tooltip; **Never** when there is none.
#[component]
pub fn Day(#[prop(into)] at: Option<Timestamp>) -> impl IntoView {
    moment(at, Timestamp::date)
}

fn moment(at: Option<Timestamp>, shown: fn(Timestamp) -> String) -> AnyView {
    match at {
        Some(at) => {
            let full = at.to_string();
            view! {
                <time class="moment" datetime=full.clone() title=full.replace('T', " ").replace('Z', " UTC")>
                    {shown(at)}
                </time>
            }
            .into_any()
        }
        None => view! { <span class="muted">"Never"</span> }.into_any(),
    }
}
