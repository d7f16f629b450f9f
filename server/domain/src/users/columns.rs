//! From the fields of a form to the columns of a row, and back; what an edit changed.

use db::entities::accounts;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, SqlErr};
use types::accounts::{AccountFields, AccountForm};
use types::attributes::Values;
use types::authenticators::FactorKind;
use types::events::FieldChange;
use types::fold::fold;
use types::person_name::display_name;
use types::{EmailAddress, FieldErrors, StoreId, Timestamp};

use crate::attributes::{self, Attributes, Editor};
use crate::authenticators::code_factor;
use crate::{Context, Error, Result, phones};

/// The columns that follow from the fields; the rest is not set.
pub(crate) fn set(fields: &AccountFields) -> accounts::ActiveModel {
    let AccountFields { email, username, first_name, last_name, phone } = fields;
    let name = display_name(first_name, last_name, username.as_deref(), email.as_str());
    let words = [Some(name.as_str()), Some(email.as_str()), username.as_deref(), phone.as_deref()];
    let search_text = fold(&words.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    accounts::ActiveModel {
        email: Set(email.as_str().to_owned()),
        email_key: Set(email.key()),
        username: Set(username.clone()),
        first_name: Set(first_name.clone()),
        last_name: Set(last_name.clone()),
        name_key: Set(fold(&name)),
        name: Set(name),
        phone: Set(phone.clone()),
        search_text: Set(search_text),
        ..Default::default()
    }
}

/// The stored built-in fields, as a form shows them.
pub(crate) fn form_of(account: &accounts::Model) -> AccountForm {
    AccountForm {
        email: account.email.clone(),
        username: account.username.clone().unwrap_or_default(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        phone: account.phone.clone().unwrap_or_default(),
        attributes: Values::new(),
    }
}

/// The same with the custom attributes that the editor may see.
pub(crate) fn whole_form_of(account: &accounts::Model, attributes: &Attributes, editor: Editor) -> AccountForm {
    let values = attributes::read(account.attribute_values.as_deref());
    AccountForm { attributes: attributes.values_for(editor, &values), ..form_of(account) }
}

/// The stored fields, as they would be parsed.
pub(crate) fn fields_of(account: &accounts::Model) -> Result<AccountFields> {
    Ok(AccountFields {
        email: EmailAddress::parse(&account.email).map_err(Error::Internal)?,
        username: account.username.clone(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        phone: account.phone.clone(),
    })
}

/// What storing `fields` would change.
pub(crate) fn differences(account: &accounts::Model, fields: &AccountFields) -> Vec<FieldChange> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let pairs = [
        ("email", some(&account.email), some(fields.email.as_str())),
        ("username", account.username.clone(), fields.username.clone()),
        ("first_name", some(&account.first_name), some(&fields.first_name)),
        ("last_name", some(&account.last_name), some(&fields.last_name)),
        ("phone", account.phone.clone(), fields.phone.clone()),
    ];
    pairs
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| FieldChange { field: field.into(), old, new })
        .collect()
}

/// The addresses that storing `fields` takes from the account, and the second factor whose codes may go there.
fn lost(account: &accounts::Model, fields: &AccountFields) -> Vec<(FactorKind, String)> {
    let email = (fields.email.key() != account.email_key).then(|| (FactorKind::EmailCode, account.email.clone()));
    // Numbers that are there for long may be written in another way than those that codes go to.
    let international = |phone: &str| phones::check(phone).unwrap_or_else(|_| phone.to_owned());
    let before = account.phone.as_deref().map(international);
    let phone = before.filter(|before| fields.phone.as_deref().map(international).as_ref() != Some(before));
    email.into_iter().chain(phone.map(|phone| (FactorKind::SmsCode, phone))).collect()
}

/// Whether a second factor would end with an address that storing `fields` takes from the account.
pub(crate) async fn takes_a_factor(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    fields: &AccountFields,
) -> Result<bool> {
    for (kind, old) in lost(account, fields) {
        if code_factor::is_bound(connection, context, account.id, kind, &old).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Stores the fields of a row that the transaction has locked; the version rises by one. The custom
/// attributes stay as they are. A second factor whose codes went to an address that the account loses
/// here ends with it; gives whether one did.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    context: &Context,
    account: &accounts::Model,
    fields: &AccountFields,
) -> Result<bool> {
    let mut row = set(fields);
    // A new address is not a verified one.
    if fields.email.key() != account.email_key {
        row.email_verified_at = Set(None);
    }
    row.updated_at = Set(context.now());
    row.version = Set(account.version + 1);
    let updated =
        accounts::Entity::update_many().set(row).filter(accounts::Column::Id.eq(account.id)).exec(connection).await;
    updated.map_err(at_field)?;
    // What went to an address that is not the account's any more.
    let mut factor_ended = false;
    for (kind, old) in lost(account, fields) {
        factor_ended |= code_factor::forget_bound(connection, context, account, kind, &old).await?;
    }
    Ok(factor_ended)
}

const USERNAME_TAKEN: &str = "Somebody has this username already. Please choose another.";
const EMAIL_TAKEN: &str = "Somebody has this e-mail address already.";
const IN_BIN: &str = "Somebody in the recycle bin has this. Restore them, or delete them permanently first.";

/// Adds an error for the address and for the username that another account of the store has.
pub(crate) async fn refuse_taken(
    connection: &impl ConnectionTrait,
    store: StoreId,
    account: Option<types::AccountId>,
    fields: &AccountFields,
    errors: &mut FieldErrors,
) -> Result<()> {
    let others = || {
        let of_store = accounts::Entity::find().filter(accounts::Column::StoreId.eq(store));
        match account {
            Some(id) => of_store.filter(accounts::Column::Id.ne(id)),
            None => of_store,
        }
    };
    let told = |found: accounts::Model, taken| if found.deleted_at.is_some() { IN_BIN } else { taken };
    if let Some(found) = others().filter(accounts::Column::EmailKey.eq(fields.email.key())).one(connection).await? {
        errors.add("email", told(found, EMAIL_TAKEN));
    }
    if let Some(username) = &fields.username
        && let Some(found) = others().filter(accounts::Column::Username.eq(username)).one(connection).await?
    {
        errors.add("username", told(found, USERNAME_TAKEN));
    }
    Ok(())
}

/// The error at its field when a unique index refused the row.
pub(crate) fn at_field(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) if message.contains("username") => {
            Error::field("username", USERNAME_TAKEN)
        }
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::field("email", EMAIL_TAKEN),
        _ => error.into(),
    }
}

/// A whole new row. Made by one function, so that the search text is never forgotten.
pub(crate) fn new_row(
    id: types::AccountId,
    store: StoreId,
    fields: &AccountFields,
    now: Timestamp,
) -> accounts::ActiveModel {
    accounts::ActiveModel {
        id: Set(id),
        store_id: Set(store),
        attribute_values: Set(None),
        email_verified_at: Set(None),
        onboarded_at: Set(None),
        activation_sent_at: Set(None),
        activation_expires_at: Set(None),
        password_expires_at: Set(None),
        password_notice_at: Set(None),
        disabled_at: Set(None),
        disabled_reason: Set(None),
        deleted_at: Set(None),
        locked_until: Set(None),
        last_sign_in_at: Set(Timestamp(0)),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
        second_factor: Set(None),
        verified_phone: Set(None),
        device_limit: Set(None),
        ..set(fields)
    }
}

/// The column's value raised by one: every change of a row names a new version.
pub(crate) fn next_version() -> Expr {
    use sea_orm::sea_query::ExprTrait;
    Expr::col(accounts::Column::Version).add(1)
}
