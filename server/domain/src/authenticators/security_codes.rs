//! **Static long-lived codes** (S9): ten, shown once; each works once, new ones void the old. And
//! where codes are accepted, backup codes (A12) too.
//!
//! A code has 50 random bits. The database has its HMAC, with a key that is elsewhere.

use db::entities::{accounts, security_codes};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::authenticators::Method;
use types::events::EventKind;
use types::settings::AlternateLogin;
use types::{AccountId, Timestamp};

use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::random::Random;
use crate::sealing::Purpose;
use crate::{Context, Error, Holder, Result, settings};

pub(crate) const STATIC: &str = "static";
pub(crate) const ONE_TIME: &str = "one_time";
const COUNT: usize = 10;
const CHARACTERS: usize = 10;
/// Crockford's base 32: no letter is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `XXXXX-XXXXX`.
pub(super) fn new_code(random: &Random) -> String {
    let letters = random.bytes::<CHARACTERS>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    let (first, second) = letters.split_at(CHARACTERS / 2);
    format!("{}-{}", first.iter().collect::<String>(), second.iter().collect::<String>())
}

/// What the code is compared as: without hyphens and spaces, in capitals; `O` is 0, `I` and `L` are 1.
fn plain(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .take(CHARACTERS + 1)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

pub(super) fn row(
    context: &Context,
    account: AccountId,
    kind: &str,
    code: &str,
    expires_at: Option<Timestamp>,
) -> security_codes::ActiveModel {
    security_codes::ActiveModel {
        account_id: Set(account),
        fingerprint: Set(context.sealer.fingerprint(Purpose::SecurityCode, account, &plain(code))),
        kind: Set(kind.to_owned()),
        created_at: Set(context.now()),
        expires_at: Set(expires_at),
        used_at: Set(None),
    }
}

/// Makes ten new codes in the place of all earlier static ones; they are not shown again. Needs a
/// recent proof and a second factor for the codes to stand in for.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] when the settings have no static codes.
pub async fn make(context: &Context, holder: &Holder) -> Result<Vec<String>> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = super::own::locked(&transaction, holder).await?;
    let settings = settings::read::<AlternateLogin>(&transaction, account.store_id).await?;
    if !settings.has_static_codes() {
        return Err(Error::not_allowed("Security codes are switched off here."));
    }
    if account.second_factor.is_none() {
        return Err(Error::Conflict("Add a second factor first: security codes stand in for it.".into()));
    }
    forget(&transaction, &[account.id], Some(STATIC)).await?;
    let codes: Vec<_> = (0..COUNT).map(|_| new_code(&context.random)).collect();
    let rows = codes.iter().map(|code| row(context, account.id, STATIC, code, None));
    security_codes::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
    let event = Event::new(EventKind::SecurityCodesMade).by(holder).on(account.id);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::SecurityCodesMade).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Removes the codes of these accounts, and gives whether there were any; `kind`: of one kind only.
pub(crate) async fn forget(connection: &impl ConnectionTrait, ids: &[AccountId], kind: Option<&str>) -> Result<bool> {
    let of_account = security_codes::Column::AccountId.is_in(ids.iter().copied());
    let mut query = security_codes::Entity::delete_many().filter(of_account);
    if let Some(kind) = kind {
        query = query.filter(security_codes::Column::Kind.eq(kind));
    }
    Ok(query.exec(connection).await?.rows_affected > 0)
}

/// How the code was accepted, when it is one of the account's that the settings allow, not used and
/// not expired; it is used up then. Inside the caller's transaction.
pub(crate) async fn accept(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    code: &str,
) -> Result<Option<Method>> {
    let allowed = settings::read::<AlternateLogin>(connection, account.store_id).await?;
    let print = context.sealer.fingerprint(Purpose::SecurityCode, account.id, &plain(code));
    let methods = [
        (STATIC, allowed.has_static_codes(), Method::SecurityCode),
        (ONE_TIME, allowed.has_one_time_codes(), Method::BackupCode),
    ];
    for (kind, _, method) in methods.into_iter().filter(|(_, allowed, _)| *allowed) {
        let used = security_codes::Entity::update_many()
            .col_expr(security_codes::Column::UsedAt, context.now().into())
            .filter(security_codes::Column::AccountId.eq(account.id))
            .filter(security_codes::Column::Fingerprint.eq(print.clone()))
            .filter(security_codes::Column::Kind.eq(kind))
            .filter(security_codes::Column::UsedAt.is_null())
            .filter(
                Condition::any()
                    .add(security_codes::Column::ExpiresAt.is_null())
                    .add(security_codes::Column::ExpiresAt.gt(context.now())),
            )
            .exec(connection)
            .await?;
        if used.rows_affected > 0 {
            let event = Event::new(EventKind::SecurityCodeUsed).by_account(account.id).on(account.id);
            events::write(connection, context, event.note(Some(method.label()))).await?;
            return Ok(Some(method));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        let code = new_code(&Random::seeded(1));
        assert_eq!((code.len(), code.as_bytes()[5]), (11, b'-'));
        assert_eq!(plain(&code), plain(&format!(" {} ", code.to_lowercase().replace('-', " "))));
        assert_eq!(plain("oil-OIL"), "011011");
        assert_ne!(code, new_code(&Random::seeded(2)));
    }
}
