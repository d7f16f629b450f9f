//! Telling holders of what changed at their account, so that they notice what they did not do.

use std::collections::HashMap;

use db::entities::accounts;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use types::StoreId;
use types::authenticators::StandIn;
use types::settings::Notifications;

use super::{Content, Recipient, queue_all};
use crate::{Context, Result, settings};

/// What happened. A new one needs its words in [`Alert::words`], and who may switch it off in
/// [`Alert::is_wanted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    PasswordChanged,
    PasswordReset,
    PasswordSetByStaff,
    /// To both addresses; the old one learns only that there is a new one.
    EmailChanged,
    EmailChangedByStaff,
    SessionsEndedByStaff,
    AccountDisabled,
    AccountEnabled,
    AccountDeleted,
    SecondFactorAdded,
    SecondFactorRemoved,
    SecondFactorsReset,
    SecurityCodesMade,
    PasskeyRefused,
    EventDisowned,
    SecondFactorRemovedByStaff,
    SecondFactorsResetByStaff,
    BackupCodeMadeByStaff,
    IdentityRemovedByStaff,
    CodeAddressAddedByStaff,
    StandInRemovedByStaff(StandIn),
    PhoneChanged,
    PhoneChangedByStaff,
    RecoveryChanged,
    /// Signed in by **Forgot my phone**.
    Recovered,
    /// At a sign-in (S13), but the first.
    NewDevice,
    /// With a known device, from a country that is new.
    NewPlace,
    DeviceRemoved,
    DeviceRemovedByStaff,
    Impersonated,
}

