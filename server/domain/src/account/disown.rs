//! **This wasn't me** (E5): somebody else was in one's account. Every session ends, what was set up
//! since then goes, and the password stops working until a mailed link sets another one.

use db::entities::{accounts, authenticators, devices, events as rows, security_codes};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use types::authenticators::FactorKind;
use types::events::{Disowning, EventKind, FieldChange};
use types::{AccountId, EventId, Timestamp};

use crate::authenticators::remove_one;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::links::{self, LinkKind};
use crate::messages::{Alert, alert};
use crate::users::send_password_reset::{ResetBy, send_password_reset};
use crate::{Context, Error, Holder, Result, Roster, codes, recovery, sessions, sign_in};

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
        AccountDownloaded, AccountEdited, AlternateEmailRemoved, AlternateEmailSet, AuthenticatorAdded,
        AuthenticatorRemoved, AuthenticatorRenamed, DefaultFactorChanged, DeviceAdded, DeviceRemoved,
        EmailChangeRequested, EmailChangeWithdrawn, EmailChanged, PasskeyRefused, PasswordChangeFailed,
        PasswordChanged, PasswordReset, PhoneChanged, ProofFailed, QuestionsRemoved, QuestionsSet, Recovered,
        RecoveryChosen, SecondFactorFailed, SecondFactorReset, SecurityCodeUsed, SecurityCodesMade, SessionEnded,
        SignedIn,
    };
    if by.is_some_and(|by| by != holder) || now.seconds_since(at) > LOOK_BACK_SECONDS {
        return Disowning::No;
    }
    match kind {
        EmailChanged => Disowning::AskStaff,
        // Wrong passwords are not among them: nobody came in.
        SignedIn
        | SessionEnded
        | PasswordChanged
        | PasswordReset
        | PasswordChangeFailed
        | EmailChangeRequested
        | EmailChangeWithdrawn
        | SecondFactorFailed
        | SecondFactorReset
        | AuthenticatorAdded
        | AuthenticatorRemoved
        | AuthenticatorRenamed
        | DefaultFactorChanged
        | PasskeyRefused
        | SecurityCodesMade
        | SecurityCodeUsed
        | ProofFailed
        | AccountEdited
        | AccountDownloaded
        | DeviceAdded
        | DeviceRemoved
        | PhoneChanged
        | AlternateEmailSet
        | AlternateEmailRemoved
        | QuestionsSet
        | QuestionsRemoved
        | RecoveryChosen
        | Recovered => Disowning::Yes,
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
/// the event, and whatever **Forgot my phone** would ask; and lets the password sign in no more until the
/// link that is mailed sets another one.
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
    send_password_reset(&transaction, context, ResetBy::Disowning, &[account]).await?;
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
    if has_happened(transaction, holder.account, EventKind::EmailChanged, since).await? {
        return Err(Error::Conflict(ASK_STAFF.into()));
    }
    Ok(())
}

async fn has_happened(
    transaction: &DatabaseTransaction,
    account: AccountId,
    kind: EventKind,
    since: Timestamp,
) -> Result<bool> {
    let found = rows::Entity::find()
        .filter(rows::Column::SubjectId.eq(account))
        .filter(rows::Column::Kind.eq(kind.key()))
        .filter(rows::Column::At.gte(since))
        .limit(1)
        .one(transaction)
        .await?;
    Ok(found.is_some())
}

