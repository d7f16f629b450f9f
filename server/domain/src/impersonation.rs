//! **Impersonate user** (A11): staff see an account as its holder sees it, for a while, and change
//! nothing.
//!
//! It is a session of the account that names the staff member's own. It is worth something only while
//! that one is, and while its holder may still do this to the account; each request asks again. It is
//! never prolonged, has no authority, and proves nothing recently. What it may open is decided where
//! requests come in (`server/src/http/impersonation.rs`).

use db::entities::{accounts, sessions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Statement};
use types::events::EventKind;
use types::impersonation::{ImpersonationForm, REASON_MOST_CHARACTERS};
use types::{AccountId, Permission, SessionId, Timestamp, text};

use crate::authority::holding_more;
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::sessions::live;
use crate::tokens::Token;
use crate::users::refuse_holding_more;
use crate::{Context, Error, Holder, Result, Roster, Staff};

/// It is over by then, whatever is done meanwhile.
pub const MOST_SECONDS: i64 = 30 * 60;

/// Who looks, in the place of the holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    pub account: AccountId,
    pub name: String,
    pub until: Timestamp,
}

/// One that has just begun; the token goes into a cookie of its own.
pub struct NewImpersonation {
    pub token: Token,
    pub until: Timestamp,
}

/// The name of the account, when the caller may begin now. Needs **Impersonate users** over the
/// account, and a recent proof (S12).
///
/// # Errors
/// [`Error::NotAllowed`] on oneself and on somebody who holds more; [`Error::Conflict`] on who cannot
/// sign in; [`Error::ProofNeeded`].
pub async fn look(context: &Context, staff: &Staff, id: AccountId) -> Result<String> {
    let scope = staff.require(Permission::ImpersonateUsers)?;
    let connection = context.database.read();
    let account = scope.account(connection, id).await?;
    refuse_holding_more(connection, staff, id).await?;
    refuse(context, staff, &account)?;
    Ok(account.name)
}

fn refuse(context: &Context, staff: &Staff, account: &accounts::Model) -> Result<()> {
    if account.id == staff.account {
        return Err(Error::not_allowed("This is your own account: open it under “Your account”."));
    }
    if account.disabled_at.is_some() || account.onboarded_at.is_none() {
        let why = format!("{} cannot sign in, so there is nothing to see in their place.", account.name);
        return Err(Error::Conflict(why));
    }
    staff.require_recent_proof(context.now())
}

/// Begins it, and ends what the same session had begun before. Asks what [`look`] asks.
///
/// # Errors
/// As [`look`], and the field error `reason`.
pub async fn begin(
    context: &Context,
    staff: &Staff,
    id: AccountId,
    form: &ImpersonationForm,
) -> Result<NewImpersonation> {
    let scope = staff.require(Permission::ImpersonateUsers)?;
    let transaction = context.database.begin().await?;
    let account = scope.locked_account(&transaction, id).await?;
    refuse_holding_more(&transaction, staff, id).await?;
    refuse(context, staff, &account)?;
    let reason = text::line(&form.reason, REASON_MOST_CHARACTERS).map_err(|why| Error::field("reason", why))?;
    let own = sessions::Entity::find_by_id(staff.session).one(&transaction).await?.ok_or(Error::SignIn)?;
    for earlier in open_of(&transaction, staff.session).await? {
        finish(&transaction, context, &earlier, staff.account, None).await?;
    }
    let now = context.now();
    let (session, token) = (SessionId(context.id()), Token::new(&context.random));
    let until = now.plus_seconds(MOST_SECONDS).min(own.expires_at);
    let row = sessions::ActiveModel {
        id: Set(session),
        account_id: Set(id),
        token_hash: Set(token.hash()),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(until),
        ended_at: Set(None),
        // Where staff sit is not the holder's to know.
        ip: Set(String::new()),
        browser: Set(String::new()),
        proved_at: Set(Timestamp(0)),
        methods: Set(String::new()),
        place: Set(String::new()),
        device_id: Set(None),
        actor_session_id: Set(Some(staff.session)),
    };
    sessions::Entity::insert(row).exec_without_returning(&transaction).await?;
    let begun = Event::new(EventKind::ImpersonationStarted).by(staff).on_behalf_of(id).note(Some(&reason));
    write_to_both(&transaction, context, begun, staff.account, id).await?;
    if form.notify {
        alert(&transaction, context, &account, Alert::Impersonated).await?;
    }
    transaction.commit().await?;
    Ok(NewImpersonation { token, until })
}

