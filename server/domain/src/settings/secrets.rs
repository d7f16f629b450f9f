//! What is secret in settings: sealed, in a table of its own, and never shown again (N2, R5).

use db::entities::setting_secrets;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::events::FieldChange;
use types::settings::sms_gateway::origin;
use types::settings::{Section, SmsGateway};
use types::{AccountId, StoreId};

use super::read;
use crate::sealing::Purpose;
use crate::{Context, Error, Result, sms};

const SMS_HEADERS: (&str, Purpose) = ("sms-headers", Purpose::SmsHeaders);
/// Address and body: many gateways take the key there.
const SMS_REQUEST: (&str, Purpose) = ("sms-request", Purpose::SmsRequest);

/// Of the fields of a section those that the log does not show as they are.
pub(super) const FIELDS: [&str; 2] = ["url", "body"];

type Headers = Vec<(String, String)>;

/// Seals what was typed in the place of what was kept, or forgets it. Gives what the log tells of it.
pub(super) async fn keep(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    before: &Section,
    now: &Section,
) -> Result<Vec<FieldChange>> {
    let (Section::SmsGateway(before), Section::SmsGateway(now)) = (before, now) else { return Ok(Vec::new()) };
    now.check_after(before)?;
    let kept = whole(connection, context, store).await?;
    let whole = now.clone().with_hidden_of(&kept);
    sms::check(&whole)?;
    let mut changes = Vec::new();
    if whole.url != kept.url {
        changes.push(address_change(&kept.url, &whole.url));
    }
    if whole.body != kept.body {
        changes.push(FieldChange::new("body", None, Some("changed")));
    }
    if whole.clone().without_secrets().is_partly_hidden() {
        seal(connection, context, store, SMS_REQUEST, &(&whole.url, &whole.body)).await?;
    } else {
        forget(connection, store, SMS_REQUEST).await?;
    }
    if let Some(headers) = now.typed_headers().map_err(|why| Error::field("new_headers", why))? {
        seal(connection, context, store, SMS_HEADERS, &headers).await?;
        changes.push(FieldChange::new("header_values", None, Some("typed anew")));
    } else if origin(&kept.url).ok() != origin(&whole.url).ok() {
        forget(connection, store, SMS_HEADERS).await?;
    }
    Ok(changes)
}

/// From which server to which; of the rest only that it changed.
fn address_change(old: &str, new: &str) -> FieldChange {
    let (old, new) = (origin(old).ok(), origin(new).ok());
    if old == new {
        return FieldChange::new("url", None, Some("changed, at the same server"));
    }
    FieldChange::new("url", old.as_deref(), new.as_deref())
}

/// A store's gateway with what is hidden in the settings, and its headers.
pub(crate) async fn sms_gateway(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
) -> Result<(SmsGateway, Headers)> {
    let whole = whole(connection, context, store).await?;
    let headers = if whole.url.is_empty() || whole.header_names.is_empty() {
        Vec::new()
    } else {
        open(connection, context, store, SMS_HEADERS).await?
    };
    Ok((whole, headers))
}

async fn whole(connection: &impl ConnectionTrait, context: &Context, store: StoreId) -> Result<SmsGateway> {
    let stored = read::<SmsGateway>(connection, store).await?;
    if !stored.is_partly_hidden() {
        return Ok(stored);
    }
    let (url, body) = open(connection, context, store, SMS_REQUEST).await?;
    Ok(SmsGateway { url, body, ..stored })
}

async fn seal(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    (name, purpose): (&str, Purpose),
    secret: &impl Serialize,
) -> Result<()> {
    let json = serde_json::to_string(secret).map_err(|error| Error::Internal(error.to_string()))?;
    let sealed = context.sealer.seal(&context.random, purpose, subject(store), json.as_bytes())?;
    let row = setting_secrets::ActiveModel { store_id: Set(store), name: Set(name.to_owned()), sealed: Set(sealed) };
    let again = OnConflict::columns([setting_secrets::Column::StoreId, setting_secrets::Column::Name])
        .update_column(setting_secrets::Column::Sealed)
        .to_owned();
    setting_secrets::Entity::insert(row).on_conflict(again).exec_without_returning(connection).await?;
    Ok(())
}

async fn open<T: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    (name, purpose): (&str, Purpose),
) -> Result<T> {
    let row = setting_secrets::Entity::find_by_id((store, name.to_owned())).one(connection).await?;
    let opened = row.and_then(|row| context.sealer.open(purpose, subject(store), &row.sealed));
    opened
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| Error::Internal(format!("the secret {name} of the SMS gateway does not open")))
}

async fn forget(connection: &impl ConnectionTrait, store: StoreId, (name, _): (&str, Purpose)) -> Result<()> {
    setting_secrets::Entity::delete_by_id((store, name.to_owned())).exec(connection).await?;
    Ok(())
}

/// Sealing is bound to somebody's id: here the store's.
fn subject(store: StoreId) -> AccountId {
    AccountId(store.0)
}