/// Whoever was in may have left a way in for later.
async fn forget_since(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    since: Timestamp,
) -> Result<()> {
    let mut theirs = Condition::any().add(authenticators::Column::CreatedAt.gte(since));
    if has_happened(transaction, account.id, EventKind::PhoneChanged, since).await? {
        // An older factor has followed to a number that may be theirs.
        theirs = theirs.add(authenticators::Column::Kind.eq(FactorKind::SmsCode.key()));
        accounts::Entity::update_many()
            .col_expr(accounts::Column::VerifiedPhone, Expr::val(None::<String>))
            .filter(accounts::Column::Id.eq(account.id))
            .exec(transaction)
            .await?;
    }
    let added = authenticators::Entity::find()
        .filter(authenticators::Column::AccountId.eq(account.id))
        .filter(theirs)
        .all(transaction)
        .await?;
    for row in added {
        remove_one(transaction, context, account, &row).await?;
    }
    // It is not known since when these are as they are.
    recovery::forget(transaction, &[account.id]).await?;
    codes::void_all_of(transaction, &[account.id], context.now()).await?;
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
    use types::events::OwnActivity;
    use types::recovery::{Question, RecoveryMethod};
    use types::settings::AlternateLogin;

    use super::*;
    use crate::account::{activity, confirm_mobile, send_mobile_code};
    use crate::authenticators::passkey::{self, Occasion};
    use crate::authenticators::{code_factor, of_account, security_codes as codes_of};
    use crate::authority::authenticate;
    use crate::codes::PAUSE_SECONDS;
    use crate::messages::Content;
    use crate::recent_proof::RECENT_SECONDS;
    use crate::sign_in::{Refusal, SignIn, Whence, sign_in, sign_in_with_passkey};
    use crate::testing::{self, PASSWORD};
    use crate::{Staff, password_reset, users};

    struct World {
        owner: Staff,
        ada: AccountId,
        /// Of somebody else's sign-in in Ada's name.
        strange: EventId,
        holder: Holder,
    }

    async fn world(context: &Context) -> World {
        let owner = testing::owner(context).await;
        let ada = testing::onboarded(context, &owner, "ada").await;
        context.clock.advance_seconds(60);
        let _ = sign_in(context, "ada@example.com", PASSWORD, Whence::default()).await.ok().unwrap().session();
        let holder = testing::holder(context, ada).await;
        let strange = find_kind(&activity(context, &holder, None).await.unwrap(), EventKind::SignedIn);
        World { owner, ada, strange, holder }
    }

    fn find_kind(page: &OwnActivity, kind: EventKind) -> EventId {
        page.events.iter().find(|one| one.event.kind == kind).unwrap().event.id
    }

    fn disowning_of(page: &OwnActivity, kind: EventKind) -> Disowning {
        page.events.iter().find(|one| one.event.kind == kind).unwrap().disowning
    }

    async fn enrol_number(context: &Context, holder: &Holder, number: &str) {
        code_factor::send_own(context, holder, FactorKind::SmsCode, Some(number)).await.unwrap();
        let code = testing::code_sent_to(context, number).await;
        code_factor::confirm_own(context, holder, FactorKind::SmsCode, &code).await.unwrap();
    }

    async fn change_mobile(context: &Context, holder: &Holder, number: &str) {
        send_mobile_code(context, holder, Some(number)).await.unwrap();
        let code = testing::code_sent_to(context, number).await;
        confirm_mobile(context, holder, &code).await.unwrap();
    }

    /// Every kind of way in that somebody with the password can leave behind.
    async fn leave_ways_in(context: &Context, owner: &Staff, stranger: &Holder) {
        testing::set(context, owner, |settings: &mut AlternateLogin| {
            settings.security_codes_enabled = true;
            settings.forgot_phone_enabled = true;
            settings.users_choose = true;
        })
        .await;
        change_mobile(context, stranger, THEIRS).await;
        testing::app(context, stranger.account).await;
        testing::email_codes(context, stranger.account).await;
        codes_of::make(context, stranger).await.unwrap();
        let answers =
            [(Question::FirstConcert, "none"), (Question::DreamJob, "thief"), (Question::FirstBook, "how to")];
        testing::recovery(context, stranger, &answers, "stranger@elsewhere.example").await;
        recovery::choose_method(context, stranger, RecoveryMethod::Email).await.unwrap();
        let asked = crate::account::request_email_change(context, stranger, "stranger@new.example", PASSWORD).await;
        asked.unwrap();
        // A code that is on its way confirms nothing afterwards.
        context.clock.advance_seconds(PAUSE_SECONDS);
        send_mobile_code(context, stranger, Some(MINE)).await.unwrap();
    }

    const MINE: &str = "+41446681800";
    const THEIRS: &str = "+12025550143";

    #[tokio::test]
    async fn it_ends_everything_and_starts_recovery() {
        testing::on_both(|mut context| async move {
            testing::sms_gateway(&mut context);
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let own = testing::holder(&context, ada).await;
            change_mobile(&context, &own, MINE).await;
            enrol_number(&context, &own, MINE).await;
            context.clock.advance_seconds(PAUSE_SECONDS);
            let stranger = testing::session(&context, ada).await;
            let in_their_hands = authenticate(&context, &stranger).await.unwrap();
            leave_ways_in(&context, &owner, &in_their_hands).await;
            let mut device = testing::passkey(&context, ada, "Theirs").await;
            let held = of_account(&context, &in_their_hands).await.unwrap();
            assert_eq!((held.factors.len(), held.recovery.questions, held.codes.is_some()), (4, 3, true));
            let holder = testing::holder(&context, ada).await;
            // The first thing that the stranger did.
            let strange = find_kind(&activity(&context, &holder, None).await.unwrap(), EventKind::PhoneChanged);
            disown(&context, &holder, strange).await.unwrap();
            let mine = testing::holder(&context, ada).await;
            let left = of_account(&context, &mine).await.unwrap();
            assert_eq!(left.factors, []);
            assert_eq!((left.recovery.questions, left.recovery.alternate_email), (0, None));
            assert_eq!((left.codes, testing::account(&context, ada).await.verified_phone), (None, None));
            let row = db::entities::recoveries::Entity::find_by_id(ada).one(context.database.read()).await.unwrap();
            assert_eq!(row, None, "nor the way that they chose");
            let waiting = db::entities::one_time_codes::Entity::find().all(context.database.read()).await.unwrap();
            assert!(waiting.iter().all(|code| code.used_at.is_some()));
            let known = devices::Entity::find().filter(devices::Column::AccountId.eq(ada));
            let known =
                known.filter(devices::Column::RegisteredAt.lt(context.now())).all(context.database.read()).await;
            assert_eq!(known.unwrap().len(), 1, "the one that was there before");
            sessions::sign_out(&context, &mine).await.unwrap();
            assert!(authenticate(&context, &stranger).await.is_err());
            assert_eq!(testing::open_sessions(&context, ada).await, 0);
            assert_eq!(testing::account(&context, ada).await.second_factor, None);
            assert_eq!(crate::account::pending_email(&context, &mine).await.unwrap(), None);
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
    async fn each_way_in_can_be_disowned() {
        let (one, now) = (AccountId(uuid::Uuid::nil()), testing::START);
        for kind in [
            EventKind::PhoneChanged,
            EventKind::AlternateEmailSet,
            EventKind::AlternateEmailRemoved,
            EventKind::QuestionsSet,
            EventKind::QuestionsRemoved,
            EventKind::RecoveryChosen,
            EventKind::Recovered,
        ] {
            assert_eq!(disowning(kind, Some(one), one, now, now), Disowning::Yes, "{kind:?}");
        }
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
