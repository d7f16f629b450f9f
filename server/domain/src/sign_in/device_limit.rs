//! A forced step: the account has as many devices as it may, and this browser is none of them (S10).
//! The way out is to remove one, for whoever has proven the second factor; else staff help.

use types::events::EventKind;
use types::{DeviceId, PreSessionId};

use super::StepRefusal;
use super::finish::{Progress, after_step};
use super::state::{self, Step};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Result, devices};

/// Removes a device, ends its sessions, and goes on.
///
/// # Errors
/// [`Error::NotAllowed`] after the password alone; [`Error::NotFound`]; see [`StepRefusal`].
pub async fn remove_device(
    context: &Context,
    token: &str,
    id: PreSessionId,
    device: DeviceId,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::DeviceLimit).await?;
    if !locked.row.second_factor_done {
        return Err(Error::not_allowed("Ask an administrator to remove one of your devices.").into());
    }
    let account = locked.account.id;
    let change = devices::remove_in(&transaction, context, account, device).await?;
    let event = Event::new(EventKind::DeviceRemoved).by_account(account).on(account).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &locked.account, Alert::DeviceRemoved).await?;
    locked.facts.too_many_devices = devices::is_over(&transaction, context, &locked.account).await?;
    let progress = after_step(&transaction, context, &locked, None, previous).await?;
    transaction.commit().await?;
    Ok(progress)
}
