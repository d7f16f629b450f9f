//! Links that act for an account, once: activation, password reset, a new e-mail address.
//!
//! A link is a token of 256 random bits, kept as its hash. Making one voids the earlier ones of its
//! kind. Links that are over stay for a while, so that their page can say why they do not work.

use db::entities::{account_links as links, accounts};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::{AccountId, Timestamp};

use crate::codes::HOUR_SECONDS;
use crate::tokens::{self, Token};
use crate::{Context, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    Activation,
    PasswordReset,
    EmailChange,
}

impl LinkKind {
    pub const ALL: [Self; 3] = [Self::Activation, Self::PasswordReset, Self::EmailChange];

    fn key(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::PasswordReset => "password_reset",
            Self::EmailChange => "email_change",
        }
    }
}

/// Why a link does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkProblem {
    /// Never was one, or too long ago to know, or its account is not there any more.
    Unknown,
    Used,
    Expired,
    /// A later link took its place, or the account was changed since.
    Replaced,
}

/// A link to be made.
pub(crate) struct NewLink {
    pub account: AccountId,
    /// The address that following it proves; none when it is handed over in another way.
    pub email: Option<String>,
    pub works_seconds: i64,
}

/// Makes one link for each account; gives the tokens in the same order.
pub(crate) async fn make_all(
    connection: &impl ConnectionTrait,
    context: &Context,
    kind: LinkKind,
    wanted: Vec<NewLink>,
) -> Result<Vec<Token>> {
    let now = context.now();
    let accounts: Vec<_> = wanted.iter().map(|link| link.account).collect();
    void(connection, &accounts, &[kind], now).await?;
    let mut tokens = Vec::with_capacity(wanted.len());
    let mut rows = Vec::with_capacity(wanted.len());
    for link in wanted {
        let token = Token::new(&context.random);
        rows.push(links::ActiveModel {
            token_hash: Set(token.hash()),
            account_id: Set(link.account),
            kind: Set(kind.key().into()),
            email: Set(link.email),
            created_at: Set(now),
            expires_at: Set(now.plus_seconds(link.works_seconds)),
            used_at: Set(None),
            voided_at: Set(None),
        });
        tokens.push(token);
    }
    if !rows.is_empty() {
        links::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(tokens)
}

/// Makes one link.
pub(crate) async fn make(
    connection: &impl ConnectionTrait,
    context: &Context,
    kind: LinkKind,
    wanted: NewLink,
) -> Result<Token> {
    make_all(connection, context, kind, vec![wanted])
        .await?
        .pop()
        .ok_or_else(|| crate::Error::Internal("one link was asked for, and none was made".into()))
}

/// Ends what links of these kinds the accounts have.
pub(crate) async fn void(
    connection: &impl ConnectionTrait,
    accounts: &[AccountId],
    kinds: &[LinkKind],
    now: Timestamp,
) -> Result<()> {
    links::Entity::update_many()
        .col_expr(links::Column::VoidedAt, now.into())
        .filter(links::Column::AccountId.is_in(accounts.iter().copied()))
        .filter(links::Column::Kind.is_in(kinds.iter().map(|kind| kind.key())))
        .filter(links::Column::UsedAt.is_null())
        .filter(links::Column::VoidedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Ends all links that the accounts have: somebody may have them who is not to be let in any more. A pending
/// activation shows as expired.
pub(crate) async fn void_all(connection: &impl ConnectionTrait, accounts: &[AccountId], now: Timestamp) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    void(connection, accounts, &LinkKind::ALL, now).await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::ActivationExpiresAt, now.into())
        .filter(accounts::Column::Id.is_in(accounts.iter().copied()))
        .filter(accounts::Column::ActivationExpiresAt.gt(now))
        .exec(connection)
        .await?;
    Ok(())
}

/// The link of a token that would work now, or its row, if there is one, and why it does not.
pub(crate) async fn look(
    connection: &impl ConnectionTrait,
    context: &Context,
    kind: LinkKind,
    token: &str,
) -> Result<Result<links::Model, (Option<links::Model>, LinkProblem)>> {
    let found = links::Entity::find_by_id(tokens::hash(token))
        .filter(links::Column::Kind.eq(kind.key()))
        .one(connection)
        .await?;
    let Some(link) = found else { return Ok(Err((None, LinkProblem::Unknown))) };
    let problem = if link.used_at.is_some() {
        LinkProblem::Used
    } else if link.voided_at.is_some() {
        LinkProblem::Replaced
    } else if link.expires_at <= context.now() {
        LinkProblem::Expired
    } else {
        return Ok(Ok(link));
    };
    Ok(Err((Some(link), problem)))
}

/// Uses a link up; of two at once, one gets it.
pub(crate) async fn use_up(
    connection: &impl ConnectionTrait,
    context: &Context,
    kind: LinkKind,
    token: &str,
) -> Result<bool> {
    let used = links::Entity::update_many()
        .col_expr(links::Column::UsedAt, context.now().into())
        .filter(links::Column::TokenHash.eq(tokens::hash(token)))
        .filter(links::Column::Kind.eq(kind.key()))
        .filter(links::Column::UsedAt.is_null())
        .filter(links::Column::VoidedAt.is_null())
        .filter(links::Column::ExpiresAt.gt(context.now()))
        .exec(connection)
        .await?;
    Ok(used.rows_affected > 0)
}

/// Whether the account has used a link of the kind, as far back as links are kept.
pub(crate) async fn was_used(connection: &impl ConnectionTrait, kind: LinkKind, account: AccountId) -> Result<bool> {
    let used = links::Entity::find()
        .filter(links::Column::AccountId.eq(account))
        .filter(links::Column::Kind.eq(kind.key()))
        .filter(links::Column::UsedAt.is_not_null())
        .limit(1)
        .one(connection)
        .await?;
    Ok(used.is_some())
}

/// When the account's links of the kind were made in the last hour, the latest first.
pub(crate) async fn made_lately(
    connection: &impl ConnectionTrait,
    context: &Context,
    kind: LinkKind,
    account: AccountId,
) -> Result<Vec<Timestamp>> {
    Ok(links::Entity::find()
        .select_only()
        .column(links::Column::CreatedAt)
        .filter(links::Column::AccountId.eq(account))
        .filter(links::Column::Kind.eq(kind.key()))
        .filter(links::Column::CreatedAt.gt(context.now().plus_seconds(-HOUR_SECONDS)))
        .order_by_desc(links::Column::CreatedAt)
        .into_tuple()
        .all(connection)
        .await?)
}

/// The address of the account's latest link of the kind that still works.
pub(crate) async fn open_address(
    connection: &impl ConnectionTrait,
    context: &Context,
    kind: LinkKind,
    account: AccountId,
) -> Result<Option<String>> {
    let link = links::Entity::find()
        .filter(links::Column::AccountId.eq(account))
        .filter(links::Column::Kind.eq(kind.key()))
        .filter(links::Column::UsedAt.is_null())
        .filter(links::Column::VoidedAt.is_null())
        .filter(links::Column::ExpiresAt.gt(context.now()))
        .one(connection)
        .await?;
    Ok(link.and_then(|link| link.email))
}
