//! What a page shows when its data did not come.

use leptos::prelude::*;

use super::page_title::PageTitle;
use super::{EmptyState, Glyph};
use crate::ApiError;

/// Leaves for the sign-in page when the session has ended, to come back here afterwards; whether
/// it does. Call it first with every error of a server function.
pub fn sign_in_again(error: &ApiError) -> bool {
    if *error != ApiError::SignIn {
        return false;
    }
    if cfg!(target_arch = "wasm32") {
        let location = window().location();
        let here = format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
        let _ = location.assign(&format!("/login?return_to={}", percent_encode(&here)));
    }
    true
}

/// For a query string's value: everything but the unreserved characters of RFC 3986.
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

/// The error as a sentence with what to do next. On the server it also sets the page's status.
#[component]
pub fn PageError(
    error: ApiError,
    /// Asks again; without it there is no **Try again**.
    #[prop(optional)]
    retry: Option<Callback<()>>,
    /// There is nothing else on the page: it is called as the error is.
    #[prop(optional)]
    whole_page: bool,
) -> impl IntoView {
    answer_with(error.status());
    let shown = error.clone();
    Effect::new(move || {
        sign_in_again(&shown);
    });
    let (glyph, title) = match &error {
        ApiError::NotFound { what } => (Glyph::Search, format!("No such {what}")),
        ApiError::NotAllowed { .. } => (Glyph::Lock, "You may not see this".to_owned()),
        ApiError::SignIn => (Glyph::Key, "Signed out".to_owned()),
        _ => (Glyph::Alert, "This did not load".to_owned()),
    };
    let next = match &error {
        ApiError::NotFound { .. } | ApiError::NotAllowed { .. } => {
            view! { <a class="btn btn-sm" href="/admin/users">"Back to users"</a> }.into_any()
        }
        ApiError::SignIn => {
            view! { <a class="btn btn-sm btn-primary" href="/login" rel="external">"Sign in"</a> }.into_any()
        }
        _ => retry
            .map(|retry| {
                view! {
                    <button type="button" class="btn btn-sm" on:click=move |_| retry.run(())>
                        "Try again"
                    </button>
                }
            })
            .into_any(),
    };
    view! {
        {whole_page.then(|| view! { <PageTitle text=format!("{title} – Roster") /> })}
        <div role="alert">
            <EmptyState glyph title=title.clone() text=error.to_string() whole_page>
                {next}
            </EmptyState>
        </div>
    }
    .into_any()
}

/// Sets the HTTP status of the page that is being rendered; nothing in the browser.
#[cfg(feature = "ssr")]
fn answer_with(status: u16) {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(status)
    {
        response.set_status(status);
    }
}

#[cfg(not(feature = "ssr"))]
fn answer_with(_status: u16) {}

#[cfg(test)]
mod tests {
    use super::percent_encode;

    #[test]
    fn encodes_what_would_end_a_value() {
        assert_eq!(percent_encode("/admin/users?q=a b&é"), "%2Fadmin%2Fusers%3Fq%3Da%20b%26%C3%A9");
    }
}
