//! From a session's token to who is calling: one indexed read.

use db::entities::{accounts, password_credentials, role_assignments, roles, sessions};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use types::{AccountId, OrganizationId, Permission, SessionId, Timestamp};

use super::{Grant, Holder};
use crate::sessions::live;
use crate::{Error, Result, Roster, impersonation, sign_in, tokens};

/// A session unused for this long is over: NIST SP 800-63B-4 §2.2.3 (AAL2) recommends an hour.
pub const IDLE_LIMIT_SECONDS: i64 = 60 * 60;
/// A session older than this is over, used or not (the same section: 24 hours).
pub const ABSOLUTE_LIMIT_SECONDS: i64 = 24 * 60 * 60;
/// How often at most the last use is written.
const TOUCH_EVERY_SECONDS: i64 = 60;

#[derive(FromQueryResult)]
struct Row {
    session_id: SessionId,
    account_id: AccountId,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    proved_at: Timestamp,
    name: String,
    email: String,
    must_change: Option<bool>,
    permissions: Option<String>,
    organization_id: Option<OrganizationId>,
    expires_at: Timestamp,
    actor_session_id: Option<SessionId>,
}

/// Session, account and roles together: a row for each role, and one without for who has none.
fn query(token: &str, now: Timestamp) -> SelectStatement {
    use sessions::Column as Session;
    let account = || Expr::col((sessions::Entity, Session::AccountId));
    Query::select()
        .expr_as(Expr::col((sessions::Entity, Session::Id)), Alias::new("session_id"))
        .columns(
            [
                Session::AccountId,
                Session::CreatedAt,
                Session::LastSeenAt,
                Session::ProvedAt,
                Session::ExpiresAt,
                Session::ActorSessionId,
            ]
            .map(|column| (sessions::Entity, column)),
        )
        .columns([accounts::Column::Name, accounts::Column::Email].map(|column| (accounts::Entity, column)))
        .column((password_credentials::Entity, password_credentials::Column::MustChange))
        .column((roles::Entity, roles::Column::Permissions))
        .column((role_assignments::Entity, role_assignments::Column::OrganizationId))
        .from(sessions::Entity)
        .inner_join(accounts::Entity, account().equals((accounts::Entity, accounts::Column::Id)))
        .left_join(
            password_credentials::Entity,
            account().equals((password_credentials::Entity, password_credentials::Column::AccountId)),
        )
        .left_join(
            role_assignments::Entity,
            account().equals((role_assignments::Entity, role_assignments::Column::AccountId)),
        )
        .left_join(
            roles::Entity,
            Expr::col((role_assignments::Entity, role_assignments::Column::RoleId))
                .equals((roles::Entity, roles::Column::Id)),
        )
        .and_where(Session::TokenHash.eq(tokens::hash(token)))
        .cond_where(live(now))
        .and_where(accounts::Column::DisabledAt.is_null())
        .and_where(accounts::Column::DeletedAt.is_null())
        .to_owned()
}

/// Who holds this token. Disabled and deleted accounts hold nothing, whatever their sessions say.
///
/// # Errors
/// [`Error::SignIn`] when it is unknown, ended or too old.
pub async fn authenticate(roster: &Roster, token: &str) -> Result<Holder> {
    // The cookie is the browser's word: anything else than a token of ours is not looked up.
    if token.len() != 43 {
        return Err(Error::SignIn);
    }
    let now = roster.now();
    let connection = roster.database.read();
    let statement = roster.database.backend().build(&query(token, now));
    let rows = Row::find_by_statement(statement).all(connection).await?;
    let mut grants = Vec::new();
    for row in &rows {
        if let Some(permissions) = &row.permissions {
            grants.push(Grant {
                permissions: permissions.split(' ').filter_map(Permission::from_key).collect(),
                organization: row.organization_id,
            });
        }
    }
    let row = rows.into_iter().next().ok_or(Error::SignIn)?;
    let acting = match row.actor_session_id {
        Some(own) => Some(impersonation::still_acting(roster, own, row.account_id, row.expires_at).await?),
        None => None,
    };
    let must_change_password = row.must_change == Some(true) && acting.is_none();
    if now.seconds_since(row.last_seen_at) >= TOUCH_EVERY_SECONDS {
        touch(roster, row.session_id, now).await;
    }
    Ok(Holder {
        account: row.account_id,
        session: row.session_id,
        name: row.name,
        email: row.email,
        signed_in_at: row.created_at,
        proved_at: row.proved_at,
        must_change_password,
        // No authority before the password is their own, and none in another's place.
        grants: if must_change_password || acting.is_some() { Vec::new() } else { grants },
        acting,
    })
}

