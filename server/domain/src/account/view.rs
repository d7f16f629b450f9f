//! What the holder sees of their account.

use db::entities::accounts;
use sea_orm::EntityTrait;
use types::Timestamp;

use crate::{Database, Error, Holder, Result};

#[derive(Clone, Debug)]
pub struct OwnAccount {
    pub name: String,
    pub email: String,
    pub username: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub created_at: Timestamp,
    pub is_staff: bool,
}

pub async fn view(database: &Database, holder: &Holder) -> Result<OwnAccount> {
    let account = accounts::Entity::find_by_id(holder.account).one(database.read()).await?.ok_or(Error::SignIn)?;
    Ok(OwnAccount {
        name: account.name,
        email: account.email,
        username: account.username,
        first_name: account.first_name,
        last_name: account.last_name,
        phone: account.phone,
        created_at: account.created_at,
        is_staff: holder.is_staff(),
    })
}
