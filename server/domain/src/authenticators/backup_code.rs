//! **Generate backup code** (A12): made by staff, for somebody whose second factor is not at hand.

use db::entities::security_codes;
use sea_orm::EntityTrait;
use types::events::EventKind;
use types::settings::AlternateLogin;
use types::{AccountId, Permission};

use super::security_codes::{ONE_TIME, forget, new_code, row};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::users::refuse_holding_more;
use crate::{Context, Error, Result, Staff, settings};

/// How long a backup code works.
pub const LIFE_SECONDS: i64 = 60 * 60;

/// A code for one sign-in within 60 minutes; it voids the last one. Needs **Generate backup codes**
/// over the account.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] when the settings have no one-time codes, on somebody who holds
/// more, and on oneself; [`Error::Conflict`] when the account has no second factor.
pub async fn generate(context: &Context, staff: &Staff, id: AccountId) -> Result<String> {
    let scope = staff.require(Permission::GenerateBackupCodes)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    staff.require_recent_proof(context.now())?;
    if id == staff.account {
        return Err(Error::not_allowed("Backup codes are for others. Your own are under “Your account”."));
    }
    let settings = settings::read::<AlternateLogin>(&transaction, account.store_id).await?;
    if !settings.has_one_time_codes() {
        return Err(Error::not_allowed("The settings do not allow one-time backup codes."));
    }
    if account.second_factor.is_none() {
        return Err(Error::Conflict("This person has no second factor that a backup code could stand in for.".into()));
    }
    forget(&transaction, &[id], Some(ONE_TIME)).await?;
    let code = new_code(&context.random);
    let expires_at = context.now().plus_seconds(LIFE_SECONDS);
    let row = row(context, id, ONE_TIME, &code, Some(expires_at));
    security_codes::Entity::insert(row).exec_without_returning(&transaction).await?;
    events::write(&transaction, context, Event::new(EventKind::BackupCodeMade).by(staff).on(id)).await?;
    alert(&transaction, context, &account, Alert::BackupCodeMadeByStaff).await?;
    transaction.commit().await?;
    Ok(code)
}
