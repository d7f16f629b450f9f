//! Browsers that an account has signed in with (S10, A9).
//!
//! A cookie names the browser, with an authentication code over the name, so that nobody makes up
//! names. It proves nothing about who holds it: it lets a sign-in that is proven otherwise go by as a
//! known device, and nothing else. One browser is a device of each account that signs in there.

mod limit;
mod list;
mod register;
mod remove;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use types::AccountId;
use uuid::Uuid;

use crate::random::Random;
use crate::sealing::{Purpose, Sealer};
use crate::tokens;

pub(crate) use limit::is_over;
pub use limit::set_limit;
pub(crate) use list::of_account;
pub use list::{of_holder, of_user};
pub use register::purge;
pub(crate) use register::{note_country, register};
pub(crate) use remove::remove_in;
pub use remove::{remove_of_user, remove_own};

/// A device that was not signed in with for this long is forgotten, as its cookie is.
pub const KEPT_SECONDS: i64 = 400 * 24 * 60 * 60;

/// What a cookie calls a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser(String);

impl Browser {
    pub(crate) fn new(random: &Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random.bytes::<16>()))
    }

    /// The browser that a cookie names; `None` for a name that is not ours.
    pub fn of_cookie(sealer: &Sealer, cookie: &str) -> Option<Self> {
        let (name, code) = cookie.split_once('.')?;
        sealer.is_fingerprint(Purpose::Device, nobody(), name, code).then(|| Self(name.to_owned()))
    }

    /// The cookie's value.
    pub fn cookie(&self, sealer: &Sealer) -> String {
        format!("{}.{}", self.0, sealer.fingerprint(Purpose::Device, nobody(), &self.0))
    }

    fn key(&self) -> String {
        tokens::hash(&self.0)
    }
}

/// A browser is nobody's.
fn nobody() -> AccountId {
    AccountId(Uuid::nil())
}
