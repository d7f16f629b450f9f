//! A new session, always with a new token: what a browser held before is worth nothing after.

use db::entities::sessions;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};
use types::authenticators::Method;
use types::{AccountId, SessionId};

use crate::authority::ABSOLUTE_LIMIT_SECONDS;
use crate::tokens::Token;
use crate::{Context, Result, devices};

/// A session that has just begun; the token goes into the cookie and nowhere else.
pub struct NewSession {
    pub id: SessionId,
    pub account: AccountId,
    pub token: Token,
    /// How long the cookie may live.
    pub lives_seconds: i64,
    /// The value of the cookie that names the browser from now on.
    pub device_cookie: String,
    /// Whether this browser had not signed in to this account before.
    pub on_new_device: bool,
}

/// `methods`: what the holder has just proven themselves with. The browser becomes a device of the
/// account, whatever its limit: [`crate::sign_in`] asks before.
pub async fn begin(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    methods: &[Method],
) -> Result<NewSession> {
    let now = context.now();
    let token = Token::new(&context.random);
    let id = SessionId(context.id());
    let device = devices::register(connection, context, account, id).await?;
    let row = sessions::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        token_hash: Set(token.hash()),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(now.plus_seconds(ABSOLUTE_LIMIT_SECONDS)),
        ended_at: Set(None),
        ip: Set(context.origin.ip.clone().unwrap_or_default()),
        browser: Set(context.origin.browser.clone().unwrap_or_default()),
        proved_at: Set(now),
        methods: Set(methods.iter().map(|method| method.key()).collect::<Vec<_>>().join(" ")),
        place: Set(context.origin.place.clone().unwrap_or_default()),
        device_id: Set(Some(device.id)),
        actor_session_id: Set(None),
    };
    sessions::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(NewSession {
        id,
        account,
        token,
        lives_seconds: ABSOLUTE_LIMIT_SECONDS,
        device_cookie: device.cookie,
        on_new_device: device.is_new,
    })
}
