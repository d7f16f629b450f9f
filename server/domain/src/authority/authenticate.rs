//! From a session's token to who is calling: one indexed read.

use db::entities::sessions;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use types::{AccountId, OrganizationId, Permission, SessionId, Timestamp};

use super::{Grant, Holder};
use crate::{Error, Result, Roster, tokens};

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
    name: String,
    email: String,
    permissions: Option<String>,
    organization_id: Option<OrganizationId>,
}

const QUERY: &str = "SELECT s.id AS session_id, s.account_id, s.created_at, s.last_seen_at, a.name, a.email, \
     r.permissions, ra.organization_id \
     FROM sessions s \
     JOIN accounts a ON a.id = s.account_id \
     LEFT JOIN role_assignments ra ON ra.account_id = a.id \
     LEFT JOIN roles r ON r.id = ra.role_id \
     WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3 \
     AND a.disabled_at IS NULL AND a.deleted_at IS NULL";

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
    let values = [tokens::hash(token).into(), now.into(), now.plus_seconds(-IDLE_LIMIT_SECONDS).into()];
    let statement = Statement::from_sql_and_values(roster.database.backend(), QUERY, values);
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
    if now.seconds_since(row.last_seen_at) >= TOUCH_EVERY_SECONDS {
        touch(roster, row.session_id, now).await;
    }
    Ok(Holder {
        account: row.account_id,
        session: row.session_id,
        name: row.name,
        email: row.email,
        signed_in_at: row.created_at,
        grants,
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
            grants: grants_of(connection, account).await?,
        }
        .into_staff()
    }
}
