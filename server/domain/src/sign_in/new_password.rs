//! A forced step: the password was set by staff, and its holder chooses another.

use types::PreSessionId;
use types::events::EventKind;

use super::StepRefusal;
use super::finish::{Progress, after_step};
use super::state::{self, Step};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Result, passwords, sessions};

/// Sets the new password and goes on. Every other session of the account ends.
///
/// # Errors
/// Field error `new_password`; see [`StepRefusal`].
pub async fn choose_password(
    context: &Context,
    token: &str,
    id: PreSessionId,
    new: &str,
    previous: Option<&str>,
) -> Result<Progress, StepRefusal> {
    let before = look(context, token, id).await?;
    let words: Vec<_> = before.words.iter().map(String::as_str).collect();
    passwords::check_beside(new, &words, before.has_second_factor).map_err(|why| Error::field("new_password", why))?;
    // The rules' bounds come first: hashing is dear.
    if context.hasher.verify(new, before.hash.as_deref()).await? {
        let why = "This is the password that you were given. Please choose another.";
        return Err(Error::field("new_password", why).into());
    }
    let hash = context.hasher.hash(&context.random, new).await?;
    let transaction = context.database.begin().await?;
    let mut locked = state::lock(&transaction, context, token, id, Step::NewPassword).await?;
    // Asked again inside: the second factor may have gone while the password was hashed.
    if passwords::is_short(new) && !locked.facts.has_second_factor {
        return Err(StepRefusal::StartAgain);
    }
    let account = locked.account.id;
    passwords::store(&transaction, account, hash, false, context.now()).await?;
    if passwords::is_short(new) {
        passwords::mark_short(&transaction, account).await?;
    }
    sessions::end_all_of(&transaction, context, &[account]).await?;
    let event = Event::new(EventKind::PasswordChanged).by_account(account).on(account);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &locked.account, Alert::PasswordChanged).await?;
    locked.facts.must_change = false;
    if let Some(credential) = &mut locked.credential {
        credential.changed_at = context.now();
    }
    let progress = after_step(&transaction, context, &locked, None, previous).await?;
    transaction.commit().await?;
    Ok(progress)
}

struct Before {
    words: Vec<String>,
    hash: Option<String>,
    has_second_factor: bool,
}

/// What the check needs, without keeping the database while a password is hashed.
async fn look(context: &Context, token: &str, id: PreSessionId) -> Result<Before, StepRefusal> {
    let transaction = context.database.begin().await?;
    let locked = state::lock(&transaction, context, token, id, Step::NewPassword).await?;
    let words = passwords::words(&transaction, &locked.account).await?;
    transaction.commit().await?;
    Ok(Before {
        words,
        hash: locked.credential.map(|credential| credential.hash),
        has_second_factor: locked.facts.has_second_factor,
    })
}