/// One event in each of the two logs.
async fn write_to_both(
    connection: &impl ConnectionTrait,
    context: &Context,
    event: Event,
    staff: AccountId,
    id: AccountId,
) -> Result<()> {
    events::write_all(connection, context, vec![event.clone().on(id), event.on(staff)]).await
}

async fn open_of(connection: &impl ConnectionTrait, session: SessionId) -> Result<Vec<sessions::Model>> {
    Ok(sessions::Entity::find()
        .filter(sessions::Column::ActorSessionId.eq(session))
        .filter(sessions::Column::EndedAt.is_null())
        .all(connection)
        .await?)
}

/// Ends one, unless somebody else just has.
async fn finish(
    connection: &impl ConnectionTrait,
    context: &Context,
    session: &sessions::Model,
    staff: AccountId,
    note: Option<&str>,
) -> Result<()> {
    let ended = sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, context.now().into())
        .filter(sessions::Column::Id.eq(session.id))
        .filter(sessions::Column::EndedAt.is_null())
        .exec(connection)
        .await?;
    if ended.rows_affected == 0 {
        return Ok(());
    }
    write_end(connection, context, session, staff, note).await
}

async fn write_end(
    connection: &impl ConnectionTrait,
    context: &Context,
    session: &sessions::Model,
    staff: AccountId,
    note: Option<&str>,
) -> Result<()> {
    let id = session.account_id;
    let event =
        Event::new(EventKind::ImpersonationEnded).by_account(staff).in_session(session.id).on_behalf_of(id).note(note);
    write_to_both(connection, context, event, staff, id).await
}

/// The end of those that ended with sessions of the account, in the transaction that ended them.
pub(crate) async fn note_ended(
    connection: &impl ConnectionTrait,
    context: &Context,
    ended: &[sessions::Model],
) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let own = ended.iter().filter_map(|session| session.actor_session_id);
    let own = sessions::Entity::find().filter(sessions::Column::Id.is_in(own)).all(connection).await?;
    // Whoever ended them sits elsewhere than the staff whom the event names.
    let nowhere = &context.system();
    for session in ended {
        let own = own.iter().find(|own| Some(own.id) == session.actor_session_id);
        let staff = own.map_or(session.account_id, |own| own.account_id);
        write_end(connection, nowhere, session, staff, Some("the session was ended")).await?;
    }
    Ok(())
}

/// **End impersonation**; gives whose account it was.
///
/// # Errors
/// [`Error::NotFound`] in a session of one's own.
pub async fn end(context: &Context, holder: &Holder) -> Result<AccountId> {
    let acting = holder.acting.as_ref().ok_or(Error::NotFound("impersonation"))?;
    let transaction = context.database.begin().await?;
    let session = sessions::Entity::find_by_id(holder.session).lock(TO_CHANGE).one(&transaction).await?;
    if let Some(session) = session {
        finish(&transaction, context, &session, acting.account, None).await?;
    }
    transaction.commit().await?;
    Ok(holder.account)
}

