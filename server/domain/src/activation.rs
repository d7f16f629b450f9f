//! What the link of an activation mail does (O1–O3): a password, and one is signed in.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use types::AccountId;
use types::authenticators::Method;
use types::events::EventKind;
use types::settings::Onboarding;

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind, LinkProblem};
use crate::sign_in::{self, SignIn, Whence};
use crate::users::columns::next_version;
use crate::users::send_activation::{cannot_be_activated, send_activation};
use crate::users::send_welcome::send_welcome;
use crate::{Context, Error, Result, passwords, settings};

/// A minute between two mails that somebody with an old link asks for.
const AGAIN_SECONDS: i64 = 60;

/// Whose account a link activates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    pub name: String,
    pub email: String,
}

/// What a link's page shows: whose account it is, or why it does not work.
pub async fn look(context: &Context, token: &str) -> Result<Result<Invited, LinkProblem>> {
    let connection = context.database.read();
    Ok(match links::look(connection, context, LinkKind::Activation, token).await? {
        Err((_, problem)) => Err(problem),
        Ok(link) => match activatable(connection, link.account_id).await? {
            Some(account) => Ok(Invited { name: account.name, email: account.email }),
            None => Err(LinkProblem::Unknown),
        },
    })
}

async fn activatable(connection: &impl ConnectionTrait, id: AccountId) -> Result<Option<accounts::Model>> {
    let account = accounts::Entity::find_by_id(id).one(connection).await?;
    Ok(account.filter(|account| account.deleted_at.is_none() && cannot_be_activated(account).is_none()))
}

/// Sets the password and signs in, or leads to what is left to do; the address that the link was mailed to is proven.
/// The link works once. `previous`: the token that the browser still holds, which ends with this.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more); field error `password`.
pub async fn complete(context: &Context, token: &str, password: &str, previous: Option<&str>) -> Result<SignIn> {
    let gone = || Error::NotFound("activation link");
    let connection = context.database.read();
    let Ok(link) = links::look(connection, context, LinkKind::Activation, token).await? else { return Err(gone()) };
    let account = activatable(connection, link.account_id).await?.ok_or_else(gone)?;
    let words = passwords::words(connection, &account).await?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    passwords::check(password, &words).map_err(|why| Error::field("password", why))?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let now = context.now();
    let transaction = context.database.begin().await?;
    // Asked again inside: of two at once, one wins, and a disabling meanwhile is not overtaken.
    let locked = accounts::Entity::find_by_id(link.account_id).lock(TO_CHANGE).one(&transaction).await?;
    let account =
        locked.filter(|row| row.deleted_at.is_none() && cannot_be_activated(row).is_none()).ok_or_else(gone)?;
    if !links::use_up(&transaction, context, LinkKind::Activation, token).await? {
        return Err(gone());
    }
    let proven = link.email.is_some_and(|email| email == account.email_key);
    let verified_at = account.email_verified_at.or(proven.then_some(now));
    accounts::Entity::update_many()
        .col_expr(accounts::Column::OnboardedAt, now.into())
        .col_expr(accounts::Column::EmailVerifiedAt, Expr::val(verified_at))
        .col_expr(accounts::Column::ActivationSentAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::ActivationExpiresAt, Expr::val(None::<i64>))
        .col_expr(accounts::Column::Version, next_version())
        .filter(accounts::Column::Id.eq(account.id))
        .exec(&transaction)
        .await?;
    passwords::store(&transaction, account.id, hash, false, now).await?;
    let event = Event::new(EventKind::AccountActivated).by_account(account.id).on(account.id);
    events::write(&transaction, context, event).await?;
    // A second factor has to be set up before anybody is signed in (S4), or is offered once.
    let account = accounts::Model { onboarded_at: Some(now), locked_until: None, ..account };
    let whence = Whence { previous, return_to: None };
    let signed_in =
        sign_in::after_first_proof(&transaction, context, &account, Method::Password, false, whence).await?;
    if settings::read::<Onboarding>(&transaction, account.store_id).await?.welcome_mail {
        send_welcome(&transaction, context, None, std::slice::from_ref(&account)).await?;
    }
    transaction.commit().await?;
    Ok(signed_in)
}

