//! **Forgot password** (S5): a mail with a link, the same answer for everybody, and a new password
//! that signs nobody in past a second factor: it signs nobody in at all.

use db::entities::{accounts, password_reset_requests as requests};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::events::EventKind;

use crate::activation::may_be_sent_again;
use crate::codes::MOST_IN_AN_HOUR;
use crate::context::network_of;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind, LinkProblem};
use crate::messages::{Alert, alert};
use crate::throttle::{self, Subject};
use crate::users::columns::next_version;
use crate::users::send_activation::send_activation;
use crate::users::send_password_reset::{ResetBy, send_password_reset};
use crate::{Context, Error, Origin, Result, passwords, sessions, sign_in};

/// Longer than any e-mail address or username: nobody is called that.
const MOST_CHARACTERS: usize = 254;
/// Requests that are looked up in a row.
const BATCH: u64 = 20;

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Known or not: it is looked up later, and nobody waits for that.
    Noted,
    /// Too many from one address.
    TooMany { wait_seconds: i64 },
}

/// Notes that somebody asked. Known and unknown identifiers cost the same, since neither is looked
/// up: that is [`work`]'s business. Who asks without end keeps only their own network waiting, and what is not
/// looked at does not count: else anybody could keep somebody from a reset.
pub async fn ask(context: &Context, identifier: &str) -> Result<Asked> {
    let identifier = identifier.trim().to_lowercase().replace('\0', "\u{FFFD}");
    let network = context.origin.ip.as_deref().map(network_of).unwrap_or_default();
    let request = format!("password-reset:{network}:{identifier}");
    let network = format!("password-reset:{network}");
    let (request, network) = (Subject::Request(&request), Subject::Address(&network));
    let now = context.now();
    let transaction = context.database.begin().await?;
    if let Some(wait_seconds) = throttle::wait_seconds(&transaction, &[network], now).await? {
        return Ok(Asked::TooMany { wait_seconds });
    }
    throttle::count_failure(&transaction, context, network).await?;
    let waits = throttle::wait_seconds(&transaction, &[request], now).await?.is_some();
    if !waits {
        throttle::count_failure(&transaction, context, request).await?;
    }
    if !waits && identifier.chars().count() <= MOST_CHARACTERS {
        let row = requests::ActiveModel {
            id: Set(context.id()),
            identifier: Set(identifier),
            requested_at: Set(now),
            ip: Set(context.origin.ip.clone()),
            browser: Set(context.origin.browser.clone()),
            place: Set(context.origin.place.clone()),
        };
        requests::Entity::insert(row).exec_without_returning(&transaction).await?;
    }
    transaction.commit().await?;
    Ok(Asked::Noted)
}

/// Looks up what was asked and mails whom there is to mail; gives whether there may be more.
pub async fn work(context: &Context) -> Result<bool> {
    let rows =
        requests::Entity::find().order_by_asc(requests::Column::Id).limit(BATCH).all(context.database.read()).await?;
    let more = rows.len() as u64 == BATCH;
    for row in rows {
        let transaction = context.database.begin().await?;
        // Of two nodes that saw it, one takes it.
        if requests::Entity::delete_by_id(row.id).exec(&transaction).await?.rows_affected == 0 {
            continue;
        }
        let origin = Origin { ip: row.ip, browser: row.browser, place: row.place, ..Origin::default() };
        let asked = Context { roster: context.roster.clone(), origin };
        let account = sign_in::find(&transaction, &row.identifier).await?.lock(TO_CHANGE).one(&transaction).await?;
        if let Some(account) = account.filter(|account| account.deleted_at.is_none() && account.disabled_at.is_none()) {
            if account.onboarded_at.is_some() {
                // From many networks at once: the last link works as long as these are counted.
                let made = links::made_lately(&transaction, context, LinkKind::PasswordReset, account.id).await?;
                if (made.len() as i64) < MOST_IN_AN_HOUR {
                    send_password_reset(&transaction, &asked, ResetBy::Holder, &[account]).await?;
                }
            } else if may_be_sent_again(context, &account) {
                // Invited, but never came: the way in is still the invitation.
                send_activation(&transaction, &asked, None, &[account], None).await?;
            }
        }
        transaction.commit().await?;
    }
    Ok(more)
}

/// What a link's page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resettable {
    /// For password managers.
    pub email: String,
    /// Beside one a shorter password does.
    pub has_second_factor: bool,
}

impl Resettable {
    fn of(account: accounts::Model) -> Self {
        Self { has_second_factor: account.second_factor.is_some(), email: account.email }
    }
}

