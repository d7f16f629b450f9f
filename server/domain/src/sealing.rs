//! Secrets at rest (R5): sealed with a key that is not in the database.
//!
//! XChaCha20-Poly1305 with a random nonce of 192 bits. What is sealed says for which account and for
//! which purpose: moved to another row, it does not open.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use db::entities::key_checks;
use hmac::{Hmac, Mac};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};
use sha2::Sha256;
use types::AccountId;
use uuid::Uuid;

use crate::random::Random;
use crate::{Error, Result, Roster};

const NONCE_BYTES: usize = 24;
/// Before everything sealed: which way it was done.
const VERSION: &str = "1.";

/// What a secret is for; part of what it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The key that an authenticator app and Roster share.
    AuthenticatorApp,
    /// The same while it is being set up, in the hidden field of a form.
    AuthenticatorAppSetUp,
    /// Security codes and backup codes.
    SecurityCode,
    /// Where a code factor's codes go.
    CodeAddress,
    /// A code that is on its way: what the database knows it by.
    OneTimeCode,
    /// The same in the queue of messages, until it is sent.
    QueuedCode,
    /// The token of a link in the queue of messages.
    QueuedLink,
    /// The headers of an identity store's SMS gateway; the store stands for the account.
    SmsHeaders,
    /// Its address and body, of which secrets are parts too.
    SmsRequest,
    /// The public key of a passkey, and its counter.
    Passkey,
    /// What is remembered of a question to a device until it is answered.
    PasskeySetUp,
    PasskeySignIn,
    PasskeySecondFactor,
    PasskeyConfirmation,
    /// What the cookie of a device calls its browser.
    Device,
    KeyCheck,
}

impl Purpose {
    fn key(self) -> &'static str {
        match self {
            Self::AuthenticatorApp => "authenticator-app",
            Self::AuthenticatorAppSetUp => "authenticator-app-set-up",
            Self::SecurityCode => "security-code",
            Self::CodeAddress => "code-address",
            Self::OneTimeCode => "one-time-code",
            Self::QueuedCode => "queued-code",
            Self::QueuedLink => "queued-link",
            Self::SmsHeaders => "sms-headers",
            Self::SmsRequest => "sms-request",
            Self::Passkey => "passkey",
            Self::PasskeySetUp => "passkey-set-up",
            Self::PasskeySignIn => "passkey-sign-in",
            Self::PasskeySecondFactor => "passkey-second-factor",
            Self::PasskeyConfirmation => "passkey-confirmation",
            Self::Device => "device",
            Self::KeyCheck => "key-check",
        }
    }

    fn bound_to(self, account: AccountId) -> String {
        format!("roster/{}/{account}", self.key())
    }
}

/// Whether it looks like something sealed: no token of ours does.
pub(crate) fn is_sealed(text: &str) -> bool {
    text.starts_with(VERSION)
}

/// Seals and opens; cheap to clone. Not `Debug`, so that the key does not slip into a log.
#[derive(Clone)]
pub struct Sealer(Arc<Keys>);

struct Keys {
    cipher: XChaCha20Poly1305,
    fingerprints: Hmac<Sha256>,
}

impl Sealer {
    /// `key`: 256 bits from the secret key file.
    pub fn new(key: &[u8; 32]) -> Self {
        let mut derived = authentication_code(key);
        derived.update(b"roster/fingerprints");
        let fingerprints = authentication_code(&derived.finalize().into_bytes().into());
        Self(Arc::new(Keys { cipher: XChaCha20Poly1305::new(key.into()), fingerprints }))
    }

    /// Text for the database or a hidden field.
    ///
    /// # Errors
    /// [`Error::Internal`] for more than 256 GB.
    pub fn seal(&self, random: &Random, purpose: Purpose, account: AccountId, secret: &[u8]) -> Result<String> {
        let nonce = random.bytes::<NONCE_BYTES>();
        let bound_to = purpose.bound_to(account);
        let payload = Payload { msg: secret, aad: bound_to.as_bytes() };
        let sealed = self.0.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.map_err(|_| Error::Internal("a secret could not be sealed".into()))?;
        Ok(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// What was sealed; `None` when it was not sealed with this key for this purpose and account.
    pub fn open(&self, purpose: Purpose, account: AccountId, sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(VERSION)?).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        let bound_to = purpose.bound_to(account);
        self.0.cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: bound_to.as_bytes() }).ok()
    }

    /// What the database knows a short code by: who has the database alone cannot try them all.
    pub fn fingerprint(&self, purpose: Purpose, account: AccountId, code: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.print(purpose, account, code).finalize().into_bytes())
    }

    /// Whether this is the fingerprint, compared in constant time.
    pub fn is_fingerprint(&self, purpose: Purpose, account: AccountId, code: &str, fingerprint: &str) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(fingerprint);
        bytes.is_ok_and(|bytes| self.print(purpose, account, code).verify_slice(&bytes).is_ok())
    }

    fn print(&self, purpose: Purpose, account: AccountId, code: &str) -> Hmac<Sha256> {
        let mut print = self.0.fingerprints.clone();
        print.update(purpose.bound_to(account).as_bytes());
        print.update(b"\0");
        print.update(code.as_bytes());
        print
    }
}

