//! **Email code** and **SMS code** (S2): codes go to an address or a number that a code has verified.
//!
//! There is one of each kind: another address takes the place of the earlier one. The factor has its own
//! address; while that is the account's, it does not outlive the account's losing it.

use db::entities::{accounts, authenticators, code_addresses};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use types::authenticators::{CodeAddress, FactorKind};
use types::events::{EventKind, FieldChange};
use types::messages::Channel;
use types::settings::SignIn;
use types::{AccountId, AuthenticatorId, EmailAddress};

use super::{own, settle_default};
use crate::codes::{self, Checked, CodeFor, OpenCode, Wanted};
use crate::events::{self, Event};
use crate::messages::{Alert, alert};
use crate::sealing::Purpose;
use crate::{Context, Error, Holder, Result, Roster, phones, settings};

/// The address or number as it is kept.
///
/// # Errors
/// Field error `address`.
pub(crate) fn parsed(channel: Channel, address: &str) -> Result<String> {
    let parsed = match channel {
        Channel::Mail => EmailAddress::parse(address).map(|address| address.as_str().to_owned()),
        Channel::Sms => match types::phone_number::parse(address) {
            Ok(Some(number)) => phones::check(&number),
            Ok(None) => Err("Please give a telephone number.".into()),
            Err(why) => Err(why),
        },
    };
    parsed.map_err(|why| Error::field("address", why))
}

