//! The plain pages, as a browser without JavaScript meets them: forms, redirects, cookies.

mod account;
mod activate;
mod activity;
mod codes;
mod devices;
mod login;
mod logout;
mod passkey;
mod recover;
mod second_factor;
mod security;
mod sessions;
mod setup;

use domain::testing::PASSWORD;
use http::StatusCode;

use crate::support::{Answer, TestServer};

/// A password that nobody here has.
pub const WRONG: &str = "not the password at all";

/// The session cookie that an answer sets, as the browser would send it back.
pub fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
    assert!(cookie.len() > "roster_session=".len(), "{}: {}", answer.status, answer.text());
    cookie.to_owned()
}

/// The cookie of an unfinished sign-in that an answer sets.
pub fn sign_in_cookie_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
    assert!(cookie.starts_with("roster_sign_in=") && cookie.len() > 50, "{}: {}", answer.status, answer.text());
    cookie.to_owned()
}

/// Signs in with [`PASSWORD`] in a new browser; gives its cookie.
pub async fn sign_in(server: &TestServer, identifier: &str) -> String {
    let answer = server.submit("/login", None, &[("identifier", identifier), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    cookie_of(&answer)
}

/// Whether the session opens one's account.
pub async fn works(server: &TestServer, session: &str) -> bool {
    let answer = server.get_as(session, "/account").await;
    match answer.status {
        StatusCode::OK => true,
        StatusCode::SEE_OTHER if answer.location() == "/login?return_to=%2Faccount" => false,
        other => panic!("{other}: {}", answer.text()),
    }
}

/// The value of an input on the page.
pub fn value_of<'a>(page: &'a Answer, name: &str) -> Option<&'a str> {
    let at = page.text().find(&format!("name=\"{name}\""))?;
    let input = page.text()[at..].split('>').next()?;
    input.split(" value=\"").nth(1)?.split('"').next()
}

/// Whether the page marks the field as wrong, and its title says so too.
pub fn is_wrong_at(page: &Answer, name: &str) -> bool {
    let at =
        page.text().find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}: {}", page.text()));
    let input = page.text()[at..].split('>').next().unwrap_or_default();
    assert!(page.text().contains("<title>Error: ") && page.text().contains("role=\"alert\""), "{}", page.text());
    input.contains("aria-invalid=\"true\"")
}
