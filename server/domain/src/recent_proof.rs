//! Recent proof (S12): what changes how somebody signs in asks again who they are, ten minutes after
//! they last proved it with their password or a passkey. The session goes on under a new token (S11): whoever
//! has copied the old one has not got what was proven.

use db::entities::sessions;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::Timestamp;
use types::events::EventKind;

use crate::authenticators::passkey::{self, Occasion};
use crate::events::{self, Event};
use crate::throttle::Subject;
use crate::tokens::Token;
use crate::{Context, Error, Holder, Result, passwords, throttle};

/// How long a proof counts as recent.
pub const RECENT_SECONDS: i64 = 10 * 60;

/// The session's new token; it goes into the cookie with the answer to the proof, and nowhere else.
pub struct Renewed {
    pub token: Token,
    /// How long the cookie may live.
    pub lives_seconds: i64,
}

impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewed").finish_non_exhaustive()
    }
}

impl Holder {
    /// # Errors
    /// [`Error::NotAllowed`] in another's place (A11); [`Error::ProofNeeded`]: ask for the password or a passkey,
    /// call [`confirm`], and try again.
    pub fn require_recent_proof(&self, now: Timestamp) -> Result<()> {
        self.require_in_person()?;
        if now.seconds_since(self.proved_at) < RECENT_SECONDS { Ok(()) } else { Err(Error::ProofNeeded) }
    }
}

/// Proves with the password that the session is still in its holder's hands. `None`: another request of the
/// session has proven it at the same time, and has the new token.
///
/// # Errors
/// Field error `password`, limited in attempts.
pub async fn confirm(context: &Context, holder: &Holder, password: &str) -> Result<Option<Renewed>> {
    passwords::verify_own(context, holder, password, "password", EventKind::ProofFailed).await?;
    let transaction = context.database.begin().await?;
    let renewed = renew(&transaction, context, holder).await?;
    throttle::forget(&transaction, &[Subject::Confirmation(holder.account)]).await?;
    transaction.commit().await?;
    Ok(renewed)
}

/// The same with a passkey. `sealed` and `response`: of [`Occasion::Confirmation`].
///
/// # Errors
/// Field error `passkey`.
pub async fn confirm_with_passkey(
    context: &Context,
    holder: &Holder,
    sealed: &str,
    response: &str,
) -> Result<Option<Renewed>> {
    holder.require_in_person()?;
    let transaction = context.database.begin().await?;
    let proven = passkey::verify(&transaction, context, Occasion::Confirmation(holder.account), sealed, response);
    if proven.await?.is_none() {
        let event = Event::new(EventKind::ProofFailed).refused().by(holder).on(holder.account);
        events::write(&transaction, context, event.note(Some("passkey"))).await?;
        transaction.commit().await?;
        return Err(Error::field("passkey", "That passkey was not accepted. Please try again."));
    }
    let renewed = renew(&transaction, context, holder).await?;
    transaction.commit().await?;
    Ok(renewed)
}

