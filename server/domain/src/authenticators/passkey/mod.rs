//! **Security key or passkey** (WebAuthn level 2): a key that a device keeps. The device makes sure
//! with a finger, a face or a PIN that its holder is there, so that it counts as both factors at once
//! (NIST SP 800-63B-4 §3.1.7).
//!
//! What is remembered of a question goes to the browser and back, sealed for its account and occasion;
//! the first answer uses its challenge up.

mod prove;
mod set_up;
#[cfg(any(test, feature = "testing"))]
pub mod software;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use db::entities::{authenticators, used_challenges};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, TryInsertResult};
use serde::Serialize;
use types::authenticators::FactorKind;
use types::{AccountId, Timestamp};
use webauthn_rs::prelude::{Passkey, Url, Webauthn, WebauthnBuilder};

use crate::sealing::Purpose;
use crate::{Context, Error, Holder, Result, Roster, tokens};

pub(crate) use prove::verify;
pub use prove::{Occasion, ask};
pub use set_up::{add, begin_set_up};
pub(crate) use set_up::{ask_for_new, enrol};

/// How long a question may be answered.
const SECONDS: i64 = 10 * 60;

/// Passkeys of the address that people know this server by; cheap to clone.
#[derive(Clone, Default)]
pub struct Passkeys(Option<Arc<Webauthn>>);

impl Passkeys {
    /// `base_url`: as the operator has set it or as the server listens, never as a request says. Browsers
    /// have passkeys for names that are reached by HTTPS and for `localhost`, not for IP addresses.
    pub fn new(base_url: &str) -> Self {
        let origin = Url::parse(base_url).ok();
        Self(origin.and_then(|origin| {
            let host = origin.domain().filter(|host| origin.scheme() == "https" || *host == "localhost")?;
            WebauthnBuilder::new(host, &origin).ok()?.rp_name("Roster").build().ok().map(Arc::new)
        }))
    }

    pub fn are_available(&self) -> bool {
        self.0.is_some()
    }

    /// Where pages have to be opened for it, such as `http://localhost:3000`.
    pub fn address(&self) -> Option<String> {
        let origin = self.0.as_ref()?.get_allowed_origins().first()?;
        Some(origin.origin().ascii_serialization())
    }

    fn webauthn(&self) -> Result<&Webauthn> {
        let why = "Passkeys need a base URL with a name and HTTPS. Ask whoever runs this server.";
        self.0.as_deref().ok_or_else(|| Error::Conflict(why.into()))
    }
}

/// What the browser asks its device.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// Goes back with the answer.
    pub sealed: String,
    /// For `navigator.credentials`.
    pub options: serde_json::Value,
}

/// Whether the holder has a passkey that can be asked for.
pub async fn has_some(roster: &Roster, holder: &Holder) -> Result<bool> {
    Ok(roster.passkeys.are_available() && !rows_of(roster.database.read(), holder.account).await?.is_empty())
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a passkey: {error}"))
}

fn seal(context: &Context, purpose: Purpose, account: AccountId, state: &impl Serialize) -> Result<String> {
    let until = context.now().plus_seconds(SECONDS);
    let state = serde_json::to_vec(state).map_err(internal)?;
    let content = [until.0.to_be_bytes().as_slice(), &state].concat();
    context.sealer.seal(&context.random, purpose, account, &content)
}

/// What was sealed not long ago, the first time that it comes back; inside the caller's transaction.
async fn open_once(
    connection: &impl ConnectionTrait,
    context: &Context,
    purpose: Purpose,
    account: AccountId,
    sealed: &str,
) -> Result<Option<Vec<u8>>> {
    let Some(content) = context.sealer.open(purpose, account, sealed) else { return Ok(None) };
    let Some((until, state)) = content.split_first_chunk::<8>() else { return Ok(None) };
    let until = Timestamp(i64::from_be_bytes(*until));
    if until <= context.now() {
        return Ok(None);
    }
    // The content, not its spelling: it holds the challenge.
    let row = used_challenges::ActiveModel {
        challenge_hash: Set(tokens::hash(&String::from_utf8_lossy(state))),
        expires_at: Set(until),
    };
    let used = used_challenges::Entity::insert(row).on_conflict_do_nothing();
    let is_first = matches!(used.exec_without_returning(connection).await?, TryInsertResult::Inserted(1..));
    Ok(is_first.then(|| state.to_vec()))
}

/// Forgets challenges that are too old to be answered.
pub async fn purge(context: &Context) -> Result<()> {
    let transaction = context.database.begin().await?;
    used_challenges::Entity::delete_many()
        .filter(used_challenges::Column::ExpiresAt.lt(context.now()))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn rows_of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Vec<authenticators::Model>> {
    let rows = super::rows_of(connection, account).await?;
    Ok(rows.into_iter().filter(|row| row.kind == FactorKind::Passkey.key()).collect())
}

fn key_of(context: &Context, row: &authenticators::Model) -> Result<Passkey> {
    let secret = context.sealer.open(Purpose::Passkey, row.account_id, &row.secret);
    let secret = secret.ok_or_else(|| internal(format_args!("{} does not open", row.id)))?;
    serde_json::from_slice(&secret).map_err(internal)
}

fn seal_key(context: &Context, account: AccountId, key: &Passkey) -> Result<String> {
    let json = serde_json::to_vec(key).map_err(internal)?;
    context.sealer.seal(&context.random, Purpose::Passkey, account, &json)
}
