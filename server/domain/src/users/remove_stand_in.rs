//! **Remove** of what stands in for a second factor (P6): codes, questions, the alternate address.

use types::authenticators::StandIn;
use types::events::{EventKind, FieldChange};
use types::{AccountId, Permission};

use super::authenticators::refuse_oneself;
use super::edit::refuse_holding_more;
use crate::authenticators::security_codes::{self, ONE_TIME, STATIC};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::{Context, Error, Result, Staff, recovery, sessions, sign_in};

/// Removes one kind of it; sessions and sign-ins under way end, since they may have been let in by it. Needs **Change and
/// reset second factors** over the account.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotAllowed`] on somebody who holds more, and on oneself; [`Error::NotFound`] when
/// there is none.
pub async fn remove_stand_in(context: &Context, staff: &Staff, id: AccountId, what: StandIn) -> Result<()> {
    let scope = staff.require(Permission::ManageAuthenticators)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    refuse_oneself(staff, id)?;
    staff.require_recent_proof(context.now())?;
    let mut changes = Vec::new();
    let (was_there, kind) = match what {
        StandIn::SecurityCodes => {
            (security_codes::forget(&transaction, &[id], Some(STATIC)).await?, EventKind::SecurityCodesRemoved)
        }
        StandIn::BackupCode => {
            (security_codes::forget(&transaction, &[id], Some(ONE_TIME)).await?, EventKind::BackupCodeRemoved)
        }
        StandIn::SecurityQuestions => {
            (recovery::forget_questions(&transaction, id).await?, EventKind::QuestionsRemoved)
        }
        StandIn::AlternateEmail => {
            let before = recovery::forget_alternate_email(&transaction, context, id).await?;
            changes.extend(before.as_deref().map(|before| FieldChange::new("alternate_email", Some(before), None)));
            (before.is_some(), EventKind::AlternateEmailRemoved)
        }
    };
    if !was_there {
        return Err(Error::NotFound(what.noun()));
    }
    sign_in::void_all_of(&transaction, context, &[id]).await?;
    sessions::end_all_of(&transaction, context, &[id]).await?;
    events::write(&transaction, context, Event::new(kind).by(staff).on(id).changes(changes)).await?;
    alert(&transaction, context, &account, Alert::StandInRemovedByStaff(what)).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;
    use types::recovery::Question;
    use types::settings::{AlternateLogin, SecurityCodeKinds};

    use super::*;
    use crate::authenticators::backup_code;
    use crate::authority::authenticate;
    use crate::sign_in::Whence;
    use crate::testing::{self, PASSWORD};
    use crate::users;

    #[tokio::test]
    async fn each_is_removed_alone_and_by_whoever_may() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::app(&context, ada).await;
            testing::set(&context, &owner, |settings: &mut AlternateLogin| {
                settings.security_codes_enabled = true;
                settings.security_codes = SecurityCodeKinds::Both;
            })
            .await;
            let holder = testing::holder(&context, ada).await;
            let answers =
                [(Question::FirstConcert, "none"), (Question::DreamJob, "pilot"), (Question::FirstBook, "how to")];
            testing::recovery(&context, &holder, &answers, "a@elsewhere.example").await;
            security_codes::make(&context, &holder).await.unwrap();
            backup_code::generate(&context, &desk, ada).await.unwrap();
            let left = async || {
                let seen = users::view_authenticators(&context.roster, &desk, ada).await.unwrap();
                [
                    seen.codes.is_some(),
                    seen.backup_code_until.is_some(),
                    seen.recovery.questions > 0,
                    seen.recovery.alternate_email.is_some(),
                ]
            };
            assert_eq!(left().await, [true; 4]);
            let under_way = sign_in::sign_in(&context, "ada@example.com", PASSWORD, Whence::default()).await;
            let under_way = under_way.ok().unwrap().unfinished();
            let kinds = [
                EventKind::SecurityCodesRemoved,
                EventKind::BackupCodeRemoved,
                EventKind::QuestionsRemoved,
                EventKind::AlternateEmailRemoved,
            ];
            for (at, what) in StandIn::ALL.into_iter().enumerate() {
                let before = left().await;
                let auditor =
                    testing::staff_with(&context, &owner, &format!("a{at}"), BuiltInRole::Auditor, None).await;
                for (who, whom) in [(&auditor, ada), (&desk, desk.account), (&desk, owner.account)] {
                    let refused = remove_stand_in(&context, who, whom, what).await;
                    assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
                }
                assert_eq!(left().await, before);
                let session = testing::session(&context, ada).await;
                remove_stand_in(&context, &desk, ada, what).await.unwrap();
                assert!(authenticate(&context, &session).await.is_err());
                assert_eq!(testing::events_of(&context, ada, kinds[at]).await, 1, "{what:?}");
                let mut after = before;
                after[at] = false;
                assert_eq!(left().await, after, "{what:?}");
                let again = remove_stand_in(&context, &desk, ada, what).await;
                assert!(matches!(again, Err(Error::NotFound(_))), "{again:?}");
            }
            assert!(sign_in::unfinished(&context, under_way.token.expose()).await.unwrap().is_none());
            let mut told = testing::alerted(&context, "ada@example.com").await;
            told.retain(|one| matches!(one, Alert::StandInRemovedByStaff(_)));
            assert_eq!(told, StandIn::ALL.map(Alert::StandInRemovedByStaff));
            assert!(users::view_authenticators(&context.roster, &desk, ada).await.unwrap().default.is_some());
        })
        .await;
    }
}