/// Who acts in a session of `id` that names `own` as the staff member's; asked at each request.
///
/// # Errors
/// [`Error::SignIn`] when their session is over, they may not do this any more, or not to this account.
pub(crate) async fn still_acting(roster: &Roster, own: SessionId, id: AccountId, until: Timestamp) -> Result<Acting> {
    let connection = roster.database.read();
    let own = sessions::Entity::find_by_id(own).filter(live(roster.now())).one(connection).await?;
    let own = own.ok_or(Error::SignIn)?;
    let staff = Staff::of_job(connection, own.account_id, Some(own.id)).await.map_err(over)?;
    let scope = staff.require(Permission::ImpersonateUsers).map_err(over)?;
    scope.account(connection, id).await.map_err(over)?;
    if holding_more(connection, &staff, &[id]).await?.contains(&id) {
        return Err(Error::SignIn);
    }
    let account = accounts::Entity::find_by_id(own.account_id).one(connection).await?.ok_or(Error::SignIn)?;
    Ok(Acting { account: account.id, name: account.name, until })
}

/// What was taken from staff since is no error of this request's: the session is over.
fn over(error: Error) -> Error {
    match error {
        Error::NotAllowed(_) | Error::NotFound(_) => Error::SignIn,
        other => other,
    }
}

/// Ends those whose time is over, and those whose staff member has signed out. They do not work any
/// more already: this is for the logs. The job runner calls it; gives whether there was any.
pub async fn work(context: &Context) -> Result<bool> {
    let now = context.now();
    let over = Statement::from_sql_and_values(
        context.database.backend(),
        "SELECT s.* FROM sessions s LEFT JOIN sessions own ON own.id = s.actor_session_id \
         WHERE s.actor_session_id IS NOT NULL AND s.ended_at IS NULL \
         AND (s.expires_at <= $1 OR own.id IS NULL OR own.ended_at IS NOT NULL) LIMIT 100",
        [now.into()],
    );
    let rows = sessions::Entity::find().from_raw_sql(over).all(context.database.read()).await?;
    for row in &rows {
        let transaction = context.database.begin().await?;
        let own = match row.actor_session_id {
            Some(own) => sessions::Entity::find_by_id(own).one(&transaction).await?,
            None => None,
        };
        // Whoever was purged meanwhile is nobody's name: then the account itself stands there.
        let staff = own.map_or(row.account_id, |own| own.account_id);
        let note = if row.expires_at <= now { "its time was over" } else { "the session it began in had ended" };
        finish(&transaction, context, row, staff, Some(note)).await?;
        transaction.commit().await?;
    }
    Ok(!rows.is_empty())
}

#[cfg(test)]
mod tests {
    use types::bulk::BulkAction;
    use types::events::EventRow;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::authority::authenticate;
    use crate::messages::Content;
    use crate::recent_proof::RECENT_SECONDS;
    use crate::testing::{self, PASSWORD};
    use crate::{account, authenticators, devices, passwords};

    fn form() -> ImpersonationForm {
        ImpersonationForm { reason: "Ticket 4711".into(), notify: false }
    }

    async fn works(context: &Context, begun: &NewImpersonation) -> bool {
        match authenticate(context, begun.token.expose()).await {
            Ok(holder) => holder.acting.is_some(),
            Err(Error::SignIn) => false,
            Err(other) => panic!("{other}"),
        }
    }

    async fn log(context: &Context, owner: &Staff, id: AccountId, kind: EventKind) -> Vec<EventRow> {
        testing::activity(&context.database, owner, id, Some(kind), None).await.unwrap().events
    }

