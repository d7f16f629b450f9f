//! What is secret in settings: sealed, in a table of its own, and never shown again (N2, R5).

use db::entities::setting_secrets;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};
use types::events::FieldChange;
use types::settings::sms_gateway::origin;
use types::settings::{Section, SmsGateway};
use types::{AccountId, StoreId};

use crate::sealing::Purpose;
use crate::{Context, Error, Result, sms};

const SMS_HEADERS: &str = "sms-headers";

/// Seals what was typed in the place of what was kept, or forgets it. Gives what the log tells of it.
pub(super) async fn keep(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    before: &Section,
    now: &Section,
) -> Result<Option<FieldChange>> {
    let (Section::SmsGateway(before), Section::SmsGateway(now)) = (before, now) else { return Ok(None) };
    sms::check(now)?;
    let typed = now.typed_headers().map_err(|why| Error::field("new_headers", why))?;
    let Some(headers) = typed else {
        if origin(&before.url).ok() != origin(&now.url).ok() {
            setting_secrets::Entity::delete_by_id((store, SMS_HEADERS.to_owned())).exec(connection).await?;
        }
        return Ok(None);
    };
    let json = serde_json::to_string(&headers).map_err(|error| Error::Internal(error.to_string()))?;
    let sealed = context.sealer.seal(&context.random, Purpose::SmsHeaders, subject(store), json.as_bytes())?;
    let row = setting_secrets::ActiveModel { store_id: Set(store), name: Set(SMS_HEADERS.into()), sealed: Set(sealed) };
    let again = OnConflict::columns([setting_secrets::Column::StoreId, setting_secrets::Column::Name])
        .update_column(setting_secrets::Column::Sealed)
        .to_owned();
    setting_secrets::Entity::insert(row).on_conflict(again).exec_without_returning(connection).await?;
    Ok(Some(FieldChange::new("header_values", None, Some("typed anew"))))
}

/// The headers of a store's gateway.
pub(crate) async fn sms_headers(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    kept: &SmsGateway,
) -> Result<Vec<(String, String)>> {
    if kept.header_names.is_empty() {
        return Ok(Vec::new());
    }
    let row = setting_secrets::Entity::find_by_id((store, SMS_HEADERS.to_owned())).one(connection).await?;
    let opened = row.and_then(|row| context.sealer.open(Purpose::SmsHeaders, subject(store), &row.sealed));
    opened
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| Error::Internal("the headers of the SMS gateway do not open".into()))
}

/// Sealing is bound to somebody's id: here the store's.
fn subject(store: StoreId) -> AccountId {
    AccountId(store.0)
}