/// Failing to note the last use is no reason to refuse the request.
async fn touch(roster: &Roster, session: SessionId, now: Timestamp) {
    let update = async {
        let transaction = roster.database.begin().await?;
        sessions::Entity::update_many()
            .col_expr(sessions::Column::LastSeenAt, now.into())
            .filter(sessions::Column::Id.eq(session))
            .filter(sessions::Column::LastSeenAt.lt(now))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok::<_, Error>(())
    };
    if let Err(error) = update.await {
        tracing::warn!(%error, "the last use of a session could not be noted");
    }
}

/// The grants of an account, for work that goes on after its request (jobs) and for tests.
pub(crate) async fn grants_of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Grant>> {
    #[derive(FromQueryResult)]
    struct Row {
        permissions: String,
        organization_id: Option<OrganizationId>,
    }
    let statement = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "SELECT r.permissions, ra.organization_id FROM role_assignments ra JOIN roles r ON r.id = ra.role_id \
         JOIN accounts a ON a.id = ra.account_id \
         WHERE ra.account_id = $1 AND a.disabled_at IS NULL AND a.deleted_at IS NULL",
        [account.into()],
    );
    let rows = Row::find_by_statement(statement).all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|row| Grant {
            permissions: row.permissions.split(' ').filter_map(Permission::from_key).collect(),
            organization: row.organization_id,
        })
        .collect())
}

/// The staff member with this address, for the command line: whoever holds the machine speaks for
/// them, without a session.
///
/// # Errors
/// [`Error::NotFound`] when nobody has it; [`Error::NotAllowed`] for an account without any role.
pub async fn staff_by_email(roster: &Roster, email: &str) -> Result<super::Staff> {
    let connection = roster.database.read();
    let found = sign_in::find(connection, &email.trim().to_lowercase()).await?.one(connection).await?;
    let account = found.ok_or(Error::NotFound("user"))?;
    let mut staff = super::Staff::of_job(connection, account.id, None).await?;
    staff.0.proved_at = roster.now();
    Ok(staff)
}

/// # Errors
/// [`Error::SignIn`] when the session is over.
pub async fn is_signed_in(roster: &Roster, session: SessionId) -> Result<()> {
    let session = sessions::Entity::find_by_id(session).filter(live(roster.now())).one(roster.database.read()).await?;
    session.map(drop).ok_or(Error::SignIn)
}

/// What a staff member holds by now, for an answer that goes on for long; who they are it does not say again.
///
/// # Errors
/// [`Error::SignIn`] when their session is over, [`Error::NotAllowed`] when they are no staff any more.
pub async fn again(roster: &Roster, staff: &super::Staff) -> Result<super::Staff> {
    is_signed_in(roster, staff.session).await?;
    let connection = roster.database.read();
    let credential = password_credentials::Entity::find()
        .filter(password_credentials::Column::AccountId.eq(staff.account))
        .filter(password_credentials::Column::MustChange.eq(true));
    if credential.one(connection).await?.is_some() {
        return Err(Error::not_allowed("Choose a password of your own first."));
    }
    super::Staff::of_job(connection, staff.account, Some(staff.session)).await
}

