//! **This wasn't me** (E5): somebody else was in one's account. Every session ends, what was set up
//! since then goes, and the password stops working until a mailed link sets another one.

use db::entities::{accounts, authenticators, devices, events as rows, security_codes};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use types::events::{Disowning, EventKind, FieldChange};
use types::{AccountId, EventId, Timestamp};

use crate::authenticators::remove_one;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind};
use crate::messages::{Alert, alert};
use crate::users::send_password_reset::send_password_reset;
use crate::{Context, Error, Holder, Result, Roster, sessions, sign_in};

/// What is longer ago is not asked about: what was set up since then would go.
const LOOK_BACK_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Whether the holder can disown what happened: only what somebody with their password, device or
/// session does, not what staff did.
pub(super) fn disowning(
    kind: EventKind,
    by: Option<AccountId>,
    holder: AccountId,
    at: Timestamp,
    now: Timestamp,
) -> Disowning {
    use EventKind::{
        AccountDownloaded, AccountEdited, AuthenticatorAdded, AuthenticatorRemoved, AuthenticatorRenamed,
        DefaultFactorChanged, DeviceAdded, DeviceRemoved, EmailChangeRequested, EmailChanged, PasskeyRefused,
        PasswordChangeFailed, PasswordChanged, PasswordReset, ProofFailed, SecondFactorFailed, SecondFactorReset,
        SecurityCodeUsed, SecurityCodesMade, SessionEnded, SignedIn,
    };
    if by.is_some_and(|by| by != holder) || now.seconds_since(at) > LOOK_BACK_SECONDS {
        return Disowning::No;
    }
    match kind {
        EmailChanged => Disowning::AskStaff,
        // Wrong passwords are not among them: nobody came in.
        SignedIn | SessionEnded | PasswordChanged | PasswordReset | PasswordChangeFailed | EmailChangeRequested
        | SecondFactorFailed | SecondFactorReset | AuthenticatorAdded | AuthenticatorRemoved | AuthenticatorRenamed
        | DefaultFactorChanged | PasskeyRefused | SecurityCodesMade | SecurityCodeUsed | ProofFailed
        | AccountEdited | AccountDownloaded | DeviceAdded | DeviceRemoved => Disowning::Yes,
        _ => Disowning::No,
    }
}

/// What the page asks about: the event's kind and when it was.
///
/// # Errors
/// As [`disown`].
pub async fn may_be_disowned(roster: &Roster, holder: &Holder, id: EventId) -> Result<(EventKind, Timestamp)> {
    find(roster.database.read(), holder, id, roster.now()).await
}

/// Ends every session, this one too; removes second factors and security codes that were set up since
/// the event; and lets the password sign in no more until the link that is mailed sets another one.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::NotFound`] for another account's event; [`Error::Conflict`] for one
/// that cannot be disowned.
pub async fn disown(context: &Context, holder: &Holder, id: EventId) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(&transaction).await?;
    let account = account.ok_or(Error::SignIn)?;
    let (kind, at) = find(&transaction, holder, id, context.now()).await?;
    refuse_if_address_changed(&transaction, holder, at).await?;
    forget_since(&transaction, context, &account, at).await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::PasswordExpiresAt, context.now().into())
        .col_expr(accounts::Column::PasswordNoticeAt, Expr::val(None::<i64>))
        .filter(accounts::Column::Id.eq(account.id))
        .exec(&transaction)
        .await?;
    sessions::end_all_of(&transaction, context, &[account.id]).await?;
    sign_in::void_all_of(&transaction, context, &[account.id]).await?;
    links::void(&transaction, &[account.id], &LinkKind::ALL, context.now()).await?;
    let what = format!("{}, {}", kind.label(), at.minute());
    let change = FieldChange::new("event", Some(&what), None);
    let event = Event::new(EventKind::EventDisowned).by(holder).on(account.id).changes(vec![change]);
    events::write(&transaction, context, event).await?;
    alert(&transaction, context, &account, Alert::EventDisowned).await?;
    send_password_reset(&transaction, context, None, &[account]).await?;
    transaction.commit().await?;
    Ok(())
}

async fn find(
    connection: &impl ConnectionTrait,
    holder: &Holder,
    id: EventId,
    now: Timestamp,
) -> Result<(EventKind, Timestamp)> {
    let row = rows::Entity::find_by_id(id).filter(rows::Column::SubjectId.eq(holder.account)).one(connection).await?;
    let row = row.ok_or(Error::NotFound("event"))?;
    let kind = EventKind::from_key(&row.kind).ok_or(Error::NotFound("event"))?;
    if row.session_id == Some(holder.session) {
        return Err(Error::Conflict("That was done in this session, by you.".into()));
    }
    match disowning(kind, row.actor_id, holder.account, row.at, now) {
        Disowning::Yes => Ok((kind, row.at)),
        Disowning::AskStaff => Err(Error::Conflict(ASK_STAFF.into())),
        Disowning::No => Err(Error::Conflict("This cannot be undone from here. Ask an administrator.".into())),
    }
}