/// From the page of a link that expired or was replaced: mails a new one to the account's address.
/// Where there is nothing to mail, nothing happens, and nothing is said.
pub async fn send_again(context: &Context, token: &str) -> Result<()> {
    let transaction = context.database.begin().await?;
    let link = match links::look(&transaction, context, LinkKind::Activation, token).await? {
        Err((Some(link), LinkProblem::Expired | LinkProblem::Replaced)) => link,
        _ => return Ok(()),
    };
    let locked = accounts::Entity::find_by_id(link.account_id).lock(TO_CHANGE).one(&transaction).await?;
    if let Some(account) = locked.filter(|account| may_be_sent_again(context, account)) {
        send_activation(&transaction, context, None, &[account], None).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Whether its holder may have another activation mail now.
pub(crate) fn may_be_sent_again(context: &Context, account: &accounts::Model) -> bool {
    account.deleted_at.is_none()
        && cannot_be_activated(account).is_none()
        && account.activation_sent_at.is_some_and(|at| at.plus_seconds(AGAIN_SECONDS) <= context.now())
}

#[cfg(test)]
mod tests {
    use types::Permission;
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::directory::RoleForm;

    use types::authenticators::SecondFactorPolicy;
    use types::permissions::BuiltInRole;
    use types::settings::SignIn as SignInSettings;

    use super::*;
    use crate::authenticators::authenticator_app;
    use crate::authority::authenticate;
    use crate::messages::Content;
    use crate::sign_in::{NewPreSession, Progress, Step, StepRefusal, set_up_app, skip_set_up, unfinished};
    use crate::testing::{self, PASSWORD};
    use crate::{Staff, directory, jobs, roles, users};

    /// An account that was just sent a link; gives the link's token.
    async fn invited(context: &Context, owner: &Staff, name: &str) -> (AccountId, String) {
        let id = testing::user(context, owner, name).await;
        testing::bulk(context, owner, BulkAction::SendActivation, &[id]).await;
        (id, last_token(context, &format!("{name}@example.com")).await)
    }

    async fn skip(context: &Context, begun: &NewPreSession) -> Result<Progress, StepRefusal> {
        skip_set_up(context, begun.token.expose(), begun.id, None).await
    }

    async fn policy(context: &Context, owner: &Staff, policy: SecondFactorPolicy) {
        testing::set(context, owner, |settings: &mut SignInSettings| settings.second_factor = policy).await;
    }

    /// Signs in by password: signed in, or the step that comes first.
    async fn enter(context: &Context, name: &str) -> Result<(), Step> {
        let email = format!("{name}@example.com");
        match sign_in::sign_in(context, &email, PASSWORD, Whence::default()).await.ok().unwrap() {
            SignIn::Done(_) => Ok(()),
            SignIn::Unfinished(begun) => Err(begun.step),
        }
    }

    async fn last_token(context: &Context, email: &str) -> String {
        match testing::mailed(context, email).await.pop() {
            Some(Content::Activation { token, .. } | Content::Invitation { token, .. }) => token,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_link_gives_a_password_proves_the_address_and_signs_in_once() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, token) = invited(&context, &owner, "ada").await;
            let invited = look(&context, &token).await.unwrap().unwrap();
            assert_eq!(invited, Invited { name: "ada".into(), email: "ada@example.com".into() });
            let begun = complete(&context, &token, PASSWORD, None).await.unwrap().unfinished();
            assert_eq!((begun.step, testing::open_sessions(&context, ada).await), (Step::SetUpSecondFactor, 0));
            let Ok(Progress::Done(session)) = skip(&context, &begun).await else { panic!("not signed in") };
            assert_eq!(authenticate(&context, session.token.expose()).await.unwrap().account, ada);
            let row = testing::account(&context, ada).await;
            assert_eq!(row.onboarded_at, Some(context.now()));
            assert_eq!(row.email_verified_at, Some(context.now()));
            assert_eq!((row.activation_sent_at, row.activation_expires_at), (None, None));
            assert_eq!(enter(&context, "ada").await, Ok(()), "offered once");
            assert!(matches!(testing::mailed(&context, "ada@example.com").await[1], Content::Welcome));
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountActivated).await, 1);
            assert_eq!(look(&context, &token).await.unwrap(), Err(LinkProblem::Used));
            let again = complete(&context, &token, "another fine long password", None).await;
            assert!(matches!(again, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_one_gets_in() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, token) = invited(&context, &owner, "ada").await;
            let (one, other) = tokio::join!(
                complete(&context, &token, PASSWORD, None),
                complete(&context, &token, "another fine long password", None)
            );
            assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|won| **won).count(), 1);
            let begun = one.or(other).unwrap().unfinished();
            let (one, other) = tokio::join!(skip(&context, &begun), skip(&context, &begun));
            assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|won| **won).count(), 1);
            assert!(matches!(skip(&context, &begun).await, Err(StepRefusal::StartAgain)));
            assert_eq!(testing::open_sessions(&context, ada).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_second_factor_is_offered_where_it_is_optional_and_must_be_where_it_is_required() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            policy(&context, &owner, SecondFactorPolicy::Off).await;
            let (_, token) = invited(&context, &owner, "ada").await;
            assert!(matches!(complete(&context, &token, PASSWORD, None).await, Ok(SignIn::Done(_))));

            policy(&context, &owner, SecondFactorPolicy::Required).await;
            let (bob, token) = invited(&context, &owner, "bob").await;
            let begun = complete(&context, &token, PASSWORD, None).await.unwrap().unfinished();
            assert!(!unfinished(&context, begun.token.expose()).await.unwrap().unwrap().may_skip_set_up);
            let refused = skip(&context, &begun).await;
            assert!(matches!(refused, Err(StepRefusal::OtherStep(Step::SetUpSecondFactor))));
            assert_eq!(enter(&context, "bob").await, Err(Step::SetUpSecondFactor));
            assert_eq!(testing::open_sessions(&context, bob).await, 0);

            policy(&context, &owner, SecondFactorPolicy::Optional).await;
            let (eve, token) = invited(&context, &owner, "eve").await;
            let begun = complete(&context, &token, PASSWORD, None).await.unwrap().unfinished();
            assert!(unfinished(&context, begun.token.expose()).await.unwrap().unwrap().may_skip_set_up);
            // The page lies open while it becomes required: by a role, then by the settings.
            let role = testing::role(&context, BuiltInRole::HelpDesk).await;
            testing::give_role(&context, eve, BuiltInRole::HelpDesk, None).await;
            testing::require_second_factor(&context, &owner, role, true).await;
            assert!(matches!(skip(&context, &begun).await, Err(StepRefusal::OtherStep(_))));
            testing::require_second_factor(&context, &owner, role, false).await;
            policy(&context, &owner, SecondFactorPolicy::Required).await;
            assert!(matches!(skip(&context, &begun).await, Err(StepRefusal::OtherStep(_))));
            assert_eq!(testing::open_sessions(&context, eve).await, 0);
            policy(&context, &owner, SecondFactorPolicy::Optional).await;
            // Somebody else's form, and one without a sign-in.
            let (zoe, token) = invited(&context, &owner, "zoe").await;
            let others = complete(&context, &token, PASSWORD, None).await.unwrap().unfinished();
            let crossed = skip_set_up(&context, begun.token.expose(), others.id, None).await;
            assert!(matches!(crossed, Err(StepRefusal::StartAgain)));
            assert!(matches!(skip_set_up(&context, "", begun.id, None).await, Err(StepRefusal::StartAgain)));
            assert_eq!(testing::open_sessions(&context, zoe).await, 0);
            // Who closed the page is offered it at the first sign-in; who is disabled is not let in by it.
            assert_eq!(enter(&context, "zoe").await, Err(Step::SetUpSecondFactor));
            testing::bulk(&context, &owner, BulkAction::Disable, &[zoe]).await;
            assert!(matches!(skip(&context, &others).await, Err(StepRefusal::StartAgain)));
            // One who sets it up is signed in by it, and asked for it from then on.
            let set_up = authenticator_app::begin(&context, eve, "eve@example.com").unwrap();
            let code = testing::app_code(&context, &set_up.key);
            let done = set_up_app(&context, begun.token.expose(), begun.id, &set_up.sealed, &code, "", None).await;
            assert!(matches!(done, Ok(Progress::Done(_))));
            assert_eq!(enter(&context, "eve").await, Err(Step::SecondFactor));
            // A password that staff have set is no activation.
            testing::onboarded(&context, &owner, "old").await;
            assert_eq!(enter(&context, "old").await, Ok(()));
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_that_does_not_work_says_why_and_changes_nothing() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, first) = invited(&context, &owner, "ada").await;
            context.clock.advance_seconds(60);
            testing::bulk(&context, &owner, BulkAction::SendActivation, &[ada]).await;
            let second = last_token(&context, "ada@example.com").await;
            let (bob, late) = invited(&context, &owner, "bob").await;
            context.clock.advance_seconds(72 * 60 * 60);
            let (eve, disabled) = invited(&context, &owner, "eve").await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[eve]).await;
            let (zoe, deleted) = invited(&context, &owner, "zoe").await;
            testing::bulk(&context, &owner, BulkAction::Delete, &[zoe]).await;
            for (token, problem) in [
                (first.as_str(), LinkProblem::Replaced),
                (&second, LinkProblem::Expired),
                (&late, LinkProblem::Expired),
                (&disabled, LinkProblem::Unknown),
                (&deleted, LinkProblem::Replaced),
                (&"A".repeat(43), LinkProblem::Unknown),
                ("", LinkProblem::Unknown),
                ("\0", LinkProblem::Unknown),
            ] {
                assert_eq!(look(&context, token).await.unwrap(), Err(problem), "{token:?}");
                assert!(matches!(complete(&context, token, PASSWORD, None).await, Err(Error::NotFound(_))));
            }
            for id in [ada, bob, eve, zoe] {
                assert_eq!(testing::account(&context, id).await.onboarded_at, None);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_expired_link_brings_a_new_one_to_the_accounts_address_at_most_once_a_minute() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (_, token) = invited(&context, &owner, "ada").await;
            send_again(&context, &token).await.unwrap();
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len(), 1, "it works still");
            context.clock.advance_seconds(72 * 60 * 60);
            for _ in 0..3 {
                send_again(&context, &token).await.unwrap();
            }
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len(), 2);
            let new = last_token(&context, "ada@example.com").await;
            assert!(complete(&context, &new, PASSWORD, None).await.is_ok());
            context.clock.advance_seconds(60);
            send_again(&context, &token).await.unwrap();
            send_again(&context, "nonsense").await.unwrap();
            // The second mail and the welcome.
            assert_eq!(testing::mailed(&context, "ada@example.com").await.len(), 3);
        })
        .await;
    }

    #[tokio::test]
    async fn a_copied_link_proves_no_address() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, mailed) = invited(&context, &owner, "ada").await;
            let link = users::activation_link(&context, &owner, ada).await.unwrap();
            assert_eq!(look(&context, &mailed).await.unwrap(), Err(LinkProblem::Replaced));
            let token = link.split("token=").nth(1).unwrap();
            complete(&context, token, PASSWORD, None).await.unwrap();
            assert_eq!(testing::account(&context, ada).await.email_verified_at, None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_new_address_voids_the_link_that_went_to_the_old_one() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, token) = invited(&context, &owner, "ada").await;
            let form = types::accounts::AccountForm { email: "new@example.com".into(), ..testing::form("ada") };
            let version = testing::account(&context, ada).await.version;
            users::edit(&context, &owner, ada, &form, version).await.unwrap();
            assert_eq!(look(&context, &token).await.unwrap(), Err(LinkProblem::Replaced));
            assert_eq!(testing::account(&context, ada).await.activation_expires_at, Some(context.now()));
        })
        .await;
    }

    /// D6: whoever has less authority, and made or read a link, would be let in with more.
    #[tokio::test]
    async fn a_link_from_before_somebody_got_more_authority_lets_nobody_in() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let (auditor, owners) = (
                testing::role(&context, BuiltInRole::Auditor).await,
                testing::role(&context, BuiltInRole::Owner).await,
            );
            for (name, in_a_job) in [("ada", false), ("bob", true)] {
                let (id, mailed) = invited(&context, &owner, name).await;
                assert!(look(&context, &mailed).await.unwrap().is_ok());
                let link = users::activation_link(&context, &admin, id).await.unwrap();
                let copied = link.split("token=").nth(1).unwrap();
                if in_a_job {
                    let what = Parameters::Role { role: owners, organization: None };
                    let chosen = Selection::Accounts(vec![id]);
                    jobs::start(&context, &owner, BulkAction::AssignRole, &chosen, &what).await.unwrap();
                } else {
                    roles::assign(&context, &owner, id, &[owners], &[]).await.unwrap();
                }
                assert_eq!(look(&context, copied).await.unwrap(), Err(LinkProblem::Replaced), "{name}");
                assert!(complete(&context, copied, PASSWORD, None).await.is_err());
                let again = users::activation_link(&context, &admin, id).await;
                assert!(matches!(again, Err(Error::NotAllowed(_))), "{again:?}");
                users::activation_link(&context, &owner, id).await.unwrap();
            }
            // What is held already changes nothing.
            let (id, _) = invited(&context, &owner, "eve").await;
            roles::assign(&context, &owner, id, &[auditor], &[]).await.unwrap();
            let link = users::activation_link(&context, &owner, id).await.unwrap();
            roles::assign(&context, &owner, id, &[auditor], &[]).await.unwrap();
            assert!(look(&context, link.split("token=").nth(1).unwrap()).await.unwrap().is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_from_before_a_role_allowed_more_lets_nobody_in() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (ada, _) = invited(&context, &owner, "ada").await;
            let form = RoleForm {
                name: "Desk".into(),
                description: String::new(),
                permissions: vec![Permission::ViewUsers],
                requires_second_factor: false,
            };
            let role = directory::roles::create(&context, &owner, &form).await.unwrap();
            roles::assign(&context, &owner, ada, &[role], &[]).await.unwrap();
            let link = users::activation_link(&context, &owner, ada).await.unwrap();
            let token = link.split("token=").nth(1).unwrap();
            let renamed = RoleForm { name: "Help".into(), ..form.clone() };
            directory::roles::edit(&context, &owner, role, &renamed, 1).await.unwrap();
            assert!(look(&context, token).await.unwrap().is_ok());
            let stronger = RoleForm { permissions: vec![Permission::ViewUsers, Permission::DeleteUsers], ..renamed };
            directory::roles::edit(&context, &owner, role, &stronger, 2).await.unwrap();
            assert_eq!(look(&context, token).await.unwrap(), Err(LinkProblem::Replaced));
        })
        .await;
    }

    #[tokio::test]
    async fn a_weak_password_leaves_the_link_working() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let (_, token) = invited(&context, &owner, "ada").await;
            let wrong = complete(&context, &token, "short", None).await.err().unwrap();
            assert_eq!(testing::wrong_fields(wrong), ["password"]);
            assert!(complete(&context, &token, PASSWORD, None).await.is_ok());
        })
        .await;
    }
}