/// HMAC pads a short key with zeros to a block (RFC 2104 §2).
fn authentication_code(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    <Hmac<Sha256> as KeyInit>::new(&block.into())
}

/// Refuses a key that is not the one this database was sealed with: a node of its own key, or a
/// restored database without its key. The first key is remembered.
pub(crate) async fn ensure_key_fits(roster: &Roster) -> Result<()> {
    const NAME: &str = "first";
    let nobody = AccountId(Uuid::nil());
    let transaction = roster.database.begin().await?;
    let sealed = roster.sealer.seal(&roster.random, Purpose::KeyCheck, nobody, NAME.as_bytes())?;
    let row = key_checks::ActiveModel { name: Set(NAME.into()), sealed: Set(sealed) };
    key_checks::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&transaction).await?;
    let kept = find(&transaction, NAME).await?;
    transaction.commit().await?;
    match roster.sealer.open(Purpose::KeyCheck, nobody, &kept) {
        Some(_) => Ok(()),
        None => Err(Error::OtherKey),
    }
}

async fn find(connection: &impl ConnectionTrait, name: &str) -> Result<String> {
    let row = key_checks::Entity::find_by_id(name.to_owned()).one(connection).await?;
    row.map(|row| row.sealed).ok_or_else(|| Error::Internal("the key check is missing".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn account(number: u128) -> AccountId {
        AccountId(Uuid::from_u128(number))
    }

    #[test]
    fn opens_for_its_account_and_purpose_only() {
        let (sealer, random) = (Sealer::new(&[7; 32]), Random::seeded(1));
        let sealed = sealer.seal(&random, Purpose::AuthenticatorApp, account(1), b"secret").unwrap();
        assert_eq!(sealer.open(Purpose::AuthenticatorApp, account(1), &sealed).unwrap(), b"secret");
        assert_eq!(sealer.open(Purpose::AuthenticatorApp, account(2), &sealed), None);
        assert_eq!(sealer.open(Purpose::AuthenticatorAppSetUp, account(1), &sealed), None);
        assert_eq!(Sealer::new(&[8; 32]).open(Purpose::AuthenticatorApp, account(1), &sealed), None);
        assert_ne!(sealed, sealer.seal(&random, Purpose::AuthenticatorApp, account(1), b"secret").unwrap());
    }

    #[test]
    fn nothing_that_was_changed_opens() {
        let (sealer, random) = (Sealer::new(&[7; 32]), Random::seeded(1));
        let sealed = sealer.seal(&random, Purpose::AuthenticatorApp, account(1), b"secret").unwrap();
        for at in VERSION.len()..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(sealer.open(Purpose::AuthenticatorApp, account(1), &changed), None, "{at}");
        }
        for nonsense in ["", "1.", "1.AAAA", "2.AAAA", "é"] {
            assert_eq!(sealer.open(Purpose::AuthenticatorApp, account(1), nonsense), None);
        }
    }

    #[test]
    fn fingerprints_differ_by_account_purpose_and_key() {
        let sealer = Sealer::new(&[7; 32]);
        let print = sealer.fingerprint(Purpose::SecurityCode, account(1), "code");
        assert_eq!(print, sealer.fingerprint(Purpose::SecurityCode, account(1), "code"));
        assert_ne!(print, sealer.fingerprint(Purpose::SecurityCode, account(2), "code"));
        assert_ne!(print, sealer.fingerprint(Purpose::KeyCheck, account(1), "code"));
        assert_ne!(print, Sealer::new(&[8; 32]).fingerprint(Purpose::SecurityCode, account(1), "code"));
    }

    #[tokio::test]
    async fn a_database_refuses_another_key() {
        testing::on_both(|context| async move {
            assert!(context.migrate().await.is_ok());
            let other = Roster { sealer: Sealer::new(&[8; 32]), ..context.roster.clone() };
            assert!(matches!(other.migrate().await, Err(Error::OtherKey)));
        })
        .await;
    }
}