impl Alert {
    /// The heading, and what happened in a sentence.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::PasswordChanged => ("Your password was changed", "The password of your account was changed."),
            Self::PasswordReset => {
                ("Your password was reset", "The password of your account was reset by a link from a mail.")
            }
            Self::PasswordSetByStaff => {
                ("Your password was set", "An administrator has set a new password for your account.")
            }
            Self::EmailChanged => {
                ("Your email address was changed", "The email address of your account was changed to another one.")
            }
            Self::EmailChangedByStaff => (
                "Your email address was changed",
                "An administrator has changed the email address of your account to another one.",
            ),
            Self::SessionsEndedByStaff => {
                ("You were signed out", "An administrator has ended sessions of your account.")
            }
            Self::AccountDisabled => (
                "Your account was disabled",
                "An administrator has disabled your account. You cannot sign in until it is enabled again.",
            ),
            Self::AccountEnabled => {
                ("Your account was enabled", "An administrator has enabled your account. You can sign in again.")
            }
            Self::AccountDeleted => {
                ("Your account was deleted", "An administrator has deleted your account. You cannot sign in any more.")
            }
            Self::SecondFactorAdded => {
                ("A second factor was added", "A second factor was added to your account. Signing in asks for it.")
            }
            Self::SecondFactorRemoved => {
                ("A second factor was removed", "A second factor was removed from your account.")
            }
            Self::SecondFactorsReset => (
                "Your second factors were reset",
                "All second factors and security codes of your account were forgotten.",
            ),
            Self::SecurityCodesMade => (
                "New security codes were made",
                "New security codes were made for your account. Earlier ones do not work any more.",
            ),
            Self::PasskeyRefused => (
                "A passkey was refused",
                "A passkey of your account was refused, because it looks as if its key was copied. Remove it, and add \
                 a new one.",
            ),
            Self::EventDisowned => (
                "Your account was secured",
                "You reported something that was not you. Every session of your account was ended, what was set up since \
                 then was removed, as were security questions and the alternate email address, and your password does \
                 not work any more. The link to choose a new one is in a mail \
                 of its own.",
            ),
            Self::SecondFactorRemovedByStaff => (
                "A second factor was removed",
                "An administrator has removed a second factor from your account and signed you out.",
            ),
            Self::SecondFactorsResetByStaff => (
                "Your second factors were reset",
                "An administrator has reset the second factors of your account and signed you out.",
            ),
            Self::BackupCodeMadeByStaff => (
                "A backup code was generated",
                "An administrator has generated a backup code for your account. It works for 60 minutes.",
            ),
            Self::IdentityRemovedByStaff => (
                "Your password and second factors were removed",
                "An administrator has removed the password and the second factors of your account. You cannot sign in \
                 until you activate it again.",
            ),
            Self::CodeAddressAddedByStaff => (
                "An address for codes was added",
                "An administrator has added an address or a number for sign-in codes to your account. Nothing is sent \
                 there before you verify it under “Security” in your account.",
            ),
            Self::StandInRemovedByStaff(what) => match what {
                StandIn::SecurityCodes => (
                    "Your security codes were removed",
                    "An administrator has removed the security codes of your account and signed you out.",
                ),
                StandIn::BackupCode => (
                    "Your backup code was removed",
                    "An administrator has removed the backup code of your account and signed you out.",
                ),
                StandIn::SecurityQuestions => (
                    "Your security questions were removed",
                    "An administrator has removed the security questions of your account and signed you out.",
                ),
                StandIn::AlternateEmail => (
                    "Your alternate email address was removed",
                    "An administrator has removed the alternate email address of your account and signed you out.",
                ),
            },
            Self::PhoneChanged => {
                ("Your phone number was changed", "The phone number of your account was changed to another one.")
            }
            Self::PhoneChangedByStaff => {
                ("Your phone number was changed", "An administrator has changed the phone number of your account.")
            }
            Self::RecoveryChanged => (
                "What helps without your phone was changed",
                "Security questions, the alternate email address or the way of “Forgot my phone” were changed.",
            ),
            Self::Recovered => (
                "Somebody signed in without your phone",
                "Your account was signed in to by “Forgot my phone”, in the place of your second factor.",
            ),
            Self::NewDevice => (
                "Sign-in with a new device",
                "Your account was signed in to with a browser that it was not used with before.",
            ),
            Self::NewPlace => (
                "Sign-in from a new place",
                "Your account was signed in to from a country that it was not used from before.",
            ),
            Self::DeviceRemoved => (
                "A device was removed",
                "A device was removed from your account. Whoever was signed in with it is signed out.",
            ),
            Self::DeviceRemovedByStaff => (
                "A device was removed",
                "An administrator has removed a device from your account. Whoever was signed in with it is signed out.",
            ),
            Self::Impersonated => (
                "An administrator looked at your account",
                "An administrator has opened your account as you see it, for at most 30 minutes. They cannot change \
                 anything there.",
            ),
        }
    }

    fn is_wanted(&self, wanted: &Notifications) -> bool {
        match self {
            Self::PasswordChanged | Self::PasswordReset | Self::PasswordSetByStaff => wanted.password,
            Self::EmailChanged | Self::EmailChangedByStaff | Self::PhoneChanged | Self::PhoneChangedByStaff => {
                wanted.email
            }
            Self::SessionsEndedByStaff | Self::EventDisowned => wanted.sessions,
            Self::AccountDisabled | Self::AccountEnabled | Self::AccountDeleted => wanted.account,
            Self::SecondFactorAdded
            | Self::SecondFactorRemoved
            | Self::SecondFactorsReset
            | Self::SecurityCodesMade
            | Self::PasskeyRefused
            | Self::SecondFactorRemovedByStaff
            | Self::SecondFactorsResetByStaff
            | Self::BackupCodeMadeByStaff
            | Self::IdentityRemovedByStaff
            | Self::CodeAddressAddedByStaff
            | Self::StandInRemovedByStaff(_)
            | Self::RecoveryChanged
            | Self::Recovered => wanted.second_factors,
            Self::NewDevice | Self::NewPlace | Self::DeviceRemoved | Self::DeviceRemovedByStaff => wanted.devices,
            // Whoever begins it chooses.
            Self::Impersonated => true,
        }
    }

    /// Where staff act, their address and browser are not the holder's to know.
    fn is_by_staff(&self) -> bool {
        !matches!(
            self,
            Self::PasswordChanged
                | Self::PasswordReset
                | Self::EmailChanged
                | Self::SecondFactorAdded
                | Self::SecondFactorRemoved
                | Self::SecondFactorsReset
                | Self::SecurityCodesMade
                | Self::PhoneChanged
                | Self::RecoveryChanged
                | Self::Recovered
                | Self::PasskeyRefused
                | Self::EventDisowned
                | Self::NewDevice
                | Self::NewPlace
                | Self::DeviceRemoved
        )
    }
}