/// What a link's page shows, or why it does not work.
pub async fn look(context: &Context, token: &str) -> Result<Result<Resettable, LinkProblem>> {
    let connection = context.database.read();
    Ok(match links::look(connection, context, LinkKind::PasswordReset, token).await? {
        Err((_, problem)) => Err(problem),
        Ok(link) => {
            let account = accounts::Entity::find_by_id(link.account_id).one(connection).await?;
            account.filter(may_be_reset).map(Resettable::of).ok_or(LinkProblem::Unknown)
        }
    })
}

fn may_be_reset(account: &accounts::Model) -> bool {
    account.deleted_at.is_none() && account.disabled_at.is_none() && account.onboarded_at.is_some()
}

/// Sets the new password. Every session ends, a lockout too; nobody is signed in: with a second
/// factor, that is asked at the sign-in that follows. The holder is told. The link works once.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more); field error `password`.
pub async fn complete(context: &Context, token: &str, password: &str) -> Result<()> {
    let gone = || Error::NotFound("password reset link");
    let connection = context.database.read();
    let Ok(link) = links::look(connection, context, LinkKind::PasswordReset, token).await? else {
        return Err(gone());
    };
    let account = accounts::Entity::find_by_id(link.account_id).one(connection).await?;
    let account = account.filter(may_be_reset).ok_or_else(gone)?;
    let words = passwords::words(connection, &account).await?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    passwords::check_beside(password, &words, account.second_factor.is_some())
        .map_err(|why| Error::field("password", why))?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let now = context.now();
    let transaction = context.database.begin().await?;
    // Asked again inside: of two at once, one wins, and a disabling meanwhile is not overtaken.
    let locked = accounts::Entity::find_by_id(link.account_id).lock(TO_CHANGE).one(&transaction).await?;
    let account = locked.filter(may_be_reset).ok_or_else(gone)?;
    if !links::use_up(&transaction, context, LinkKind::PasswordReset, token).await? {
        return Err(gone());
    }
    passwords::keep(&transaction, &account, (password, hash), false, now).await?;
    let proven = link.email.is_some_and(|email| email == account.email_key);
    let verified_at = account.email_verified_at.or(proven.then_some(now));
    accounts::Entity::update_many()
        .col_expr(accounts::Column::EmailVerifiedAt, Expr::val(verified_at))
        .col_expr(accounts::Column::LockedUntil, Expr::val(None::<i64>))
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.eq(account.id))
        .exec(&transaction)
        .await?;
    throttle::forget(&transaction, &throttle::sign_ins_of(&account)).await?;
    sessions::end_all_of(&transaction, context, &[account.id]).await?;
    let event = Event::new(EventKind::PasswordReset).by_account(account.id).on(account.id);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::PasswordReset).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::AccountId;
    use types::bulk::BulkAction;

    use super::*;
    use crate::messages::Content;
    use crate::testing::{self, PASSWORD};
    use crate::{Staff, users};

    const NEW: &str = "seven purple elephants dance";

    async fn ask_and_work(context: &Context, identifier: &str) {
        assert_eq!(ask(context, identifier).await.unwrap(), Asked::Noted);
        while work(context).await.unwrap() {}
    }

    async fn token(context: &Context, email: &str) -> String {
        match testing::mailed(context, email).await.pop() {
            Some(Content::PasswordReset { token, .. }) => token,
            other => panic!("{other:?}"),
        }
    }

    async fn ada(context: &Context) -> (Staff, AccountId) {
        let owner = testing::owner(context).await;
        let ada = testing::onboarded(context, &owner, "ada").await;
        (owner, ada)
    }

    #[tokio::test]
    async fn the_link_sets_a_password_ends_sessions_and_tells_the_holder() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            testing::session(&context, ada).await;
            ask_and_work(&context, " ADA@example.com ").await;
            let token = token(&context, "ada@example.com").await;
            let shown = Resettable { email: "ada@example.com".into(), has_second_factor: false };
            assert_eq!(look(&context, &token).await.unwrap(), Ok(shown));
            complete(&context, &token, NEW).await.unwrap();
            assert_eq!(testing::open_sessions(&context, ada).await, 0, "a reset signs nobody in");
            assert!(sign_in::sign_in(&context, "ada@example.com", PASSWORD, Default::default()).await.is_err());
            assert!(sign_in::sign_in(&context, "ada@example.com", NEW, Default::default()).await.is_ok());
            let last = testing::mailed(&context, "ada@example.com").await.pop().unwrap();
            assert!(matches!(last, Content::Alert { alert: Alert::PasswordReset, .. }), "{last:?}");
            assert_eq!(testing::events_of(&context, ada, EventKind::PasswordReset).await, 1);
            assert_eq!(look(&context, &token).await.unwrap(), Err(LinkProblem::Used));
            assert!(matches!(complete(&context, &token, PASSWORD).await, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn beside_a_second_factor_a_shorter_one_does_and_the_stores_name_is_no_password() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            let store = testing::account(&context, ada).await.store_id;
            crate::stores::rename(&context, &owner, store, "People", "Quixotry Zeppelin").await.unwrap();
            let fresh = async || {
                ask_and_work(&context, "ada@example.com").await;
                token(&context, "ada@example.com").await
            };
            let link = fresh().await;
            for bad in ["k9#mVq2x", "Quixotry Zeppelin"] {
                let wrong = complete(&context, &link, bad).await.unwrap_err();
                assert_eq!(testing::wrong_fields(wrong), ["password"], "{bad}");
            }
            testing::app(&context, ada).await;
            assert!(look(&context, &link).await.unwrap().unwrap().has_second_factor);
            complete(&context, &link, "k9#mVq2x").await.unwrap();
            // It stands beside the second factor only.
            let holder = testing::holder(&context, ada).await;
            crate::authenticators::reset_own(&context, &holder, "k9#mVq2x").await.unwrap();
            let begun = sign_in::sign_in(&context, "ada@example.com", "k9#mVq2x", Default::default()).await.ok();
            assert_eq!(begun.unwrap().unfinished().step, sign_in::Step::NewPassword);
        })
        .await;
    }

    #[tokio::test]
    async fn asking_is_the_same_for_everybody_and_mails_only_whom_there_is() {
        testing::on_both(|context| async move {
            let (owner, _) = ada(&context).await;
            let bare = testing::user(&context, &owner, "bare").await;
            for (name, action) in [("disabled", BulkAction::Disable), ("deleted", BulkAction::Delete)] {
                let id = testing::onboarded(&context, &owner, name).await;
                testing::bulk(&context, &owner, action, &[id]).await;
            }
            let before = testing::messages(&context).await.len();
            for name in ["nobody@example.com", "nobody", "bare@example.com", "disabled@example.com", "", "\0", "%"] {
                ask_and_work(&context, name).await;
            }
            ask_and_work(&context, "deleted@example.com").await;
            assert_eq!(testing::messages(&context).await.len(), before);
            assert_eq!(requests::Entity::find().all(context.database.read()).await.unwrap().len(), 0);
            // Who was invited gets the invitation again.
            testing::bulk(&context, &owner, BulkAction::SendActivation, &[bare]).await;
            context.clock.advance_seconds(3600);
            ask_and_work(&context, "bare@example.com").await;
            let mails = testing::mailed(&context, "bare@example.com").await;
            assert!(matches!(mails.as_slice(), [Content::Activation { .. }, Content::Activation { .. }]), "{mails:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn somebody_of_another_store_is_mailed_and_whom_the_default_store_hides_is_not() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            let store = testing::another_store(&context).await;
            let grace = testing::onboarded(&context, &owner, "grace").await;
            testing::move_to_store(&context, grace, store).await;
            ask_and_work(&context, "grace@example.com").await;
            complete(&context, &token(&context, "grace@example.com").await, NEW).await.unwrap();
            assert!(sign_in::sign_in(&context, "grace@example.com", NEW, Default::default()).await.is_ok());
            users::create_in(&context, &owner, Some(store), &testing::form("ada"), &[]).await.unwrap();
            ask_and_work(&context, "ada@example.com").await;
            complete(&context, &token(&context, "ada@example.com").await, NEW).await.unwrap();
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len(), 2, "the link, and the alert");
            assert_eq!(testing::events_of(&context, ada, EventKind::PasswordReset).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn asking_over_and_over_sends_few_mails_and_says_the_same() {
        testing::on_both(|context| async move {
            ada(&context).await;
            for _ in 0..12 {
                ask_and_work(&context, "ada@example.com").await;
            }
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len(), 3);
            for at in 0..60 {
                ask(&context, &format!("nobody{at}")).await.unwrap();
            }
            assert!(matches!(ask(&context, "owner@example.com").await.unwrap(), Asked::TooMany { .. }));
        })
        .await;
    }

    fn from_network(context: &Context, ip: &str) -> Context {
        let origin = Origin { ip: Some(ip.into()), ..context.origin.clone() };
        Context { roster: context.roster.clone(), origin }
    }

    #[tokio::test]
    async fn nobody_keeps_somebody_from_a_reset_by_asking_over_and_over() {
        testing::on_both(|context| async move {
            ada(&context).await;
            let mails = async || testing::mailed(&context, "ada@example.com").await.len();
            // For three hours, every minute, until the network itself has to wait.
            let attacker = from_network(&context, "198.51.100.7");
            for _ in 0..180 {
                ask(&attacker, "ada@example.com").await.unwrap();
                while work(&context).await.unwrap() {}
                context.clock.advance_seconds(60);
            }
            let before = mails().await;
            assert_eq!(before, 3 + 11, "a quarter of an hour is between two, and does not grow by asking");
            ask_and_work(&context, "ada@example.com").await;
            assert_eq!(mails().await, before + 1);
            complete(&context, &token(&context, "ada@example.com").await, NEW).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn from_many_networks_few_mails_are_sent_and_the_last_link_works() {
        testing::on_both(|context| async move {
            ada(&context).await;
            for at in 0..40 {
                ask_and_work(&from_network(&context, &format!("2001:db8:0:{at:x}::1")), "ada@example.com").await;
            }
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len() as i64, MOST_IN_AN_HOUR);
            complete(&context, &token(&context, "ada@example.com").await, NEW).await.unwrap();
            context.clock.advance_seconds(60 * 60);
            ask_and_work(&context, "ada@example.com").await;
            token(&context, "ada@example.com").await;
        })
        .await;
    }

    #[tokio::test]
    async fn neighbours_in_ipv6_ask_as_one() {
        testing::on_both(|context| async move {
            ada(&context).await;
            for at in 0..12 {
                ask_and_work(&from_network(&context, &format!("2001:db8::{at:x}")), "ada@example.com").await;
            }
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len(), 3);
        })
        .await;
    }

    #[tokio::test]
    async fn a_later_link_and_a_new_password_void_the_earlier_one() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            ask_and_work(&context, "ada@example.com").await;
            let first = token(&context, "ada@example.com").await;
            testing::bulk(&context, &owner, BulkAction::SendPasswordReset, &[ada]).await;
            let second = token(&context, "ada@example.com").await;
            assert_eq!(look(&context, &first).await.unwrap(), Err(LinkProblem::Replaced));
            users::set_password(&context, &owner, ada, NEW, false).await.unwrap();
            assert_eq!(look(&context, &second).await.unwrap(), Err(LinkProblem::Replaced));
            assert!(matches!(complete(&context, &second, PASSWORD).await, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_is_over_after_an_hour_and_with_its_account() {
        testing::on_both(|context| async move {
            let (owner, ada) = ada(&context).await;
            ask_and_work(&context, "ada@example.com").await;
            let first = token(&context, "ada@example.com").await;
            context.clock.advance_seconds(60 * 60);
            assert_eq!(look(&context, &first).await.unwrap(), Err(LinkProblem::Expired));
            assert!(matches!(complete(&context, &first, NEW).await, Err(Error::NotFound(_))));
            ask_and_work(&context, "ada@example.com").await;
            let second = token(&context, "ada@example.com").await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await;
            assert!(matches!(complete(&context, &second, NEW).await, Err(Error::NotFound(_))));
            testing::bulk(&context, &owner, BulkAction::Enable, &[ada]).await;
            assert!(matches!(complete(&context, &second, NEW).await, Err(Error::NotFound(_))), "it ended for good");
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_one_sets_the_password() {
        testing::on_both(|context| async move {
            ada(&context).await;
            ask_and_work(&context, "ada@example.com").await;
            let token = token(&context, "ada@example.com").await;
            let (one, other) =
                tokio::join!(complete(&context, &token, NEW), complete(&context, &token, "an apple for the doctor"));
            assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|won| **won).count(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_reset_ends_a_lockout() {
        testing::on_both(|context| async move {
            let (_, ada) = ada(&context).await;
            for _ in 0..10 {
                let _ = sign_in::sign_in(&context, "ada@example.com", "wrong", Default::default()).await;
            }
            assert!(testing::account(&context, ada).await.locked_until.is_some());
            ask_and_work(&context, "ada@example.com").await;
            complete(&context, &token(&context, "ada@example.com").await, NEW).await.unwrap();
            assert!(sign_in::sign_in(&context, "ada@example.com", NEW, Default::default()).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn a_help_desk_does_not_reset_an_owner() {
        testing::on_both(|context| async move {
            let (owner, _) = ada(&context).await;
            let role = types::permissions::BuiltInRole::HelpDesk;
            let desk = testing::staff_with(&context, &owner, "desk", role, None).await;
            let report = testing::bulk(&context, &desk, BulkAction::SendPasswordReset, &[owner.account]).await;
            assert_eq!((report.done, report.skipped), (0, 1));
            assert_eq!(testing::mailed(&context, "owner@example.com").await.len(), 0);
        })
        .await;
    }
}
