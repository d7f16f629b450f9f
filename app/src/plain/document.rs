//! The HTML document around a plain page.

use leptos::prelude::*;

/// What every document links to. Made once, when the server starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The path of the stylesheet, with its hash: `/pkg/roster.abc123.css`.
    pub stylesheet: String,
}

impl Site {
    /// Finds the stylesheet's name the way `leptos_meta::HashedStylesheet` does, but once.
    pub fn new(options: &LeptosOptions) -> Self {
        let hash = options.hash_files.then(|| stylesheet_hash(&options.hash_file)).flatten();
        let hash = hash.map(|hash| format!(".{hash}")).unwrap_or_default();
        Self { stylesheet: format!("/{}/{}{hash}.css", options.site_pkg_dir, options.output_name) }
    }
}

/// From the file of `name:hash` lines that cargo-leptos writes beside the binary.
fn stylesheet_hash(file: &str) -> Option<String> {
    let path = std::env::current_exe().ok()?.parent()?.join(file);
    let hashes = std::fs::read_to_string(path).ok()?;
    hashes.lines().find_map(|line| line.trim().strip_prefix("css:").map(|hash| hash.trim().to_owned()))
}

/// What the browser's tab and screen readers hear first.
#[derive(Clone, Copy, Debug)]
pub struct Heading {
    pub title: &'static str,
    /// Whether the form came back with errors: the title then begins with "Error: ".
    pub failed: bool,
    /// Whether the page's address holds a secret, which no `Referer` may repeat. (`no-referrer` would
    /// also make browsers say `Origin: null` with the form, which is refused as another site's.)
    pub secret_address: bool,
}

impl Heading {
    pub fn new(title: &'static str) -> Self {
        Self { title, failed: false, secret_address: false }
    }

    pub fn failed_if(title: &'static str, failed: bool) -> Self {
        Self { failed, ..Self::new(title) }
    }
}

/// The whole document, ready to be sent.
pub fn document<V: IntoView>(site: &Site, heading: Heading, body: impl FnOnce() -> V) -> String {
    let before = if heading.failed { "Error: " } else { "" };
    let title = format!("{before}{} – Roster", heading.title);
    let stylesheet = site.stylesheet.clone();
    Owner::new()
        .with(|| {
            view! {
                <!DOCTYPE html>
                <html lang="en">
                    <head>
                        <meta charset="utf-8" />
                        <meta name="viewport" content="width=device-width, initial-scale=1" />
                        <meta name="color-scheme" content="light dark" />
                        <meta name="robots" content="noindex" />
                        {heading.secret_address.then(|| view! { <meta name="referrer" content="strict-origin" /> })}
                        <title>{title}</title>
                        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                        <link rel="stylesheet" href=stylesheet />
                    </head>
                    <body class="plain">{body()}</body>
                </html>
            }
            .to_html()
        })
        // Marks for a browser that takes the page over. Nobody does here, and inside a title they would be read.
        .replace("<!>", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site { stylesheet: "/pkg/roster.css".into() }
    }

    #[test]
    fn is_a_whole_document_and_escapes_text() {
        let html = document(&site(), Heading::new("Sign in"), || view! { <p title="\"'<">{"<script>".to_owned()}</p> });
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{html}");
        assert!(html.contains("<title>Sign in – Roster</title>"), "{html}");
        assert!(html.contains("href=\"/pkg/roster.css\""), "{html}");
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
        assert!(html.ends_with("</body></html>"), "{html}");
    }

    #[test]
    fn the_title_of_a_failure_begins_with_error() {
        let html = document(&site(), Heading::failed_if("Sign in", true), || ());
        assert!(html.contains("<title>Error: Sign in – Roster</title>"), "{html}");
    }

    #[test]
    fn without_a_hash_file_the_plain_name_is_used() {
        let options = LeptosOptions::builder().output_name("roster").build();
        assert_eq!(Site::new(&options).stylesheet, "/pkg/roster.css");
    }
}