impl super::Staff {
    /// The staff member behind a job, with the roles they hold now.
    pub(crate) async fn of_job(
        connection: &impl ConnectionTrait,
        account: AccountId,
        session: Option<SessionId>,
    ) -> Result<Self> {
        Holder {
            account,
            session: session.unwrap_or(SessionId(account.0)),
            name: String::new(),
            email: String::new(),
            signed_in_at: Timestamp(0),
            proved_at: Timestamp(0),
            must_change_password: false,
            acting: None,
            grants: grants_of(connection, account).await?,
        }
        .into_staff()
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::Set;
    use types::bulk::BulkAction;

    use super::*;
    use crate::testing::{self, PASSWORD};

    async fn works(roster: &Roster, token: &str) -> bool {
        match authenticate(roster, token).await {
            Ok(_) => true,
            Err(Error::SignIn) => false,
            Err(other) => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn roles_are_met_by_their_account() {
        testing::on_both(|context| async move {
            testing::owner(&context).await;
            testing::many_with_roles(&context).await;
            let statement = context.database.backend().build(&query("token", context.now()));
            let plan = testing::explain(&context, statement).await;
            assert!(plan.contains("role_assignments_of_account") && !plan.contains("SCAN"), "{plan}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_token_that_is_not_ours_authenticates_nobody() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let token = testing::session(&context, owner.account).await;
            let (other_case, longer) = (token.to_uppercase(), format!("{token}A"));
            let hash = tokens::hash(&token);
            for bad in [
                "",
                "x",
                &"A".repeat(43),
                &"é".repeat(43),
                &"\0".repeat(43),
                "' OR 1=1 --",
                &other_case,
                &longer,
                &hash,
            ] {
                assert!(!works(&context, bad).await, "{bad:?}");
            }
            assert!(works(&context, &token).await);
        })
        .await;
    }

    #[tokio::test]
    async fn a_session_unused_for_an_hour_is_over() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let token = testing::session(&context, owner.account).await;
            context.clock.advance_seconds(IDLE_LIMIT_SECONDS - 1);
            assert!(works(&context, &token).await);
            context.clock.advance_seconds(IDLE_LIMIT_SECONDS);
            assert!(!works(&context, &token).await);
        })
        .await;
    }

    #[tokio::test]
    async fn a_session_in_use_is_over_after_a_day() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let token = testing::session(&context, owner.account).await;
            for _ in 0..47 {
                context.clock.advance_seconds(30 * 60);
                assert!(works(&context, &token).await);
            }
            context.clock.advance_seconds(30 * 60);
            assert!(!works(&context, &token).await);
        })
        .await;
    }

    #[tokio::test]
    async fn the_last_use_is_written_once_a_minute() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let token = testing::session(&context, owner.account).await;
            let mut written = Vec::new();
            for _ in 0..4 {
                context.clock.advance_seconds(30);
                let holder = authenticate(&context, &token).await.unwrap();
                let row = sessions::Entity::find_by_id(holder.session).one(context.database.read()).await.unwrap();
                written.push(row.unwrap().last_seen_at.seconds_since(testing::START));
            }
            assert_eq!(written, [0, 60, 60, 120]);
        })
        .await;
    }

    #[tokio::test]
    async fn disabled_and_deleted_accounts_hold_nothing_whatever_their_sessions_say() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for action in [BulkAction::Disable, BulkAction::Delete] {
                let ada = testing::onboarded(&context, &owner, action.key()).await;
                testing::bulk(&context, &owner, action, &[ada]).await;
                let token = testing::session(&context, ada).await;
                assert!(!works(&context, &token).await, "{action:?}");
                let transaction = context.database.begin().await.unwrap();
                assert!(grants_of(&transaction, ada).await.unwrap().is_empty());
            }
        })
        .await;
    }

    #[tokio::test]
    async fn roles_are_read_at_each_request() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let token = testing::session(&context, ada).await;
            assert!(!authenticate(&context, &token).await.unwrap().is_staff());
            testing::give_permissions(&context, ada, &[Permission::ViewUsers], None).await;
            let holder = authenticate(&context, &token).await.unwrap();
            assert!(holder.is_staff());
            assert_eq!((holder.account, holder.email.as_str()), (ada, "ada@example.com"));
        })
        .await;
    }

    #[tokio::test]
    async fn the_database_knows_neither_token_nor_password() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let token = testing::session(&context, owner.account).await;
            let rows = sessions::Entity::find().all(context.database.read()).await.unwrap();
            assert!(rows.iter().any(|row| row.token_hash == tokens::hash(&token)));
            assert!(rows.iter().all(|row| !format!("{row:?}").contains(&token)));
            let credentials = password_credentials::Entity::find().all(context.database.read()).await;
            assert!(credentials.unwrap().iter().all(|row| !row.hash.contains(PASSWORD)));
        })
        .await;
    }

    #[tokio::test]
    async fn ending_a_session_ends_it_at_the_next_request() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let token = testing::session(&context, owner.account).await;
            let transaction = context.database.begin().await.unwrap();
            let ended = sessions::ActiveModel { ended_at: Set(Some(context.now())), ..Default::default() };
            sessions::Entity::update_many().set(ended).exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            assert!(!works(&context, &token).await);
        })
        .await;
    }
}
