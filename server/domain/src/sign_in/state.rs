//! A sign-in between its first proof and its end: what is left to do follows from the account and
//! from what has been proven, each time anew, so that going back or reloading is harmless.
//!
//! The browser holds a secret in a cookie of its own; the row is worth nothing as a session. A form
//! names the row too, so that the form of another tab's sign-in is noticed.

use db::entities::{accounts, password_credentials, pre_sessions, role_assignments, roles};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Statement,
};
use types::authenticators::{FactorKind, Method, SecondFactorPolicy};
use types::devices::DeviceRow;
use types::settings::{AlternateLogin, SignIn as SignInSettings};
use types::{AccountId, PreSessionId};

use super::{StepRefusal, may_sign_in};
use crate::authenticators::code_factor::{self, CodeWay};
use crate::database::TO_CHANGE;
use crate::links::{self, LinkKind};
use crate::tokens::{self, Token};
use crate::{Context, Result, authenticators, devices, settings};

/// How long a sign-in may take after its first proof.
pub const LIFE_SECONDS: i64 = 15 * 60;
/// So many wrong codes end it.
pub(super) const MOST_ATTEMPTS: i64 = 5;

/// What has to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    SecondFactor,
    /// Staff set the password, or it may not stand alone.
    NewPassword,
    SetUpSecondFactor,
    /// This browser would be one device too many (S10).
    DeviceLimit,
}

/// A way through the second-factor step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Factor(FactorKind),
    /// Static codes and backup codes.
    SecurityCodes,
}

/// A sign-in that is not finished, for the page of its step.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// For the form; no secret.
    pub id: PreSessionId,
    pub account: AccountId,
    pub email: String,
    pub step: Step,
    /// The ways through the second factor, the default one first.
    pub ways: Vec<Way>,
    pub has_second_factor: bool,
    /// Of the ways, those whose codes are sent: where to, and whether one is on its way.
    pub codes: Vec<CodeWay>,
    /// The kinds of codes that can be set up, where a second factor is.
    pub code_kinds: Vec<FactorKind>,
    /// Whether the set-up of a second factor is offered only.
    pub may_skip_set_up: bool,
    /// Whether the second-factor page offers **Forgot my phone**.
    pub forgot_phone: bool,
    /// At the device limit, once the second factor is proven: what can be removed.
    pub devices: Vec<DeviceRow>,
    pub return_to: Option<String>,
}

/// A sign-in that has just begun and is not finished; the token goes into its cookie.
pub struct NewPreSession {
    pub id: PreSessionId,
    pub token: Token,
    pub lives_seconds: i64,
    pub step: Step,
}

/// What the next step follows from.
pub(super) struct Facts {
    pub policy: SecondFactorPolicy,
    pub has_second_factor: bool,
    pub must_change: bool,
    pub too_many_devices: bool,
    /// One is offered at the first sign-in after an activation (O1), and not asked for.
    pub may_set_up: bool,
}

impl Facts {
    pub async fn of(
        connection: &impl ConnectionTrait,
        context: &Context,
        account: &accounts::Model,
        credential: Option<&password_credentials::Model>,
    ) -> Result<Self> {
        let policy = policy_of(connection, account).await?;
        let has_second_factor = account.second_factor.is_some();
        // A session begun is a sign-in: it is offered once, whatever came of it.
        let may_set_up = policy == SecondFactorPolicy::Optional
            && !has_second_factor
            && account.last_sign_in_at.0 == 0
            && links::was_used(connection, LinkKind::Activation, account.id).await?;
        Ok(Self {
            policy,
            has_second_factor,
            may_set_up,
            must_change: credential.is_some_and(|credential| credential.must_change),
            too_many_devices: devices::is_over(connection, context, account).await?,
        })
    }

    /// The same, true until the transaction ends. `account` is locked.
    pub async fn locked(
        transaction: &DatabaseTransaction,
        context: &Context,
        account: &accounts::Model,
        credential: Option<&password_credentials::Model>,
    ) -> Result<Self> {
        hold_roles(transaction, account.id).await?;
        Self::of(transaction, context, account, credential).await
    }

    /// `None`: the sign-in is finished.
    pub fn next(&self, second_factor_done: bool) -> Option<Step> {
        let is_asked = self.policy != SecondFactorPolicy::Off;
        if is_asked && self.has_second_factor && !second_factor_done {
            Some(Step::SecondFactor)
        } else if self.too_many_devices {
            // Before a second factor can be set up: one that has just been is no proof.
            Some(Step::DeviceLimit)
        } else if self.must_change {
            Some(Step::NewPassword)
        } else if !self.has_second_factor && (self.policy == SecondFactorPolicy::Required || self.may_set_up) {
            Some(Step::SetUpSecondFactor)
        } else {
            None
        }
    }
}