/// Of two requests at once one gives the new token: the browser keeps the answer that comes last.
pub(crate) async fn renew(
    connection: &impl ConnectionTrait,
    context: &Context,
    holder: &Holder,
) -> Result<Option<Renewed>> {
    let (now, token) = (context.now(), Token::new(&context.random));
    let renewed = sessions::Entity::update_many()
        .col_expr(sessions::Column::ProvedAt, now.into())
        .col_expr(sessions::Column::TokenHash, token.hash().into())
        .filter(sessions::Column::Id.eq(holder.session))
        .filter(sessions::Column::ProvedAt.eq(holder.proved_at))
        .filter(sessions::Column::EndedAt.is_null())
        .exec(connection)
        .await?;
    let session = sessions::Entity::find_by_id(holder.session).one(connection).await?;
    let session = session.filter(|session| session.ended_at.is_none()).ok_or(Error::SignIn)?;
    let lives_seconds = session.expires_at.seconds_since(now);
    Ok((renewed.rows_affected > 0).then_some(Renewed { token, lives_seconds }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use types::RoleAssignmentId;
    use types::accounts::{AccountForm, InviteForm};
    use types::authenticators::{FactorKind, StandIn};
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::impersonation::ImpersonationForm;
    use types::import::{Existing, ImportPlan};
    use types::permissions::BuiltInRole;
    use types::settings::{AlternateLogin, Settings, SignIn};

    use super::*;
    use crate::authenticators::backup_code;
    use crate::authority::authenticate;
    use crate::testing::{self, PASSWORD};
    use crate::{Staff, directory, impersonation, imports, jobs, roles, settings, stores, users};

    /// Proves it with the password; gives the session's new token.
    async fn renewed(context: &Context, token: &str) -> String {
        let holder = authenticate(context, token).await.unwrap();
        confirm(context, &holder, PASSWORD).await.unwrap().unwrap().token.expose().to_owned()
    }

    #[tokio::test]
    async fn a_proof_is_recent_for_ten_minutes_and_of_its_session_only() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let (here, elsewhere) = (testing::session(&context, ada).await, testing::session(&context, ada).await);
            let is_recent = async |token: &str| {
                let holder = authenticate(&context, token).await.unwrap();
                holder.require_recent_proof(context.now()).is_ok()
            };
            context.clock.advance_seconds(RECENT_SECONDS - 1);
            assert!(is_recent(&here).await);
            context.clock.advance_seconds(1);
            assert!(!is_recent(&here).await);
            let holder = authenticate(&context, &here).await.unwrap();
            let wrong = confirm(&context, &holder, "not the password").await.err().unwrap();
            assert_eq!(testing::wrong_fields(wrong), ["password"]);
            assert!(!is_recent(&here).await);
            let here = renewed(&context, &here).await;
            assert!(is_recent(&here).await && !is_recent(&elsewhere).await);
            assert_eq!(testing::events_of(&context, ada, EventKind::ProofFailed).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_proof_gives_a_new_token_and_the_old_one_is_refused_at_once() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let old = testing::session(&context, ada).await;
            context.clock.advance_seconds(RECENT_SECONDS);
            let holder = authenticate(&context, &old).await.unwrap();
            let new = confirm(&context, &holder, PASSWORD).await.unwrap().unwrap();
            assert_eq!(new.lives_seconds, crate::authority::ABSOLUTE_LIMIT_SECONDS - RECENT_SECONDS);
            assert!(matches!(authenticate(&context, &old).await, Err(Error::SignIn)));
            assert_eq!(authenticate(&context, new.token.expose()).await.unwrap().session, holder.session);
            assert_eq!(testing::open_sessions(&context, ada).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_proofs_at_once_one_gives_the_token_and_none_to_a_session_that_has_ended() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let token = testing::session(&context, ada).await;
            context.clock.advance_seconds(RECENT_SECONDS);
            let holder = authenticate(&context, &token).await.unwrap();
            let (one, two) = tokio::join!(confirm(&context, &holder, PASSWORD), confirm(&context, &holder, PASSWORD));
            let given: Vec<_> = [one, two].into_iter().filter_map(|answer| answer.unwrap()).collect();
            assert_eq!(given.len(), 1);
            let holder = authenticate(&context, given[0].token.expose()).await.unwrap();
            crate::sessions::sign_out(&context, &holder).await.unwrap();
            assert!(matches!(confirm(&context, &holder, PASSWORD).await, Err(Error::SignIn)));
        })
        .await;
    }

    /// Verbs of staff over accounts that change neither how somebody signs in nor delete; deleting is a bulk
    /// action, and those say themselves whether they need a proof.
    const NEED_NONE: &[&str] = &[
        "devices/limit.rs set_limit",
        "devices/remove.rs remove_of_user",
        "imports/upload.rs begin",
        "sessions/of_user.rs end_of_user",
        "users/create.rs create",
        "users/create.rs create_in",
        "users/end_sessions.rs end_sessions",
        "users/export.rs open",
        "users/export.rs start",
        "users/invite.rs invite",
        "users/recycle_bin.rs recycle_bin",
        "users/unlock.rs unlock",
        "users/views.rs change",
        "users/views.rs delete",
        "users/views.rs save",
    ];

    /// The verbs of staff in a folder of the sources, or in a file, by file and name.
    fn verbs(place: &Path, source: &Path, into: &mut BTreeSet<String>) {
        if place.is_dir() {
            return std::fs::read_dir(place).unwrap().for_each(|entry| verbs(&entry.unwrap().path(), source, into));
        }
        let text = std::fs::read_to_string(place).unwrap();
        let file = place.strip_prefix(source).unwrap().display();
        for verb in text.split("pub async fn ").skip(1) {
            let (name, rest) = verb.split_once('(').unwrap();
            let parameters = rest.split("->").next().unwrap();
            if parameters.contains("context: &Context") && parameters.contains("staff: &Staff") {
                into.insert(format!("{file} {name}"));
            }
        }
    }

    /// What the test below tries, and what is named as needing none, is all that there is.
    fn assert_whole(tried: &[&str]) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut there = BTreeSet::new();
        for place in ["users", "authenticators", "sessions", "devices", "imports"] {
            verbs(&source.join(place), &source, &mut there);
        }
        let known = tried.iter().chain(NEED_NONE).filter(|name| name.contains('/')).map(|name| (*name).to_owned());
        assert_eq!(there, known.collect(), "a new verb asks for a proof, or is named in NEED_NONE");
    }

    /// A file that changes Ada, after its dry run.
    async fn tried_import(context: &Context, staff: &Staff) -> (ImportPlan, types::JobId) {
        let mut upload = imports::Upload::begin(context, staff, "people.csv").await.unwrap();
        upload.push(b"email,firstName\nada@example.com,Augusta\n").await.unwrap();
        let plan = ImportPlan {
            import: upload.finish().await.unwrap(),
            store: None,
            columns: vec![Some("email".into()), Some("first_name".into())],
            existing: Existing::UpdateByEmail,
            group: None,
            role: None,
            organization: None,
            activation_mail: false,
        };
        let dry_run = imports::start(context, staff, &plan, true).await.unwrap().job;
        while jobs::run_open(context).await.unwrap() {}
        (plan, dry_run)
    }

    #[tokio::test]
    async fn staff_prove_who_they_are_before_what_concerns_credentials_or_deletes() {
        testing::on_both(|mut context| async move {
            testing::sms_gateway(&mut context);
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::app(&context, ada).await;
            let factor = users::view_authenticators(&context, &owner, ada).await.unwrap().factors[0].id;
            testing::set(&context, &owner, |settings: &mut AlternateLogin| settings.security_codes_enabled = true)
                .await;
            let token = testing::session(&context, owner.account).await;
            let staff = async |token: &str| authenticate(&context, token).await.unwrap().into_staff().unwrap();
            context.clock.advance_seconds(RECENT_SECONDS);
            let late = staff(&token).await;
            let version = testing::account(&context, ada).await.version;
            let other_address = AccountForm { email: "ada@example.org".into(), ..testing::form("ada") };
            let other_number = AccountForm { phone: "+41446681800".into(), ..testing::form("ada") };
            let (app, email) = (FactorKind::AuthenticatorApp, FactorKind::EmailCode);
            let (plan, dry_run) = tried_import(&context, &late).await;
            let auditor = testing::role(&context, BuiltInRole::Auditor).await;
            let invitation = InviteForm {
                email: "eve@example.com".into(),
                first_name: "Eve".into(),
                last_name: "Day".into(),
                role: Some(auditor),
                ..InviteForm::default()
            };
            let role = directory::roles::view(&context.database, &owner, auditor).await.unwrap().form;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let asked: SignIn = settings::read(context.database.read(), store).await.unwrap();
            let asked = asked.into_section();
            let reason = ImpersonationForm { reason: "Ticket 4711".into(), notify: false };
            let start = async |staff: &Staff, action| {
                let only = Selection::Accounts(vec![ada]);
                jobs::start(&context, staff, action, &only, &Parameters::None).await.map(drop)
            };
            let new = "seven purple elephants dance";
            let mut tried = vec![
                ("users/set_password.rs set_password", users::set_password(&context, &late, ada, new, true).await),
                (
                    "users/authenticators.rs remove_authenticator",
                    users::remove_authenticator(&context, &late, ada, factor).await,
                ),
                (
                    "users/authenticators.rs change_second_factor",
                    users::change_second_factor(&context, &late, ada, app).await,
                ),
                (
                    "users/authenticators.rs add_code_address",
                    users::add_code_address(&context, &late, ada, email, "a@example.org").await,
                ),
                (
                    "users/authenticators.rs remove_code_address",
                    users::remove_code_address(&context, &late, ada, email).await,
                ),
                (
                    "users/remove_stand_in.rs remove_stand_in",
                    users::remove_stand_in(&context, &late, ada, StandIn::SecurityQuestions).await,
                ),
                ("users/edit.rs edit", users::edit(&context, &late, ada, &other_address, version).await.map(drop)),
                ("another number", users::edit(&context, &late, ada, &other_number, version).await.map(drop)),
                ("authenticators/backup_code.rs generate", backup_code::generate(&context, &late, ada).await.map(drop)),
                ("imports/plan.rs start", imports::start(&context, &late, &plan, false).await.map(drop)),
                ("imports/plan.rs confirm", imports::confirm(&context, &late, dry_run).await.map(drop)),
                (
                    "users/send_activation.rs activation_link",
                    users::activation_link(&context, &late, ada).await.map(drop),
                ),
                ("an invitation with a role", users::invite(&context, &late, &invitation).await.map(drop)),
                ("a role", roles::assign(&context, &late, ada, &[auditor], &[]).await),
                ("a role taken", roles::remove(&context, &late, ada, RoleAssignmentId(ada.0)).await),
                ("a role that allows more", directory::roles::edit(&context, &late, auditor, &role, 1).await.map(drop)),
                ("what everybody has to prove", settings::save(&context, &late, store, &asked, &asked).await),
                ("impersonation", impersonation::begin(&context, &late, ada, &reason).await.map(drop)),
            ];
            assert_whole(&tried.iter().map(|(name, _)| *name).collect::<Vec<_>>());
            for action in [
                BulkAction::Delete,
                BulkAction::Purge,
                BulkAction::ResetMfa,
                BulkAction::RemoveIdentity,
                BulkAction::AssignRole,
                BulkAction::RemoveRole,
            ] {
                tried.push((action.key(), start(&late, action).await));
            }
            for (name, outcome) in &tried {
                assert!(matches!(outcome, Err(Error::ProofNeeded)), "{name}: {outcome:?}");
            }
            let row = testing::account(&context, ada).await;
            assert_eq!((row.version, row.email.as_str(), row.deleted_at), (version, "ada@example.com", None));
            // What concerns neither goes on as before.
            users::edit(&context, &late, ada, &testing::form("ada"), version).await.unwrap();
            start(&late, BulkAction::Disable).await.unwrap();
            start(&late, BulkAction::Enable).await.unwrap();
            let token = renewed(&context, &token).await;
            backup_code::generate(&context, &staff(&token).await, ada).await.unwrap();
            start(&staff(&token).await, BulkAction::Delete).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn guessing_is_limited_together_with_changing_the_password() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let holder = testing::holder(&context, ada).await;
            for _ in 0..3 {
                assert!(confirm(&context, &holder, "wrong").await.is_err());
            }
            assert!(confirm(&context, &holder, PASSWORD).await.is_err());
            let change = passwords::change(&context, &holder, PASSWORD, "seven purple elephants dance").await;
            assert_eq!(testing::wrong_fields(change.unwrap_err()), ["current_password"]);
        })
        .await;
    }
}