/// The kinds that can be set up here: allowed by the settings, and codes can be sent.
pub(crate) async fn kinds_to_set_up(
    connection: &impl ConnectionTrait,
    roster: &Roster,
    account: &accounts::Model,
) -> Result<Vec<FactorKind>> {
    let settings = settings::read::<SignIn>(connection, account.store_id).await?;
    let mut kinds = Vec::new();
    for (kind, allowed) in [(FactorKind::EmailCode, settings.email_codes), (FactorKind::SmsCode, settings.sms_codes)] {
        let Some(channel) = kind.channel().filter(|_| allowed) else { continue };
        if codes::can_send(connection, roster, account, channel).await? {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}

/// What the page of a set-up begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// The code that waits to be typed.
    pub sent: Option<OpenCode>,
    /// The address to begin with: the one that staff have added, else the account's own.
    pub suggested: Option<String>,
    /// Whether this kind can be set up here.
    pub is_possible: bool,
}

pub(crate) async fn begun(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    kind: FactorKind,
    bound_to: &str,
) -> Result<Begun> {
    let what = CodeFor::set_up(kind).ok_or(Error::NotFound("second factor"))?;
    let added = code_addresses::Entity::find_by_id((account.id, kind.key().to_owned())).one(connection).await?;
    let own = match kind {
        FactorKind::EmailCode => Some(account.email.clone()),
        _ => account.phone.clone(),
    };
    Ok(Begun {
        sent: codes::open(connection, account.id, what, bound_to, context.now()).await?,
        suggested: added.map(|row| row.address).or(own),
        is_possible: kinds_to_set_up(connection, context, account).await?.contains(&kind),
    })
}

/// For the holder's own page.
pub async fn look(context: &Context, holder: &Holder, kind: FactorKind) -> Result<Begun> {
    let connection = context.database.read();
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    begun(connection, context, &account, kind, &holder.session.to_string()).await
}

/// Sends a code to the address that is to be verified. `None`: to the one of the last code again.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `address`; [`Error::Conflict`] when no code can be sent now.
pub async fn send_own(context: &Context, holder: &Holder, kind: FactorKind, address: Option<&str>) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = own::locked(&transaction, holder).await?;
    send_to_set_up(&transaction, context, &account, kind, address, &holder.session.to_string()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Sets the factor up with the code.
///
/// # Errors
/// [`Error::ProofNeeded`]; field error `code`.
pub async fn confirm_own(context: &Context, holder: &Holder, kind: FactorKind, code: &str) -> Result<()> {
    holder.require_recent_proof(context.now())?;
    let transaction = context.database.begin().await?;
    let account = own::locked(&transaction, holder).await?;
    let session = holder.session.to_string();
    let enrolled = enrol(&transaction, context, &account, Some(holder), kind, &session, code).await?;
    transaction.commit().await?;
    enrolled.map_err(|checked| checked.refusal())
}

/// Inside the caller's transaction; `account` is locked.
pub(crate) async fn send_to_set_up(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    kind: FactorKind,
    address: Option<&str>,
    bound_to: &str,
) -> Result<()> {
    let (what, channel) = CodeFor::set_up(kind).zip(kind.channel()).ok_or(Error::NotFound("second factor"))?;
    if !kinds_to_set_up(transaction, context, account).await?.contains(&kind) {
        return Err(Error::not_allowed(format!("“{}” cannot be set up here.", kind.label())));
    }
    let address = codes::address_for(transaction, context, account.id, (what, channel), bound_to, address).await?;
    codes::send(transaction, context, Wanted { account, what, channel, address: &address, bound_to }).await
}

/// Stores the factor when the code is right, in the place of an earlier one of its kind; else says what
/// the code was, which the caller commits. `account` is locked.
pub(crate) async fn enrol(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    holder: Option<&Holder>,
    kind: FactorKind,
    bound_to: &str,
    code: &str,
) -> Result<Result<(), Checked>> {
    let what = CodeFor::set_up(kind).ok_or(Error::NotFound("second factor"))?;
    let by = |event: Event| match holder {
        Some(holder) => event.by(holder).on(account.id),
        None => event.by_account(account.id).on(account.id),
    };
    let address = match codes::prove(transaction, context, account.id, what, bound_to, code, by).await? {
        Ok(address) => address,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let before = of_kind(transaction, account.id, kind).await?;
    let of_kind = authenticators::Entity::delete_many()
        .filter(authenticators::Column::AccountId.eq(account.id))
        .filter(authenticators::Column::Kind.eq(kind.key()));
    of_kind.exec(transaction).await?;
    code_addresses::Entity::delete_by_id((account.id, kind.key().to_owned())).exec(transaction).await?;
    let row = authenticators::ActiveModel {
        id: Set(AuthenticatorId(context.id())),
        account_id: Set(account.id),
        kind: Set(kind.key().into()),
        name: Set(address.clone()),
        secret: Set(seal(context, account.id, &address)?),
        credential_id: Set(Some(print(context, account.id, kind, &address))),
        last_step: Set(0),
        created_at: Set(context.now()),
        // It has just been proven.
        last_used_at: Set(context.now()),
    };
    authenticators::Entity::insert(row).exec_without_returning(transaction).await?;
    settle_default(transaction, context, account, None).await?;
    let change = FieldChange::new("authenticator", before.map(|row| row.name).as_deref(), Some(&address));
    let event = by(Event::new(EventKind::AuthenticatorAdded)).note(Some(kind.label()));
    events::write(transaction, context, event.changes(vec![change])).await?;
    alert(transaction, context, account, Alert::SecondFactorAdded).await?;
    Ok(Ok(()))
}

fn seal(context: &Context, account: AccountId, address: &str) -> Result<String> {
    context.sealer.seal(&context.random, Purpose::CodeAddress, account, address.as_bytes())
}

/// What the factor of an address is found by.
fn print(context: &Context, account: AccountId, kind: FactorKind, address: &str) -> String {
    let key = format!("{}\n{}", kind.key(), address.to_ascii_lowercase());
    context.sealer.fingerprint(Purpose::CodeAddress, account, &key)
}

async fn of_kind(
    connection: &impl ConnectionTrait,
    account: AccountId,
    kind: FactorKind,
) -> Result<Option<authenticators::Model>> {
    Ok(authenticators::Entity::find()
        .filter(authenticators::Column::AccountId.eq(account))
        .filter(authenticators::Column::Kind.eq(kind.key()))
        .one(connection)
        .await?)
}

/// Where the codes of the account's factor of this kind go, and the factor's row.
pub(crate) async fn address_of(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    kind: FactorKind,
) -> Result<Option<(authenticators::Model, String)>> {
    let Some(row) = of_kind(connection, account, kind).await? else { return Ok(None) };
    let opened = context.sealer.open(Purpose::CodeAddress, account, &row.secret);
    let address = opened.and_then(|bytes| String::from_utf8(bytes).ok());
    let address = address.ok_or_else(|| Error::Internal(format!("the address of {} does not open", row.id)))?;
    Ok(Some((row, address)))
}

/// A sign-in and the factor that it is asked for: a code is of both.
fn bound(sign_in: &str, factor: &authenticators::Model) -> String {
    format!("{sign_in} {}", factor.id)
}

/// Sends a code to sign in with; `account` is locked.
///
/// # Errors
/// [`Error::NotFound`] for a factor that the account lacks, or whose codes are not sent;
/// [`Error::Conflict`] when none can be sent now.
pub(crate) async fn send_to_sign_in(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: &accounts::Model,
    kind: FactorKind,
    sign_in: &str,
) -> Result<()> {
    let not_found = || Error::NotFound("second factor");
    // Asked first: what a factor of another kind keeps is no address.
    let channel = kind.channel().ok_or_else(not_found)?;
    let found = address_of(transaction, context, account.id, kind).await?;
    let (factor, address) = found.ok_or_else(not_found)?;
    let bound_to = bound(sign_in, &factor);
    let wanted = Wanted { account, what: CodeFor::SignIn, channel, address: &address, bound_to: &bound_to };
    codes::send(transaction, context, wanted).await
}

/// Where codes of a kind go, and whether one was sent for this sign-in and still works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeWay {
    pub kind: FactorKind,
    pub address: String,
    pub is_sent: bool,
}

pub(crate) async fn way(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    kind: FactorKind,
    sign_in: &str,
) -> Result<Option<CodeWay>> {
    let Some((factor, address)) = address_of(connection, context, account, kind).await? else { return Ok(None) };
    let open = codes::open(connection, account, CodeFor::SignIn, &bound(sign_in, &factor), context.now()).await?;
    Ok(Some(CodeWay { kind, address, is_sent: open.is_some() }))
}

/// Whether the code is the one that was sent for this sign-in; it is used up then.
pub(crate) async fn accept(
    transaction: &DatabaseTransaction,
    context: &Context,
    account: AccountId,
    kind: FactorKind,
    sign_in: &str,
    code: &str,
) -> Result<bool> {
    let Some(factor) = of_kind(transaction, account, kind).await? else { return Ok(false) };
    let bound_to = bound(sign_in, &factor);
    let checked = codes::check(transaction, context, account, CodeFor::SignIn, &bound_to, code).await?;
    if !matches!(checked, Checked::Right { .. }) {
        return Ok(false);
    }
    authenticators::Entity::update_many()
        .col_expr(authenticators::Column::LastUsedAt, context.now().into())
        .filter(authenticators::Column::Id.eq(factor.id))
        .exec(transaction)
        .await?;
    Ok(true)
}

/// The holder has verified another address of the account: the factor that went to the old one goes there.
pub(crate) async fn follow(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    kind: FactorKind,
    old: &str,
    new: &str,
) -> Result<()> {
    codes::void_all_of(connection, &[account], context.now()).await?;
    let Some(row) = bound_to_address(connection, context, account, kind, old).await? else { return Ok(()) };
    let mut update = authenticators::Entity::update_many()
        .col_expr(authenticators::Column::Secret, seal(context, account, new)?.into())
        .col_expr(authenticators::Column::CredentialId, print(context, account, kind, new).into());
    if row.name == old {
        update = update.col_expr(authenticators::Column::Name, new.into());
    }
    update.filter(authenticators::Column::Id.eq(row.id)).exec(connection).await?;
    Ok(())
}

/// Whether the codes of a factor go to this address.
pub(crate) async fn is_bound(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    kind: FactorKind,
    address: &str,
) -> Result<bool> {
    Ok(bound_to_address(connection, context, account, kind, address).await?.is_some())
}

/// Staff have taken an address from the account: a factor whose codes go there ends; gives whether there was
/// one. `account`: as it was.
pub(crate) async fn forget_bound(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    kind: FactorKind,
    old: &str,
) -> Result<bool> {
    codes::void_all_of(connection, &[account.id], context.now()).await?;
    let Some(row) = bound_to_address(connection, context, account.id, kind, old).await? else { return Ok(false) };
    super::remove_one(connection, context, account, &row).await?;
    let change = FieldChange::new("authenticator", Some(&row.name), None);
    let event = Event::new(EventKind::AuthenticatorRemoved).on(account.id).changes(vec![change]);
    events::write(connection, context, event.note(Some("the account has another address"))).await?;
    alert(connection, context, account, Alert::SecondFactorRemovedByStaff).await?;
    Ok(true)
}

async fn bound_to_address(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: AccountId,
    kind: FactorKind,
    address: &str,
) -> Result<Option<authenticators::Model>> {
    Ok(authenticators::Entity::find()
        .filter(authenticators::Column::AccountId.eq(account))
        .filter(authenticators::Column::CredentialId.eq(print(context, account, kind, address)))
        .one(connection)
        .await?)
}

/// What staff have added and the holder has not verified yet.
pub(crate) async fn unverified(connection: &impl ConnectionTrait, account: AccountId) -> Result<Vec<CodeAddress>> {
    let rows =
        code_addresses::Entity::find().filter(code_addresses::Column::AccountId.eq(account)).all(connection).await?;
    let as_address = |row: code_addresses::Model| {
        Some(CodeAddress { kind: FactorKind::from_key(&row.kind)?, address: row.address, added_at: row.added_at })
    };
    Ok(rows.into_iter().filter_map(as_address).collect())
}