/// Keeps the account's roles as they are until the transaction ends: one that begins to require a second factor
/// at this moment ends the sessions of its holders, and would not see the one that is just begun.
async fn hold_roles(transaction: &DatabaseTransaction, account: AccountId) -> Result<()> {
    let assigned = role_assignments::Entity::find()
        .select_only()
        .column(role_assignments::Column::RoleId)
        .filter(role_assignments::Column::AccountId.eq(account))
        .into_query();
    let held = roles::Entity::find().filter(roles::Column::Id.in_subquery(assigned));
    held.order_by_asc(roles::Column::Id).lock(LockType::Share).all(transaction).await?;
    Ok(())
}

/// What the settings ask of the account; a role that requires a second factor wins over them (S4).
pub(crate) async fn policy_of(
    connection: &impl ConnectionTrait,
    account: &accounts::Model,
) -> Result<SecondFactorPolicy> {
    let requiring = requiring_roles(connection.get_database_backend(), account.id);
    if connection.query_one_raw(requiring).await?.is_some() {
        return Ok(SecondFactorPolicy::Required);
    }
    Ok(settings::read::<SignInSettings>(connection, account.store_id).await?.second_factor)
}

/// Whether the account has a role that requires a second factor.
pub(super) fn requiring_roles(backend: DbBackend, account: AccountId) -> Statement {
    let sql = "SELECT 1 FROM role_assignments ra JOIN roles r ON r.id = ra.role_id \
         WHERE ra.account_id = $1 AND r.requires_second_factor LIMIT 1";
    Statement::from_sql_and_values(backend, sql, [account.into()])
}

#[expect(clippy::too_many_arguments, reason = "one for each column that differs")]
pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: AccountId,
    credential: Option<&password_credentials::Model>,
    methods: &[Method],
    second_factor_done: bool,
    step: Step,
    return_to: Option<&str>,
) -> Result<NewPreSession> {
    let now = context.now();
    let (id, token) = (PreSessionId(context.id()), Token::new(&context.random));
    let row = pre_sessions::ActiveModel {
        id: Set(id),
        token_hash: Set(token.hash()),
        account_id: Set(account),
        created_at: Set(now),
        expires_at: Set(now.plus_seconds(LIFE_SECONDS)),
        finished_at: Set(None),
        password_changed_at: Set(credential.map(|credential| credential.changed_at)),
        methods: Set(keys(methods)),
        second_factor_done: Set(second_factor_done),
        attempts: Set(0),
        return_to: Set(return_to.map(str::to_owned)),
        recovered: Set(None),
    };
    pre_sessions::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(NewPreSession { id, token, lives_seconds: LIFE_SECONDS, step })
}

pub(super) fn keys(methods: &[Method]) -> String {
    methods.iter().map(|method| method.key()).collect::<Vec<_>>().join(" ")
}

pub(super) fn methods_of(row: &pre_sessions::Model) -> Vec<Method> {
    row.methods.split(' ').filter_map(Method::from_key).collect()
}

/// What the browser's unfinished sign-in is waiting for; `None`: there is none that goes on.
pub async fn unfinished(context: &Context, token: &str) -> Result<Option<Unfinished>> {
    let connection = context.database.read();
    let Some(row) = find(connection, token).await? else { return Ok(None) };
    let Some(account) = accounts::Entity::find_by_id(row.account_id).one(connection).await? else { return Ok(None) };
    let credential = password_credentials::Entity::find_by_id(row.account_id).one(connection).await?;
    if !goes_on(context, &row, &account, credential.as_ref()) {
        return Ok(None);
    }
    let facts = Facts::of(connection, context, &account, credential.as_ref()).await?;
    let ways = ways(connection, &account).await?;
    // Nothing left: the policy was loosened meanwhile. Signing in anew is the way.
    let Some(step) = facts.next(row.second_factor_done) else { return Ok(None) };
    let (mut codes, mut code_kinds, mut forgot_phone) = (Vec::new(), Vec::new(), false);
    match step {
        Step::SecondFactor => {
            for way in &ways {
                if let Way::Factor(kind) = way
                    && kind.channel().is_some()
                {
                    codes.extend(code_factor::way(connection, context, account.id, *kind, &row.id.to_string()).await?);
                }
            }
            let alternate = settings::read::<AlternateLogin>(connection, account.store_id).await?;
            forgot_phone = alternate.forgot_phone_enabled;
        }
        Step::SetUpSecondFactor => code_kinds = code_factor::kinds_to_set_up(connection, context, &account).await?,
        Step::NewPassword | Step::DeviceLimit => {}
    }
    let devices = if step == Step::DeviceLimit && row.second_factor_done {
        devices::of_account(connection, context.now(), account.id, None).await?
    } else {
        Vec::new()
    };
    Ok(Some(Unfinished {
        id: row.id,
        account: account.id,
        email: account.email,
        step,
        ways,
        has_second_factor: facts.has_second_factor,
        codes,
        code_kinds,
        may_skip_set_up: facts.may_set_up,
        forgot_phone,
        devices,
        return_to: row.return_to,
    }))
}