/// Tells one holder, in the transaction of the change.
pub(crate) async fn alert(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    alert: Alert,
) -> Result<()> {
    alert_all(connection, context, account.store_id, vec![Recipient::of(account)], alert).await
}

/// Tells many the same.
pub(crate) async fn alert_each<'a>(
    connection: &impl ConnectionTrait,
    context: &Context,
    accounts: impl Iterator<Item = &'a accounts::Model>,
    alert: &Alert,
) -> Result<()> {
    let mut by_store: HashMap<StoreId, Vec<Recipient>> = HashMap::new();
    for account in accounts {
        by_store.entry(account.store_id).or_default().push(Recipient::of(account));
    }
    for (store, recipients) in by_store {
        alert_all(connection, context, store, recipients, alert.clone()).await?;
    }
    Ok(())
}

/// Tells several of one store the same.
pub(crate) async fn alert_all(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
    recipients: Vec<Recipient>,
    alert: Alert,
) -> Result<()> {
    if recipients.is_empty() || !alert.is_wanted(&settings::read::<Notifications>(connection, store).await?) {
        return Ok(());
    }
    let origin = if !alert.is_by_staff() { context.origin.clone() } else { Default::default() };
    let content =
        Content::Alert { alert, at: context.now(), ip: origin.ip, browser: origin.browser, place: origin.place };
    queue_all(connection, context, recipients.into_iter().map(|recipient| (recipient, content.clone())).collect()).await
}

#[cfg(test)]
mod tests {
    use types::bulk::BulkAction;
    use types::settings::{Section, SectionName, Settings};

    use super::*;
    use crate::testing::{self, PASSWORD};
    use crate::{passwords, stores, users};

    async fn alerts(context: &Context, email: &str) -> Vec<Alert> {
        let mails = testing::mailed(context, email).await.into_iter();
        mails.filter_map(|mail| if let Content::Alert { alert, .. } = mail { Some(alert) } else { None }).collect()
    }

    #[tokio::test]
    async fn each_change_of_security_is_told() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let bare = testing::user(&context, &owner, "bare").await;
            let holder = testing::holder(&context, ada).await;
            passwords::change(&context, &holder, PASSWORD, "seven purple elephants dance").await.unwrap();
            users::end_sessions(&context, &owner, ada).await.unwrap();
            users::end_sessions(&context, &owner, ada).await.unwrap();
            users::set_password(&context, &owner, ada, "an apple for the doctor", false).await.unwrap();
            for action in [BulkAction::Disable, BulkAction::Enable, BulkAction::Delete] {
                testing::bulk(&context, &owner, action, &[ada, bare]).await;
            }
            assert_eq!(
                alerts(&context, "ada@example.com").await,
                [
                    Alert::PasswordChanged,
                    Alert::SessionsEndedByStaff,
                    Alert::PasswordSetByStaff,
                    Alert::AccountDisabled,
                    Alert::AccountEnabled,
                    Alert::AccountDeleted
                ]
            );
            assert_eq!(alerts(&context, "bare@example.com").await, []);
        })
        .await;
    }

    #[tokio::test]
    async fn where_staff_sit_is_not_told_to_the_holder() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await;
            let mail = testing::mailed(&context, "ada@example.com").await.remove(0);
            assert!(matches!(mail, Content::Alert { ip: None, browser: None, .. }), "{mail:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn what_was_switched_off_is_not_told() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let before = Section::default_of(SectionName::Notifications);
            let now = Notifications { account: false, ..Notifications::default() }.into_section();
            settings::save(&context, &owner, store, &before, &now).await.unwrap();
            testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await;
            assert_eq!(alerts(&context, "ada@example.com").await, []);
        })
        .await;
    }
}
