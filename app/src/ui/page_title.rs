//! The page's title, with text that people wrote.

use leptos::prelude::*;
use leptos_meta::Title;

/// Sets the title. `leptos_meta` writes what it is given into the page's head as it is, and names
/// are their holders' to choose.
#[component]
pub fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <Title text=as_markup(text) /> }
}

#[cfg(feature = "ssr")]
fn as_markup(text: String) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The browser takes it as text.
#[cfg(not(feature = "ssr"))]
fn as_markup(text: String) -> String {
    text
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_the_title() {
        assert_eq!(as_markup("</title><b> & co".into()), "&lt;/title&gt;&lt;b&gt; &amp; co");
    }
}
