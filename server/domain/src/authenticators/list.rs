//! Everything that an account proves itself with (P6, E2).

use db::entities::{accounts, password_credentials, security_codes};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::authenticators::{AuthenticatorRow, Authenticators, CodesState, FactorKind, PasswordState};
use types::settings::AlternateLogin;
use types::{AccountId, Timestamp};

use super::security_codes::{ONE_TIME, STATIC};
use super::{code_factor, default_of, rows_of};
use crate::{Error, Holder, Result, Roster, recovery, settings, sign_in};

/// For the holder's own page.
pub async fn of_account(roster: &Roster, holder: &Holder) -> Result<Authenticators> {
    let connection = roster.database.read();
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    of_row(connection, roster, &account).await
}

/// The same for a row that the caller may see.
pub(crate) async fn of_row(
    connection: &impl ConnectionTrait,
    roster: &Roster,
    account: &accounts::Model,
) -> Result<Authenticators> {
    let now = roster.now();
    let password = password_credentials::Entity::find_by_id(account.id).one(connection).await?;
    let rows = rows_of(connection, account.id).await?;
    let codes = live_codes(connection, account.id, now).await?;
    let of_kind = |kind: &'static str| codes.iter().filter(move |code| code.kind == kind);
    let alternate = settings::read::<AlternateLogin>(connection, account.store_id).await?;
    Ok(Authenticators {
        password: password
            .map(|password| PasswordState { changed_at: password.changed_at, must_change: password.must_change }),
        factors: rows
            .into_iter()
            .filter_map(|row| {
                Some(AuthenticatorRow {
                    id: row.id,
                    // A kind that a newer version enrolled is left out rather than shown wrongly.
                    kind: FactorKind::from_key(&row.kind)?,
                    name: row.name,
                    created_at: row.created_at,
                    last_used_at: (row.last_used_at.0 != 0).then_some(row.last_used_at),
                })
            })
            .collect(),
        default: default_of(account),
        codes: of_kind(STATIC)
            .map(|code| code.created_at)
            .max()
            .map(|created_at| CodesState { left: of_kind(STATIC).count() as i64, created_at }),
        backup_code_until: of_kind(ONE_TIME).filter_map(|code| code.expires_at).max(),
        locked_until: account.locked_until.filter(|until| *until > now),
        one_time_codes_enabled: alternate.has_one_time_codes(),
        static_codes_enabled: alternate.has_static_codes(),
        policy: sign_in::policy_of(connection, account).await?,
        unverified: code_factor::unverified(connection, account.id).await?,
        code_kinds: code_factor::kinds_to_set_up(connection, roster, account).await?,
        recovery: recovery::of_row(connection, account).await?,
    })
}

/// Not used, not expired.
async fn live_codes(
    connection: &impl ConnectionTrait,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<security_codes::Model>> {
    let codes = security_codes::Entity::find()
        .filter(security_codes::Column::AccountId.eq(account))
        .filter(security_codes::Column::UsedAt.is_null())
        .all(connection)
        .await?;
    Ok(codes.into_iter().filter(|code| code.expires_at.is_none_or(|until| until > now)).collect())
}
