//! A new passkey (E2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::entities::{accounts, authenticators};
use sea_orm::ActiveValue::Set;
use sea_orm::{DatabaseTransaction, EntityTrait, SqlErr};
use types::authenticators::{FactorKind, NAME_MOST_CHARACTERS};
use types::{AccountId, AuthenticatorId, text};
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

use super::super::{added, own, refuse_too_many};
use super::{Question, internal, key_of, open_once, rows_of, seal, seal_key};
use crate::sealing::Purpose;
use crate::{Context, Error, Holder, Result};

/// Asks the browser for a new passkey, one that the account does not have yet.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::Conflict`] where passkeys are not available.
pub async fn begin_set_up(context: &Context, holder: &Holder) -> Result<Question> {
    holder.require_recent_proof(context.now())?;
    ask_for_new(context, holder.account, &holder.email, &holder.name).await
}

/// The same for an account that is known otherwise: at its sign-in.
pub(crate) async fn ask_for_new(context: &Context, account: AccountId, email: &str, name: &str) -> Result<Question> {
    let webauthn = context.passkeys.webauthn()?;
    let rows = rows_of(context.database.read(), account).await?;
    let known = rows.iter().map(|row| Ok(key_of(context, row)?.cred_id().clone())).collect::<Result<Vec<_>>>()?;
    let (options, state) =
        webauthn.start_passkey_registration(account.0, email, name, Some(known)).map_err(internal)?;
    let mut options = serde_json::to_value(&options.public_key).map_err(internal)?;
    // Kept where it is found without an identifier (S3), when the device has room.
    if let Some(wishes) = options.get_mut("authenticatorSelection").and_then(serde_json::Value::as_object_mut) {
        wishes.insert("residentKey".into(), "preferred".into());
    }
    Ok(Question { sealed: seal(context, Purpose::PasskeySetUp, account, &state)?, options })
}

/// Adds the passkey that the browser has made. `response`: its answer, as JSON.
///
/// # Errors
/// [`Error::ProofNeeded`]; field errors `passkey` and `name`.
pub async fn add(context: &Context, holder: &Holder, sealed: &str, response: &str, name: &str) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = own::locked(&transaction, holder).await?;
    enrol(&transaction, context, &account, Some(holder), sealed, response, name).await?;
    transaction.commit().await?;
    Ok(())
}

/// Stores it, inside the caller's transaction. `holder`: none at a sign-in.
pub(crate) async fn enrol(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    holder: Option<&Holder>,
    sealed: &str,
    response: &str,
    name: &str,
) -> Result<()> {
    let name = text::optional_line(name, NAME_MOST_CHARACTERS).map_err(|why| Error::field("name", why))?;
    let state = open_once(transaction, context, Purpose::PasskeySetUp, account.id, sealed).await?;
    let key = state.and_then(|state| finish(context, &state, response));
    let key = key.ok_or_else(|| Error::field("passkey", "The passkey was not accepted. Please try again."))?;
    refuse_too_many(transaction, account.id).await?;
    let name = match name {
        Some(name) => name,
        None => numbered(rows_of(transaction, account.id).await?.len()),
    };
    let row = authenticators::ActiveModel {
        id: Set(AuthenticatorId(context.id())),
        account_id: Set(account.id),
        kind: Set(FactorKind::Passkey.key().into()),
        name: Set(name.clone()),
        secret: Set(seal_key(context, account.id, &key)?),
        credential_id: Set(Some(URL_SAFE_NO_PAD.encode(key.cred_id()))),
        last_step: Set(0),
        created_at: Set(context.now()),
        // It has just been proven.
        last_used_at: Set(context.now()),
    };
    let stored = authenticators::Entity::insert(row).exec_without_returning(transaction).await;
    stored.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::field("passkey", "This passkey is in use already."),
        _ => error.into(),
    })?;
    added(transaction, context, account, holder, &name).await
}

/// For those who give it no name: several are told apart all the same.
fn numbered(others: usize) -> String {
    if others == 0 { "Passkey".to_owned() } else { format!("Passkey {}", others + 1) }
}

fn finish(context: &Context, state: &[u8], response: &str) -> Option<Passkey> {
    let state = serde_json::from_slice::<PasskeyRegistration>(state).ok()?;
    let response = serde_json::from_str::<RegisterPublicKeyCredential>(response).ok()?;
    let made = context.passkeys.webauthn().ok()?.finish_passkey_registration(&response, &state);
    made.inspect_err(|error| tracing::debug!(%error, "a new passkey was not accepted")).ok()
}
