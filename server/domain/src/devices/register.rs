//! At the end of a sign-in: the browser becomes a device of the account, or is one already.

use db::entities::devices;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use types::events::EventKind;
use types::{AccountId, DeviceId, SessionId};

use super::{Browser, KEPT_SECONDS};
use crate::events::{self, Event};
use crate::{Context, Result};

/// The device of a new session.
pub(crate) struct Registered {
    pub id: DeviceId,
    /// For the browser to keep.
    pub cookie: String,
    pub is_new: bool,
}

/// The device of this browser, for a `session` that is about to begin; inside the caller's transaction, which has the
/// account locked or has just made it.
pub(crate) async fn register(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    session: SessionId,
) -> Result<Registered> {
    let browser = context.origin.device.clone().unwrap_or_else(|| Browser::new(&context.random));
    let cookie = browser.cookie(&context.sealer);
    let now = context.now();
    let [label, ip, place] = [&context.origin.browser, &context.origin.ip, &context.origin.place]
        .map(|text| text.clone().unwrap_or_default());
    if let Some(known) = find(connection, account, &browser).await? {
        devices::Entity::update_many()
            .col_expr(devices::Column::Browser, label.into())
            .col_expr(devices::Column::Ip, ip.into())
            .col_expr(devices::Column::Place, place.into())
            .col_expr(devices::Column::LastSeenAt, now.into())
            .filter(devices::Column::Id.eq(known.id))
            .exec(connection)
            .await?;
        return Ok(Registered { id: known.id, cookie, is_new: false });
    }
    let id = DeviceId(context.id());
    let row = devices::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        browser_key: Set(browser.key()),
        browser: Set(label),
        ip: Set(ip),
        place: Set(place),
        registered_at: Set(now),
        last_seen_at: Set(now),
    };
    devices::Entity::insert(row).exec_without_returning(connection).await?;
    let event = Event::new(EventKind::DeviceAdded).by_account(account).in_session(session).on(account);
    events::write(connection, context, event).await?;
    Ok(Registered { id, cookie, is_new: true })
}

pub(super) async fn find(
    connection: &impl ConnectionTrait,
    account: AccountId,
    browser: &Browser,
) -> Result<Option<devices::Model>> {
    Ok(devices::Entity::find()
        .filter(devices::Column::AccountId.eq(account))
        .filter(devices::Column::BrowserKey.eq(browser.key()))
        .one(connection)
        .await?)
}

/// Remembers the country of this sign-in; gives whether the account has not signed in from there
/// before. Addresses of no known country are no new place.
pub(crate) async fn note_country(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
) -> Result<bool> {
    let Some(country) = &context.origin.country else { return Ok(false) };
    let noted = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "INSERT INTO account_countries (account_id, country, first_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id, country) DO NOTHING",
        [account.into(), country.clone().into(), context.now().into()],
    );
    Ok(connection.execute_raw(noted).await?.rows_affected() > 0)
}

/// Forgets what was not used for long.
pub async fn purge(context: &Context) -> Result<()> {
    let transaction = context.database.begin().await?;
    devices::Entity::delete_many()
        .filter(devices::Column::LastSeenAt.lt(context.now().plus_seconds(-KEPT_SECONDS)))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