    #[tokio::test]
    async fn from_its_beginning_to_its_end_with_both_logs() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::give_role(&context, ada, BuiltInRole::HelpDesk, None).await;
            assert_eq!(look(&context, &owner, ada).await.unwrap(), "ada");
            let begun = begin(&context, &owner, ada, &ImpersonationForm { notify: true, ..form() }).await.unwrap();
            let holder = authenticate(&context, begun.token.expose()).await.unwrap();
            assert_eq!((holder.account, holder.name.as_str(), holder.is_staff()), (ada, "ada", false));
            let acting = holder.acting.clone().unwrap();
            assert_eq!((acting.account, acting.name.as_str()), (owner.account, "owner"));
            assert!(matches!(holder.clone().into_staff(), Err(Error::NotAllowed(_))));
            assert!(matches!(holder.require_recent_proof(context.now()), Err(Error::NotAllowed(_))));
            let shown = crate::sessions::of_holder(&context, &holder).await.unwrap();
            assert!(shown.iter().any(|row| row.is_impersonation && row.ip.is_empty() && row.browser.is_empty()));
            assert_eq!(end(&context, &holder).await.unwrap(), ada);
            assert_eq!(end(&context, &holder).await.unwrap(), ada);
            assert!(!works(&context, &begun).await);
            let own = testing::holder(&context, ada).await;
            assert!(matches!(end(&context, &own).await, Err(Error::NotFound(_))));
            for id in [ada, owner.account] {
                for (kind, note) in
                    [(EventKind::ImpersonationStarted, Some("Ticket 4711")), (EventKind::ImpersonationEnded, None)]
                {
                    let events = log(&context, &owner, id, kind).await;
                    assert_eq!(events.len(), 1, "{kind:?}");
                    let names =
                        [&events[0].actor, &events[0].on_behalf_of].map(|one| one.as_ref().unwrap().name.clone());
                    assert_eq!((names, events[0].note.as_deref()), (["owner".to_owned(), "ada".to_owned()], note));
                }
            }
            let mails = testing::mailed(&context, "ada@example.com").await;
            assert!(matches!(mails[..], [Content::Alert { alert: Alert::Impersonated, ip: None, .. }]), "{mails:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn it_is_refused_on_who_holds_more_on_oneself_and_on_who_cannot_sign_in() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            let (ada, gone, off) = (
                testing::onboarded(&context, &owner, "ada").await,
                testing::onboarded(&context, &owner, "gone").await,
                testing::onboarded(&context, &owner, "off").await,
            );
            let bare = testing::user(&context, &owner, "bare").await;
            testing::bulk(&context, &owner, BulkAction::Delete, &[gone]).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[off]).await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let local = testing::onboarded(&context, &owner, "local").await;
            let wanted = [Permission::ViewUsers, Permission::ImpersonateUsers];
            testing::give_permissions(&context, local, &wanted, Some(acme)).await;
            let local = testing::staff(&context, local).await;
            for (staff, id, expected) in [
                (&admin, owner.account, "not allowed"),
                (&admin, admin.account, "not allowed"),
                (&desk, ada, "not allowed"),
                (&local, desk.account, "no such user"),
                (&admin, gone, "no such user"),
                (&admin, off, "conflict"),
                (&admin, bare, "conflict"),
            ] {
                let (looked, begun) = (look(&context, staff, id).await, begin(&context, staff, id, &form()).await);
                for refused in [looked.unwrap_err(), begun.err().unwrap()] {
                    assert!(refused.to_string().starts_with(expected), "{refused} {expected}");
                }
            }
            assert!(begin(&context, &local, ada, &form()).await.is_ok());
            for reason in ["", "   ", "a\u{202E}b", &"x".repeat(REASON_MOST_CHARACTERS + 1)] {
                let wrong =
                    begin(&context, &admin, ada, &ImpersonationForm { reason: reason.into(), notify: false }).await;
                assert_eq!(testing::wrong_fields(wrong.err().unwrap()), ["reason"]);
            }
            let session = testing::session(&context, admin.account).await;
            context.clock.advance_seconds(RECENT_SECONDS);
            let long_ago = authenticate(&context, &session).await.unwrap().into_staff().unwrap();
            assert!(matches!(begin(&context, &long_ago, ada, &form()).await, Err(Error::ProofNeeded)));
            assert_eq!(testing::events_of(&context, ada, EventKind::ImpersonationStarted).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn it_lasts_thirty_minutes_however_busy_and_no_longer_than_the_session_it_began_in() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let begun = begin(&context, &owner, ada, &form()).await.unwrap();
            for _ in 0..29 {
                context.clock.advance_seconds(60);
                assert!(works(&context, &begun).await);
            }
            context.clock.advance_seconds(60);
            assert!(!works(&context, &begun).await);
            assert!(work(&context).await.unwrap() && !work(&context).await.unwrap());
            for id in [ada, owner.account] {
                let ended = log(&context, &owner, id, EventKind::ImpersonationEnded).await;
                assert_eq!(ended[0].note.as_deref(), Some("its time was over"));
            }
            // Near the end of one's own session.
            let token = testing::session(&context, owner.account).await;
            for _ in 0..47 {
                context.clock.advance_seconds(30 * 60);
                authenticate(&context, &token).await.unwrap();
            }
            context.clock.advance_seconds(20 * 60);
            let late = authenticate(&context, &token).await.unwrap();
            let renewed = crate::recent_proof::confirm(&context, &late, PASSWORD).await.unwrap().unwrap();
            let late = authenticate(&context, renewed.token.expose()).await.unwrap().into_staff().unwrap();
            let begun = begin(&context, &late, ada, &form()).await.unwrap();
            assert_eq!(begun.until.seconds_since(context.now()), 10 * 60);
        })
        .await;
    }

    /// Each way in which the ground goes from under it, and that it works before.
    #[tokio::test]
    async fn it_ends_with_ones_session_authority_and_account_and_with_the_holders() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for what in [
                "signed out",
                "staff disabled",
                "role gone",
                "holder disabled",
                "holder deleted",
                "holder holds more",
                "holder ends it",
                "holder ends one",
                "holder changes password",
                "holder resets factors",
                "reset by link",
                "staff end all",
                "staff end one",
                "staff set password",
                "staff reset factors",
                "staff remove identity",
                "role of holder gone",
                "another begun",
            ] {
                let name = what.replace(' ', ".");
                let ada = testing::onboarded(&context, &owner, &format!("{name}.of")).await;
                let admin = testing::staff_with(&context, &owner, &name, BuiltInRole::Administrator, None).await;
                let begun = begin(&context, &admin, ada, &form()).await.unwrap();
                assert!(works(&context, &begun).await, "{what}");
                match what {
                    "signed out" => crate::sessions::sign_out(&context, &admin).await.unwrap(),
                    "staff disabled" => {
                        testing::bulk(&context, &owner, BulkAction::Disable, &[admin.account]).await;
                    }
                    "role gone" => {
                        let held = crate::roles::of_user(&context.database, &owner, admin.account).await.unwrap();
                        crate::roles::remove(&context, &owner, admin.account, held[0].id).await.unwrap();
                    }
                    "holder disabled" => {
                        testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await;
                    }
                    "holder deleted" => {
                        testing::bulk(&context, &owner, BulkAction::Delete, &[ada]).await;
                    }
                    "holder holds more" => testing::give_role(&context, ada, BuiltInRole::Owner, None).await,
                    "holder ends it" => {
                        let holder = testing::holder(&context, ada).await;
                        crate::sessions::end_every_other(&context, &holder).await.unwrap();
                    }
                    "holder ends one" => {
                        let holder = testing::holder(&context, ada).await;
                        let shown = crate::sessions::of_holder(&context, &holder).await.unwrap();
                        let theirs = shown.iter().find(|row| row.is_impersonation).unwrap().id;
                        crate::sessions::end_one(&context, &holder, theirs).await.unwrap();
                    }
                    "holder changes password" => {
                        let holder = testing::holder(&context, ada).await;
                        passwords::change(&context, &holder, PASSWORD, "seven purple elephants dance").await.unwrap();
                    }
                    "holder resets factors" => {
                        let holder = testing::holder(&context, ada).await;
                        authenticators::reset_own(&context, &holder, PASSWORD).await.unwrap();
                    }
                    "reset by link" => {
                        testing::bulk(&context, &owner, BulkAction::SendPasswordReset, &[ada]).await;
                        let mails = testing::mailed(&context, &format!("{name}.of@example.com")).await;
                        let Some(Content::PasswordReset { token, .. }) = mails.last() else { panic!("{mails:?}") };
                        crate::password_reset::complete(&context, token, "seven purple elephants dance").await.unwrap();
                    }
                    "staff end all" => {
                        crate::users::end_sessions(&context, &owner, ada).await.unwrap();
                    }
                    "staff end one" => {
                        let theirs = crate::sessions::of_user(&context, &owner, ada).await.unwrap()[0].id;
                        crate::sessions::end_of_user(&context, &owner, ada, theirs).await.unwrap();
                    }
                    "staff set password" => {
                        let new = "seven purple elephants dance";
                        crate::users::set_password(&context, &owner, ada, new, true).await.unwrap();
                    }
                    "staff reset factors" => {
                        testing::app(&context, ada).await;
                        testing::bulk(&context, &owner, BulkAction::ResetMfa, &[ada]).await;
                    }
                    "staff remove identity" => {
                        testing::bulk(&context, &owner, BulkAction::RemoveIdentity, &[ada]).await;
                    }
                    "role of holder gone" => {
                        testing::give_role(&context, ada, BuiltInRole::Auditor, None).await;
                        let held = crate::roles::of_user(&context.database, &owner, ada).await.unwrap();
                        crate::roles::remove(&context, &owner, ada, held[0].id).await.unwrap();
                    }
                    _ => {
                        begin(&context, &admin, owner_of(&context, &owner).await, &form()).await.unwrap();
                    }
                }
                assert!(!works(&context, &begun).await, "{what}");
                if what == "holder holds more" {
                    // Over at the next request; for the logs with its time.
                    context.clock.advance_seconds(MOST_SECONDS);
                }
                while work(&context).await.unwrap() {}
                for id in [ada, admin.account] {
                    let ended = testing::events_of(&context, id, EventKind::ImpersonationEnded).await;
                    assert_eq!(ended, 1, "{what}: one end in the logs of both");
                }
            }
        })
        .await;
    }

    /// Somebody else to look at.
    async fn owner_of(context: &Context, owner: &Staff) -> AccountId {
        testing::onboarded(context, owner, "somebody.else").await
    }

    #[tokio::test]
    async fn in_the_holders_place_nothing_of_theirs_is_changed_nor_taken_along() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let begun = begin(&context, &owner, ada, &form()).await.unwrap();
            let holder = authenticate(&context, begun.token.expose()).await.unwrap();
            testing::session(&context, ada).await;
            let device = devices::of_holder(&context, &holder).await.unwrap()[0].id;
            let session = crate::sessions::of_holder(&context, &holder).await.unwrap()[1].id;
            let new = "seven purple elephants dance";
            let refusals = [
                passwords::change(&context, &holder, PASSWORD, new).await.map(drop),
                account::request_email_change(&context, &holder, "eve@example.com", PASSWORD).await,
                account::edit(&context, &holder, &account::OwnEdit::default()).await.map(drop),
                crate::recent_proof::confirm(&context, &holder, PASSWORD).await.map(drop),
                authenticators::reset_own(&context, &holder, PASSWORD).await.map(drop),
                crate::account_data::of_holder(&context, &holder).await.map(drop),
                devices::remove_own(&context, &holder, device).await,
                crate::sessions::end_one(&context, &holder, session).await,
                crate::sessions::end_every_other(&context, &holder).await.map(drop),
            ];
            for refusal in refusals {
                assert!(matches!(refusal, Err(Error::NotAllowed(_))), "{refusal:?}");
            }
            let codes = authenticators::security_codes::make(&context, &holder).await;
            assert!(matches!(codes, Err(Error::NotAllowed(_))));
            assert_eq!(testing::open_sessions(&context, ada).await, 2);
        })
        .await;
    }
}
