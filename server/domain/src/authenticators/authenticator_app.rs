//! **Authenticator app**: codes of six digits that change every 30 seconds (TOTP, RFC 6238).
//!
//! A code is accepted once (NIST SP 800-63B-4 §3.1.4.2), one step early or late: the step of the last
//! accepted code only rises, by a compare-and-set in the database.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use db::entities::{accounts, authenticators};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, SqlErr};
use totp_rs::{Algorithm, TOTP};
use types::authenticators::{FactorKind, NAME_MOST_CHARACTERS};
use types::{AccountId, AuthenticatorId, FieldErrors, Timestamp, text};

use super::added;
use crate::sealing::Purpose;
use crate::{Context, Error, Holder, Result};

/// 160 bits, as RFC 4226 §4 recommends.
const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
const STEP_SECONDS: u64 = 30;
/// So many steps early or late are accepted, for clocks that differ.
const DRIFT_STEPS: i64 = 1;
/// How long the page of a set-up may be answered.
const SET_UP_SECONDS: i64 = 30 * 60;
/// What the app shows beside the address.
const ISSUER: &str = "Roster";

/// An app that is being set up; nothing is stored before its first code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUp {
    /// For the form's hidden field: the key, its account and how long it may take.
    pub sealed: String,
    /// The key to type in, in groups of four.
    pub key: String,
    /// What the QR code says: `otpauth://totp/…`.
    pub address: String,
}

/// A new key for the account to set up.
///
/// # Errors
/// [`Error::Internal`] only.
pub fn begin(context: &Context, account: AccountId, email: &str) -> Result<SetUp> {
    let secret = context.random.bytes::<SECRET_BYTES>();
    let until = context.now().plus_seconds(SET_UP_SECONDS);
    let content = [until.0.to_be_bytes().as_slice(), &secret].concat();
    let sealed = context.sealer.seal(&context.random, Purpose::AuthenticatorAppSetUp, account, &content)?;
    shown(secret.to_vec(), email, sealed)
}

/// The same set-up again, after a wrong code; `None` when it is too old or not the account's.
pub fn again(context: &Context, account: AccountId, email: &str, sealed: &str) -> Option<SetUp> {
    shown(open_set_up(context, account, sealed)?, email, sealed.to_owned()).ok()
}

fn shown(secret: Vec<u8>, email: &str, sealed: String) -> Result<SetUp> {
    // Issuer and account must not hold the colon that separates them.
    let generator = generator(secret, Some(ISSUER.to_owned()), email.replace(':', " "))?;
    let key = generator.get_secret_base32();
    let groups: Vec<_> = key.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    Ok(SetUp { sealed, key: groups.join(" "), address: generator.get_url() })
}

fn open_set_up(context: &Context, account: AccountId, sealed: &str) -> Option<Vec<u8>> {
    let content = context.sealer.open(Purpose::AuthenticatorAppSetUp, account, sealed)?;
    let (until, secret) = content.split_first_chunk::<8>()?;
    (Timestamp(i64::from_be_bytes(*until)) > context.now()).then(|| secret.to_vec())
}

fn generator(secret: Vec<u8>, issuer: Option<String>, account: String) -> Result<TOTP> {
    let made = TOTP::new(Algorithm::SHA1, DIGITS, 0, STEP_SECONDS, secret, issuer, account);
    made.map_err(|error| Error::Internal(format!("a key for codes: {error}")))
}

/// The step that the code is of, when it is one of those that are accepted now.
fn step_of(secret: Vec<u8>, code: &str, now: Timestamp) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let generator = generator(secret, None, String::new())?;
    let step_now = now.0.div_euclid(1000 * STEP_SECONDS as i64);
    let mut found = None;
    // All are compared, each in the same time.
    for step in step_now - DRIFT_STEPS..=step_now + DRIFT_STEPS {
        let expected = generator.generate(step.unsigned_abs() * STEP_SECONDS);
        let differences = expected.bytes().zip(code.bytes()).fold(0, |sum, (left, right)| sum | (left ^ right));
        if differences == 0 {
            found = Some(step);
        }
    }
    Ok(found)
}