const ASK_STAFF: &str = "Your email address was changed since then, so a link could reach the wrong person. \
    Ask an administrator to help you, now.";

async fn refuse_if_address_changed(transaction: &DatabaseTransaction, holder: &Holder, since: Timestamp) -> Result<()> {
    let changed = rows::Entity::find()
        .filter(rows::Column::SubjectId.eq(holder.account))
        .filter(rows::Column::Kind.eq(EventKind::EmailChanged.key()))
        .filter(rows::Column::At.gte(since))
        .limit(1)
        .one(transaction)
        .await?;
    if changed.is_some() { Err(Error::Conflict(ASK_STAFF.into())) } else { Ok(()) }
}

/// Whoever was in may have left a way in for later.
async fn forget_since(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    since: Timestamp,
) -> Result<()> {
    let added = authenticators::Entity::find()
        .filter(authenticators::Column::AccountId.eq(account.id))
        .filter(authenticators::Column::CreatedAt.gte(since))
        .all(transaction)
        .await?;
    for row in added {
        remove_one(transaction, context, account, &row).await?;
    }
    // Or a browser that counts as known from then on.
    devices::Entity::delete_many()
        .filter(devices::Column::AccountId.eq(account.id))
        .filter(devices::Column::RegisteredAt.gte(since))
        .exec(transaction)
        .await?;
    security_codes::Entity::delete_many()
        .filter(security_codes::Column::AccountId.eq(account.id))
        .filter(security_codes::Column::CreatedAt.gte(since))
        .exec(transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::authenticators::FactorKind;
    use types::events::OwnActivity;

    use super::*;
    use crate::account::activity;
    use crate::authenticators::passkey::{self, Occasion};
    use crate::authority::authenticate;
    use crate::messages::Content;
    use crate::recent_proof::RECENT_SECONDS;
    use crate::sign_in::{Refusal, SignIn, Whence, sign_in, sign_in_with_passkey};
    use crate::testing::{self, PASSWORD};
    use crate::{Staff, password_reset, users};

    struct World {
        owner: Staff,
        ada: AccountId,
        /// Somebody else's session in Ada's name, and the event of its sign-in.
        stranger: String,
        strange: EventId,
        holder: Holder,
    }

    async fn world(context: &Context) -> World {
        let owner = testing::owner(context).await;
        let ada = testing::onboarded(context, &owner, "ada").await;
        context.clock.advance_seconds(60);
        let stranger = sign_in(context, "ada@example.com", PASSWORD, Whence::default()).await.ok().unwrap().session();
        let holder = testing::holder(context, ada).await;
        let strange = find_kind(&activity(context, &holder, None).await.unwrap(), EventKind::SignedIn);
        World { owner, ada, stranger: stranger.token.expose().to_owned(), strange, holder }
    }

    fn find_kind(page: &OwnActivity, kind: EventKind) -> EventId {
        page.events.iter().find(|one| one.event.kind == kind).unwrap().event.id
    }

    fn disowning_of(page: &OwnActivity, kind: EventKind) -> Disowning {
        page.events.iter().find(|one| one.event.kind == kind).unwrap().disowning
    }

    #[tokio::test]
    async fn it_ends_everything_and_starts_recovery() {
        testing::on_both(|context| async move {
            let World { ada, stranger, strange, holder, .. } = world(&context).await;
            context.clock.advance_seconds(60);
            // What the stranger left behind.
            testing::app(&context, ada).await;
            let mut device = testing::passkey(&context, ada, "Theirs").await;
            disown(&context, &holder, strange).await.unwrap();
            assert!(authenticate(&context, &stranger).await.is_err());
            assert_eq!(testing::open_sessions(&context, ada).await, 0);
            assert_eq!(testing::account(&context, ada).await.second_factor, None);
            let entered = sign_in(&context, "ada@example.com", PASSWORD, Whence::default()).await;
            assert!(matches!(entered, Err(Refusal::PasswordExpired)));
            let question = passkey::ask(&context, Occasion::SignIn).await.unwrap();
            let answer = device.get(&question.options);
            let entered = sign_in_with_passkey(&context, &question.sealed, &answer, Whence::default()).await;
            assert!(matches!(entered, Err(Refusal::NotMatching)));
            let mails = testing::mailed(&context, "ada@example.com").await;
            let told = |mail: &&Content| matches!(mail, Content::Alert { alert: Alert::EventDisowned, .. });
            assert_eq!(mails.iter().filter(told).count(), 1);
            let token = mails.iter().find_map(|mail| match mail {
                Content::PasswordReset { token, .. } => Some(token.clone()),
                _ => None,
            });
            password_reset::complete(&context, &token.unwrap(), "seven purple elephants dance").await.unwrap();
            let entered = sign_in(&context, "ada@example.com", "seven purple elephants dance", Whence::default()).await;
            assert!(matches!(entered, Ok(SignIn::Done(_))));
            assert_eq!(testing::events_of(&context, ada, EventKind::EventDisowned).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn what_was_there_before_stays() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::app(&context, ada).await;
            context.clock.advance_seconds(1);
            let transaction = context.database.begin().await.unwrap();
            events::write(&transaction, &context, Event::new(EventKind::SecondFactorFailed).refused().on(ada))
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            let holder = testing::holder(&context, ada).await;
            let strange = find_kind(&activity(&context, &holder, None).await.unwrap(), EventKind::SecondFactorFailed);
            disown(&context, &holder, strange).await.unwrap();
            let kept = testing::account(&context, ada).await.second_factor;
            assert_eq!(kept.as_deref(), Some(FactorKind::AuthenticatorApp.key()));
        })
        .await;
    }

    #[tokio::test]
    async fn only_ones_own_strange_events_of_late_and_only_with_a_recent_proof() {
        testing::on_both(|context| async move {
            let World { owner, ada, strange, holder, .. } = world(&context).await;
            let another = testing::holder(&context, owner.account).await;
            assert!(matches!(disown(&context, &another, strange).await, Err(Error::NotFound(_))));
            assert!(matches!(may_be_disowned(&context, &another, strange).await, Err(Error::NotFound(_))));
            assert!(may_be_disowned(&context, &holder, strange).await.is_ok());
            users::edit(&context, &owner, ada, &testing::form("ada2"), testing::account(&context, ada).await.version)
                .await
                .unwrap();
            crate::account_data::of_holder(&context, &holder).await.unwrap();
            let holder = testing::holder(&context, ada).await;
            let page = activity(&context, &holder, None).await.unwrap();
            assert_eq!(disowning_of(&page, EventKind::AccountEdited), Disowning::No, "by staff");
            assert_eq!(disowning_of(&page, EventKind::SignedIn), Disowning::Yes);
            let by_staff = page.events.iter().find(|one| one.event.kind == EventKind::AccountEdited).unwrap();
            let actor = by_staff.event.actor.as_ref().unwrap();
            assert_eq!((actor.name.as_str(), &by_staff.event.ip), ("Staff", &None));
            let edited = by_staff.event.id;
            assert!(matches!(disown(&context, &holder, edited).await, Err(Error::Conflict(_))));
            context.clock.advance_seconds(RECENT_SECONDS);
            assert!(matches!(disown(&context, &holder, strange).await, Err(Error::ProofNeeded)));
            context.clock.advance_seconds(LOOK_BACK_SECONDS);
            let holder = testing::holder(&context, ada).await;
            assert!(matches!(disown(&context, &holder, strange).await, Err(Error::Conflict(_))));
            assert_eq!(testing::events_of(&context, ada, EventKind::EventDisowned).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn what_this_session_did_was_oneself() {
        testing::on_both(|context| async move {
            let World { ada, .. } = world(&context).await;
            let session =
                sign_in(&context, "ada@example.com", PASSWORD, Whence::default()).await.ok().unwrap().session();
            let holder = authenticate(&context, session.token.expose()).await.unwrap();
            let page = activity(&context, &holder, None).await.unwrap();
            let entered: Vec<_> = page.events.iter().filter(|one| one.event.kind == EventKind::SignedIn).collect();
            assert_eq!([entered[0].disowning, entered[1].disowning], [Disowning::No, Disowning::Yes]);
            let own = disown(&context, &holder, entered[0].event.id).await;
            assert!(matches!(own, Err(Error::Conflict(_))));
            assert!(testing::open_sessions(&context, ada).await > 0);
        })
        .await;
    }

    #[tokio::test]
    async fn no_link_goes_to_an_address_that_came_later() {
        testing::on_both(|context| async move {
            let World { ada, strange, holder, .. } = world(&context).await;
            let transaction = context.database.begin().await.unwrap();
            let event = Event::new(EventKind::EmailChanged).by_account(ada).on(ada);
            events::write(&transaction, &context, event).await.unwrap();
            transaction.commit().await.unwrap();
            let before = testing::messages(&context).await.len();
            assert!(matches!(disown(&context, &holder, strange).await, Err(Error::Conflict(_))));
            let page = activity(&context, &holder, None).await.unwrap();
            assert_eq!(disowning_of(&page, EventKind::EmailChanged), Disowning::AskStaff);
            assert_eq!(testing::messages(&context).await.len(), before);
        })
        .await;
    }

    #[tokio::test]
    async fn twice_at_once_mails_one_link_that_works() {
        testing::on_both(|context| async move {
            let World { ada, strange, holder, .. } = world(&context).await;
            let (one, two) = tokio::join!(disown(&context, &holder, strange), disown(&context, &holder, strange));
            assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
            let mut works = 0;
            for mail in testing::mailed(&context, "ada@example.com").await {
                if let Content::PasswordReset { token, .. } = mail {
                    works += usize::from(password_reset::look(&context, &token).await.unwrap().is_ok());
                }
            }
            assert_eq!((works, testing::open_sessions(&context, ada).await), (1, 0));
        })
        .await;
    }
}