/// The ways through the second factor that this account has, the default one first.
pub(super) async fn ways(connection: &impl ConnectionTrait, account: &accounts::Model) -> Result<Vec<Way>> {
    let default = account.second_factor.as_deref().and_then(FactorKind::from_key);
    let mut kinds = authenticators::kinds_of(connection, account.id).await?;
    kinds.sort_by_key(|kind| (Some(*kind) != default, *kind));
    let alternate = settings::read::<AlternateLogin>(connection, account.store_id).await?;
    let codes = alternate.security_codes_enabled.then_some(Way::SecurityCodes);
    Ok(kinds.into_iter().map(Way::Factor).chain(codes).collect())
}

async fn find(connection: &impl ConnectionTrait, token: &str) -> Result<Option<pre_sessions::Model>> {
    // The cookie is the browser's word: anything else than a token of ours is not looked up.
    if token.len() != 43 {
        return Ok(None);
    }
    Ok(pre_sessions::Entity::find()
        .filter(pre_sessions::Column::TokenHash.eq(tokens::hash(token)))
        .filter(pre_sessions::Column::FinishedAt.is_null())
        .one(connection)
        .await?)
}

fn goes_on(
    context: &Context,
    row: &pre_sessions::Model,
    account: &accounts::Model,
    credential: Option<&password_credentials::Model>,
) -> bool {
    row.finished_at.is_none()
        && row.expires_at > context.now()
        && row.attempts < MOST_ATTEMPTS
        && may_sign_in(account, context.now())
        && row.password_changed_at == credential.map(|credential| credential.changed_at)
}

/// A sign-in in the hands of one transaction.
pub(super) struct Locked {
    pub row: pre_sessions::Model,
    pub account: accounts::Model,
    pub credential: Option<password_credentials::Model>,
    pub facts: Facts,
}

/// Takes the sign-in of the cookie, when the form is its own and `step` is what it waits for. The
/// account is locked first, as everywhere, so that of two requests at once the second waits.
pub(super) async fn lock(
    transaction: &DatabaseTransaction,
    context: &Context,
    token: &str,
    id: PreSessionId,
    step: Step,
) -> Result<Locked, StepRefusal> {
    let row = find(transaction, token).await?.filter(|row| row.id == id).ok_or(StepRefusal::StartAgain)?;
    let account = accounts::Entity::find_by_id(row.account_id).lock(TO_CHANGE).one(transaction).await?;
    let account = account.ok_or(StepRefusal::StartAgain)?;
    // Read again behind the lock: it may have been finished meanwhile.
    let row = pre_sessions::Entity::find_by_id(row.id).one(transaction).await?.ok_or(StepRefusal::StartAgain)?;
    let credential = password_credentials::Entity::find_by_id(row.account_id).one(transaction).await?;
    if !goes_on(context, &row, &account, credential.as_ref()) {
        return Err(StepRefusal::StartAgain);
    }
    let facts = Facts::locked(transaction, context, &account, credential.as_ref()).await?;
    match facts.next(row.second_factor_done) {
        Some(next) if next == step => Ok(Locked { row, account, credential, facts }),
        Some(other) => Err(StepRefusal::OtherStep(other)),
        None => Err(StepRefusal::StartAgain),
    }
}

/// Makes every unfinished sign-in of these accounts void, inside the caller's transaction.
pub(crate) async fn void_all_of(
    connection: &impl ConnectionTrait,
    context: &Context,
    accounts: &[AccountId],
) -> Result<()> {
    pre_sessions::Entity::update_many()
        .col_expr(pre_sessions::Column::FinishedAt, context.now().into())
        .filter(pre_sessions::Column::AccountId.is_in(accounts.iter().copied()))
        .filter(pre_sessions::Column::FinishedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Removes what is over.
pub async fn purge(context: &Context) -> Result<()> {
    let transaction = context.database.begin().await?;
    pre_sessions::Entity::delete_many()
        .filter(pre_sessions::Column::ExpiresAt.lt(context.now()))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
