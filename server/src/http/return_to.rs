//! Where to go after signing in: a page of ours, never another site.

use url::{Url, form_urlencoded};

const MOST_BYTES: usize = 2000;

/// The path and query when they lead to a page of this server; `None` for anything else.
///
/// Browsers read `\` as `/` and drop tabs and line breaks, so that `/\evil` and `/⇥/evil` are other
/// sites to them; such things have no place in our own links and are refused outright.
pub fn safe_return_to(text: &str) -> Option<&str> {
    let is_plain = text.len() <= MOST_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !is_plain || !text.starts_with('/') {
        return None;
    }
    // The same rules as a browser's (WHATWG URL) must find our own host in it.
    let here = Url::parse("http://roster.invalid/").ok()?;
    let there = here.join(text).ok()?;
    if there.origin() != here.origin() || there.path().starts_with("//") {
        return None;
    }
    let first = there.path().split('/').nth(1).unwrap_or_default();
    let is_page = !matches!(
        first,
        "login" | "logout" | "setup" | "activate" | "reset-password" | "confirm-email" | "api" | "pkg"
    );
    is_page.then_some(text)
}

/// `/login` that comes back to `path_and_query`.
pub fn login_path(path_and_query: &str) -> String {
    match safe_return_to(path_and_query) {
        Some(path) if path != "/" => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path).finish();
            format!("/login?{query}")
        }
        _ => "/login".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_pages_are_fine() {
        for good in [
            "/",
            "/admin",
            "/admin/users?q=a%20b&after=x",
            "/account/security",
            "/admin/users?next=https://evil.example",
        ] {
            assert_eq!(safe_return_to(good), Some(good));
        }
    }

    #[test]
    fn everything_else_is_not() {
        let long = format!("/{}", "a".repeat(MOST_BYTES));
        for bad in [
            "",
            "admin",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "https://evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "/..//evil.example",
            "/./\u{2f}/evil.example",
            "/x/../..//evil.example",
            "/ü",
            "/a b",
            "/\u{0}",
            "/login",
            "/login?return_to=/login",
            "/logout",
            "/api/admin/viewer",
            &long,
        ] {
            assert_eq!(safe_return_to(bad), None, "{bad:?}");
        }
    }

    /// A server that decodes before it parses would be fooled by these; we do not decode twice.
    #[test]
    fn encoded_slashes_stay_within_this_site() {
        for odd in ["/%2F/evil.example", "/%5Cevil.example", "/%09/evil.example"] {
            let url = Url::parse("http://roster.invalid/").unwrap().join(odd).unwrap();
            assert_eq!(url.host_str(), Some("roster.invalid"));
            assert_eq!(safe_return_to(odd), Some(odd));
        }
    }

    #[test]
    fn the_login_page_is_told_where_to_come_back_to() {
        assert_eq!(login_path("/admin/users?q=a&sort=name"), "/login?return_to=%2Fadmin%2Fusers%3Fq%3Da%26sort%3Dname");
        assert_eq!(login_path("/"), "/login");
        assert_eq!(login_path("//evil.example"), "/login");
    }
}