/// Stores the app when the code is of the key that `sealed` holds, inside the caller's transaction;
/// `account` is locked. The code that sets it up does not sign in as well.
///
/// # Errors
/// Field errors `code` and `name`.
pub(crate) async fn enrol(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    holder: Option<&Holder>,
    sealed: &str,
    code: &str,
    name: &str,
) -> Result<()> {
    let mut errors = FieldErrors::default();
    let name = errors.keep("name", text::optional_line(name, NAME_MOST_CHARACTERS)).flatten();
    let secret = open_set_up(context, account.id, sealed)
        .ok_or_else(|| Error::Conflict("This took too long. Scan the new code and try again.".into()))?;
    let step = step_of(secret.clone(), code, context.now())?;
    if step.is_none() {
        errors.add("code", "This is not the code that the app shows now. Wait for the next one and try again.");
    }
    let (Some(step), true) = (step, errors.is_empty()) else { return Err(errors.into()) };
    super::refuse_too_many(transaction, account.id).await?;
    let name = name.unwrap_or_else(|| FactorKind::AuthenticatorApp.label().to_owned());
    let sealed = context.sealer.seal(&context.random, Purpose::AuthenticatorApp, account.id, &secret)?;
    let row = authenticators::ActiveModel {
        id: Set(AuthenticatorId(context.id())),
        account_id: Set(account.id),
        kind: Set(FactorKind::AuthenticatorApp.key().into()),
        name: Set(name.clone()),
        secret: Set(sealed),
        // The same key twice would accept each code twice.
        credential_id: Set(Some(key_print(context, account.id, &secret))),
        last_step: Set(step),
        created_at: Set(context.now()),
        // It has just been proven.
        last_used_at: Set(context.now()),
    };
    let stored = authenticators::Entity::insert(row).exec_without_returning(transaction).await;
    stored.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Conflict("This app is set up already.".into()),
        _ => error.into(),
    })?;
    added(transaction, context, account, holder, &name).await
}

fn key_print(context: &Context, account: AccountId, secret: &[u8]) -> String {
    context.sealer.fingerprint(Purpose::AuthenticatorApp, account, &STANDARD.encode(secret))
}

/// Whether the code is of one of the account's apps and new; it is used up then. Inside the caller's
/// transaction.
pub(crate) async fn accept(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    code: &str,
) -> Result<bool> {
    let apps = authenticators::Entity::find()
        .filter(authenticators::Column::AccountId.eq(account))
        .filter(authenticators::Column::Kind.eq(FactorKind::AuthenticatorApp.key()))
        .all(connection)
        .await?;
    for app in apps {
        let secret = context.sealer.open(Purpose::AuthenticatorApp, account, &app.secret);
        let secret = secret.ok_or_else(|| Error::Internal(format!("the key of the app {} does not open", app.id)))?;
        let Some(step) = step_of(secret, code, context.now())? else { continue };
        let used = authenticators::Entity::update_many()
            .col_expr(authenticators::Column::LastStep, step.into())
            .col_expr(authenticators::Column::LastUsedAt, context.now().into())
            .filter(authenticators::Column::Id.eq(app.id))
            .filter(authenticators::Column::LastStep.lt(step))
            .exec(connection)
            .await?;
        if used.rows_affected > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(any(test, feature = "testing"))]
pub mod testing {
    //! An app in a test's hands.

    use super::*;

    /// The code that an app with this key shows now.
    pub fn code(context: &Context, key: &str) -> String {
        let secret = totp_rs::Secret::Encoded(key.replace(' ', "")).to_bytes().expect("a key");
        let seconds = context.now().0.unsigned_abs() / 1000;
        generator(secret, None, String::new()).expect("a generator").generate(seconds)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::testing::START;

    const SECRET: [u8; 20] = *b"12345678901234567890";

    /// An independent implementation.
    fn oathtool(secret: &[u8], now: Timestamp) -> String {
        let hexadecimal: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let now = format!("@{}", now.0 / 1000);
        let output = Command::new("oathtool").args(["--totp", "--now", &now, &hexadecimal]).output();
        let output = output.expect("oathtool: run scripts/setup.sh test");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn agrees_with_oathtool_one_step_early_and_late() {
        for (at, secret) in [(59, SECRET), (1_111_111_109, SECRET), (20_000_000_000, SECRET), (59, [0xA7; 20])] {
            let now = Timestamp(at * 1000);
            for (seconds, accepted) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
                if at + seconds < 0 {
                    continue;
                }
                let code = oathtool(&secret, now.plus_seconds(seconds));
                let step = step_of(secret.to_vec(), &code, now).unwrap();
                assert_eq!(step, accepted.then_some((at + seconds) / 30), "{at} {seconds}");
            }
        }
    }

    #[test]
    fn is_read_with_spaces_and_nothing_else() {
        let code = oathtool(&SECRET, START);
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert!(step_of(SECRET.to_vec(), &spaced, START).unwrap().is_some());
        let arabic: String = code.chars().map(|c| char::from_u32(c as u32 - 48 + 0x660).unwrap()).collect();
        for wrong in ["", "12345", &format!("{code}0"), &format!("+{}", &code[1..]), &arabic, "000000 OR 1"] {
            assert_eq!(step_of(SECRET.to_vec(), wrong, START).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn what_the_qr_code_says_is_what_apps_read() {
        let set_up = shown(SECRET.to_vec(), "ada:x@example.com", "sealed".into()).unwrap();
        assert_eq!(set_up.key, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let wanted =
            "otpauth://totp/Roster:ada%20x%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Roster";
        assert_eq!(set_up.address, wanted);
    }
}
