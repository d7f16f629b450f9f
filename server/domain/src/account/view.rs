//! What the holder sees of their account.

use db::entities::accounts;
use sea_orm::EntityTrait;
use types::Timestamp;
use types::attributes::{AttributeDefinition, Values};

use crate::attributes::{self, Attributes, Editor};
use crate::{Database, Error, Holder, Result};

#[derive(Clone, Debug)]
pub struct OwnAccount {
    pub name: String,
    pub email: String,
    pub username: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    /// Whether the number was confirmed by a code.
    pub phone_is_verified: bool,
    /// The store's attributes that the holder may see, in their order.
    pub attributes: Vec<AttributeDefinition>,
    pub values: Values,
    /// Rises with every change; an edit names the one it began from.
    pub version: i64,
    pub created_at: Timestamp,
    pub is_staff: bool,
}

pub async fn view(database: &Database, holder: &Holder) -> Result<OwnAccount> {
    let connection = database.read();
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    let attributes = Attributes::of_store(connection, account.store_id).await?;
    let values = attributes::read(account.attribute_values.as_deref());
    let phone_is_verified = super::change_mobile::is_verified(&account);
    Ok(OwnAccount {
        name: account.name,
        email: account.email,
        username: account.username,
        first_name: account.first_name,
        last_name: account.last_name,
        phone_is_verified,
        phone: account.phone,
        values: attributes.values_for(Editor::Holder, &values),
        attributes: attributes.shown_to(Editor::Holder),
        version: account.version,
        created_at: account.created_at,
        is_staff: holder.is_staff(),
    })
}
