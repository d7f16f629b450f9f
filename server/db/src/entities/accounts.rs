//! A person's account.

use sea_orm::entity::prelude::*;
use types::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    pub store_id: StoreId,
    pub email: String,
    /// What makes two addresses the same; unique in the store.
    pub email_key: String,
    pub username: Option<String>,
    pub first_name: String,
    pub last_name: String,
    /// What the list shows and, folded, sorts by.
    pub name: String,
    pub name_key: String,
    pub phone: Option<String>,
    /// Custom attributes as JSON: key and value; `None` when there are none.
    pub attribute_values: Option<String>,
    /// Name, e-mail, username and phone, folded: what the search looks into.
    pub search_text: String,
    pub email_verified_at: Option<Timestamp>,
    /// Has a credential of its own and may sign in (O2).
    pub onboarded_at: Option<Timestamp>,
    /// When the link of the last activation mail was made; with no `onboarded_at` that is
    /// "pending activation".
    pub activation_sent_at: Option<Timestamp>,
    /// When that link stops working.
    pub activation_expires_at: Option<Timestamp>,
    /// From then on the password does not sign in (A7).
    pub password_expires_at: Option<Timestamp>,
    /// When the next mail about that is due.
    pub password_notice_at: Option<Timestamp>,
    pub disabled_at: Option<Timestamp>,
    pub disabled_reason: Option<String>,
    pub deleted_at: Option<Timestamp>,
    pub locked_until: Option<Timestamp>,
    /// 0: never. Not null, so that the list can page by it.
    pub last_sign_in_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Rises with every change; an edit names the one it began from.
    pub version: i64,
    /// The kind of the default second factor; none: there is no second factor.
    pub second_factor: Option<String>,
    /// The number that was confirmed by a code; another `phone` is not verified.
    pub verified_phone: Option<String>,
    /// How many devices it may have; none: as many as the settings say.
    pub device_limit: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
