//! **Change mobile** (E1): the new number is confirmed by a code that is sent to it by SMS.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::authenticators::FactorKind;
use types::events::EventKind;
use types::messages::Channel;

use crate::authenticators::{code_factor, locked};
use crate::codes::{self, CodeFor, OpenCode, Wanted};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::users::columns;
use crate::{Context, Error, Holder, Result, sms};

const WHAT: CodeFor = CodeFor::Mobile;

/// What its page shows.
#[derive(Clone, Debug)]
pub struct OwnMobile {
    pub current: Option<String>,
    pub is_verified: bool,
    /// The code that waits to be typed.
    pub sent: Option<OpenCode>,
    /// Whether there is an SMS gateway.
    pub is_possible: bool,
}

pub async fn mobile(context: &Context, holder: &Holder) -> Result<OwnMobile> {
    let connection = context.database.read();
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    Ok(OwnMobile {
        is_verified: is_verified(&account),
        sent: codes::open(connection, account.id, WHAT, &holder.session.to_string(), context.now()).await?,
        is_possible: sms::is_set_up(connection, context, account.store_id).await?,
        current: account.phone,
    })
}

/// Whether the account's number was confirmed by a code.
pub(crate) fn is_verified(account: &accounts::Model) -> bool {
    account.phone.is_some() && account.phone == account.verified_phone
}

/// Sends a code to the number. `None`: to the one of the last code again.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `address`; [`Error::Conflict`] when no code can be sent now.
pub async fn send_mobile_code(context: &Context, holder: &Holder, number: Option<&str>) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    let bound_to = holder.session.to_string();
    let (what, channel) = (WHAT, Channel::Sms);
    let number = codes::address_for(&transaction, context, account.id, (what, channel), &bound_to, number).await?;
    if is_verified(&account) && account.phone.as_ref() == Some(&number) {
        return Err(Error::field("address", "This is your number already."));
    }
    let wanted = Wanted { account: &account, what, channel, address: &number, bound_to: &bound_to };
    codes::send(&transaction, context, wanted).await?;
    transaction.commit().await?;
    Ok(())
}

/// Changes the number when the code is right. Codes to sign in with that went to the old one go to the new
/// one; the holder is told.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `code`.
pub async fn confirm_mobile(context: &Context, holder: &Holder, code: &str) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = locked(&transaction, holder).await?;
    let bound_to = holder.session.to_string();
    let by = |event: Event| event.by(holder);
    let number = match codes::prove(&transaction, context, account.id, WHAT, &bound_to, code, by).await? {
        Ok(number) => number,
        Err(wrong) => {
            transaction.commit().await?;
            return Err(wrong.refusal());
        }
    };
    let mut fields = columns::fields_of(&account)?;
    fields.phone = Some(number.clone());
    let changes = columns::differences(&account, &fields);
    if let Some(old) = account.phone.as_deref().filter(|old| *old != number) {
        code_factor::follow(&transaction, context, account.id, FactorKind::SmsCode, old, &number).await?;
    }
    columns::update(&transaction, context, &account, &fields).await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::VerifiedPhone, Expr::val(Some(number)))
        .filter(accounts::Column::Id.eq(account.id))
        .exec(&transaction)
        .await?;
    let event = Event::new(EventKind::PhoneChanged).by(holder).on(account.id).changes(changes);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::PhoneChanged).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::accounts::AccountForm;

    use super::*;
    use crate::recent_proof::RECENT_SECONDS;
    use crate::testing;
    use crate::users;

    const NUMBER: &str = "+41446681800";

    async fn ada(context: &mut Context) -> (crate::Staff, Holder) {
        testing::sms_gateway(context);
        let owner = testing::owner(context).await;
        let ada = testing::onboarded(context, &owner, "ada").await;
        (owner, testing::holder(context, ada).await)
    }

    async fn change(context: &Context, holder: &Holder, number: &str) {
        send_mobile_code(context, holder, Some(number)).await.unwrap();
        let code = testing::code_sent_to(context, number).await;
        confirm_mobile(context, holder, &code).await.unwrap();
    }

    #[tokio::test]
    async fn the_code_confirms_the_number_and_the_holder_is_told() {
        testing::on_both(|mut context| async move {
            let (_, holder) = ada(&mut context).await;
            send_mobile_code(&context, &holder, Some("+41 (44) 668-18.00")).await.unwrap();
            assert_eq!(testing::account(&context, holder.account).await.phone, None, "not before the code");
            let code = testing::code_sent_to(&context, NUMBER).await;
            let wrong = confirm_mobile(&context, &holder, "wrong").await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["code"]);
            confirm_mobile(&context, &holder, &code).await.unwrap();
            let row = testing::account(&context, holder.account).await;
            assert!(is_verified(&row) && row.phone.as_deref() == Some(NUMBER));
            assert!(row.search_text.contains(NUMBER));
            assert_eq!(testing::events_of(&context, holder.account, EventKind::PhoneChanged).await, 1);
            assert_eq!(testing::alerted(&context, "ada@example.com").await, [Alert::PhoneChanged]);
            let again = send_mobile_code(&context, &holder, Some(NUMBER)).await.unwrap_err();
            assert_eq!(testing::wrong_fields(again), ["address"]);
            assert!(confirm_mobile(&context, &holder, &code).await.is_err(), "a code works once");
        })
        .await;
    }

    #[tokio::test]
    async fn numbers_that_are_none_and_old_proofs_are_refused() {
        testing::on_both(|mut context| async move {
            let (_, holder) = ada(&mut context).await;
            for bad in ["", "044 668 18 00", "+999123456", "+41446681800\r\nX"] {
                let wrong = send_mobile_code(&context, &holder, Some(bad)).await.unwrap_err();
                assert_eq!(testing::wrong_fields(wrong), ["address"], "{bad:?}");
            }
            context.clock.advance_seconds(RECENT_SECONDS);
            assert!(matches!(send_mobile_code(&context, &holder, Some(NUMBER)).await, Err(Error::ProofNeeded)));
            assert!(matches!(confirm_mobile(&context, &holder, "1").await, Err(Error::ProofNeeded)));
            context.roster.mailing = crate::messages::Mailing::new("https://id.example.com", true);
            let fresh = testing::holder(&context, holder.account).await;
            assert!(matches!(send_mobile_code(&context, &fresh, Some(NUMBER)).await, Err(Error::Conflict(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn a_code_of_another_session_or_account_confirms_nothing() {
        testing::on_both(|mut context| async move {
            let (owner, holder) = ada(&mut context).await;
            send_mobile_code(&context, &holder, Some(NUMBER)).await.unwrap();
            let code = testing::code_sent_to(&context, NUMBER).await;
            let elsewhere = testing::holder(&context, holder.account).await;
            for other in [&elsewhere, &*owner] {
                let refused = confirm_mobile(&context, other, &code).await.unwrap_err();
                assert_eq!(testing::wrong_fields(refused), ["code"]);
            }
            confirm_mobile(&context, &holder, &code).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn a_number_that_staff_change_is_not_verified_any_more() {
        testing::on_both(|mut context| async move {
            let (owner, holder) = ada(&mut context).await;
            change(&context, &holder, NUMBER).await;
            let version = testing::account(&context, holder.account).await.version;
            let form = AccountForm { phone: "+12025550143".into(), ..testing::form("ada") };
            users::edit(&context, &owner, holder.account, &form, version).await.unwrap();
            assert!(!is_verified(&testing::account(&context, holder.account).await));
        })
        .await;
    }
}
