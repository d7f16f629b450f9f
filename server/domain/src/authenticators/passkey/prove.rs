//! Proving a passkey: to sign in without a password (S3), as a second factor (S2), and to confirm who
//! one is (S12).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::entities::{accounts, authenticators};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use types::AccountId;
use types::authenticators::FactorKind;
use types::events::{EventKind, FieldChange};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError,
};

use super::{Question, internal, key_of, open_once, rows_of, seal, seal_key};
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::sealing::Purpose;
use crate::{Context, Result};

/// What a passkey is asked for: the answer to one question does not serve for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Nobody is known yet: the passkey says whose it is.
    SignIn,
    SecondFactor(AccountId),
    Confirmation(AccountId),
}

impl Occasion {
    fn purpose(self) -> Purpose {
        match self {
            Self::SignIn => Purpose::PasskeySignIn,
            Self::SecondFactor(_) => Purpose::PasskeySecondFactor,
            Self::Confirmation(_) => Purpose::PasskeyConfirmation,
        }
    }

    fn account(self) -> Option<AccountId> {
        match self {
            Self::SignIn => None,
            Self::SecondFactor(account) | Self::Confirmation(account) => Some(account),
        }
    }

    /// Whom the question is sealed for.
    fn bound_to(self) -> AccountId {
        self.account().unwrap_or(AccountId(Uuid::nil()))
    }
}

/// Asks the browser to prove a passkey: one of the account's, or any of this server's.
///
/// # Errors
/// [`crate::Error::Conflict`] where passkeys are not available.
pub async fn ask(context: &Context, occasion: Occasion) -> Result<Question> {
    let webauthn = context.passkeys.webauthn()?;
    // Always the kind that is answered with the key as it is stored then, so that its counter is compared
    // with the latest one.
    let (options, state) = webauthn.start_discoverable_authentication().map_err(internal)?;
    let mut options = options.public_key;
    options.extensions = None;
    let mut options = serde_json::to_value(&options).map_err(internal)?;
    if let Some(account) = occasion.account() {
        let rows = rows_of(context.database.read(), account).await?;
        let known: Vec<_> = rows.iter().map(|row| json!({ "type": "public-key", "id": row.credential_id })).collect();
        options["allowCredentials"] = known.into();
    }
    Ok(Question { sealed: seal(context, occasion.purpose(), occasion.bound_to(), &state)?, options })
}

/// Whose passkey the browser's answer proves, the first time that it is given; the account is locked.
/// Inside the caller's transaction, which is committed also after a refusal. `sealed`: what [`ask`] gave.
///
/// # Errors
/// [`crate::Error::Conflict`] where passkeys are not available.
pub(crate) async fn verify(
    transaction: &DatabaseTransaction,
    context: &Context,
    occasion: Occasion,
    sealed: &str,
    response: &str,
) -> Result<Option<accounts::Model>> {
    let webauthn = context.passkeys.webauthn()?;
    let state = open_once(transaction, context, occasion.purpose(), occasion.bound_to(), sealed).await?;
    let state = state.and_then(|state| serde_json::from_slice::<DiscoverableAuthentication>(&state).ok());
    let response = serde_json::from_str::<PublicKeyCredential>(response);
    let (Some(state), Ok(response)) = (state, response) else { return Ok(None) };
    let Some((account, row)) = find(transaction, occasion, &response).await? else { return Ok(None) };
    let key = key_of(context, &row)?;
    match webauthn.finish_discoverable_authentication_v2(&response, state, &key) {
        Ok(result) => {
            note_use(transaction, context, &row, key, &result).await?;
            Ok(Some(account))
        }
        Err(WebauthnError::CredentialPossibleCompromise) => {
            refuse_copy(transaction, context, &account, &row).await?;
            Ok(None)
        }
        Err(error) => {
            tracing::debug!(%error, "a passkey was not accepted");
            Ok(None)
        }
    }
}

/// The passkey that answers and its account, when it is one that was asked for.
async fn find(
    transaction: &DatabaseTransaction,
    occasion: Occasion,
    response: &PublicKeyCredential,
) -> Result<Option<(accounts::Model, authenticators::Model)>> {
    let id = URL_SAFE_NO_PAD.encode(response.get_credential_id());
    let found = authenticators::Entity::find()
        .filter(authenticators::Column::CredentialId.eq(id))
        .filter(authenticators::Column::Kind.eq(FactorKind::Passkey.key()))
        .one(transaction)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let said = response.get_user_unique_id().filter(|said| !said.is_empty());
    let is_theirs = said.map(|said| said == found.account_id.0.as_bytes());
    let fits = match occasion.account() {
        Some(account) => account == found.account_id && is_theirs != Some(false),
        None => is_theirs == Some(true),
    };
    if !fits {
        return Ok(None);
    }
    let account = accounts::Entity::find_by_id(found.account_id).lock(TO_CHANGE).one(transaction).await?;
    // Read again behind the lock: it may have been used or removed meanwhile.
    let row = authenticators::Entity::find_by_id(found.id).one(transaction).await?;
    Ok(account.zip(row))
}

async fn note_use(
    transaction: &DatabaseTransaction,
    context: &Context,
    row: &authenticators::Model,
    mut key: Passkey,
    result: &AuthenticationResult,
) -> Result<()> {
    let mut update = authenticators::Entity::update_many()
        .col_expr(authenticators::Column::LastUsedAt, context.now().into())
        .filter(authenticators::Column::Id.eq(row.id));
    if key.update_credential(result) == Some(true) {
        let secret = seal_key(context, row.account_id, &key)?;
        update = update.col_expr(authenticators::Column::Secret, secret.into());
    }
    update.exec(transaction).await?;
    Ok(())
}

/// Its signature is right and its counter is not: the key may be on two devices. It stays, so that who
/// has copied it cannot take it away, and its holder is told.
async fn refuse_copy(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    row: &authenticators::Model,
) -> Result<()> {
    let change = FieldChange::new("authenticator", Some(&row.name), Some(&row.name));
    let event = Event::new(EventKind::PasskeyRefused).refused().on(account.id).changes(vec![change]);
    events::write(transaction, context, event).await?;
    alert(transaction, context, account, Alert::PasskeyRefused).await
}
