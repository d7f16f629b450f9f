//! Identity stores as the console lists them (D1).

use serde::{Deserialize, Serialize};

use crate::StoreId;
use crate::attributes::AttributeDefinition;

/// A line of **Identity stores**.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreRow {
    pub id: StoreId,
    pub name: String,
    /// The one that staff sign in from; it stays.
    pub is_default: bool,
    /// Accounts that are not deleted; `None` for who does not see everybody.
    pub accounts: Option<i64>,
    pub attributes: i64,
}

/// One store with its attributes, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreView {
    pub store: StoreRow,
    pub attributes: Vec<AttributeRow>,
    /// Whether the reader may change any of it.
    pub may_manage: bool,
}

/// An attribute, and how far the work on it is that its last change has caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeRow {
    pub definition: AttributeDefinition,
    pub work: Option<AttributeWork>,
    /// Removed already; its values are still being cleared away.
    pub removed: bool,
}

/// How many accounts have been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeWork {
    pub done: i64,
    pub total: i64,
}
