//! **Saved views** (U8): states of the user list that have a name.

use serde::{Deserialize, Serialize};

use crate::SavedViewId;
use crate::user_list::ListState;

/// The longest name, in characters.
pub const NAME_MOST: usize = 80;

/// One view as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: SavedViewId,
    pub name: String,
    /// From its first page on.
    pub state: ListState,
    /// Offered to all administrators.
    pub is_shared: bool,
    /// Whose it is; `None`: the reader's.
    pub owner: Option<String>,
    /// Whether the reader may change and delete it.
    pub editable: bool,
    /// Rises with every change; a change names the one it began from.
    pub version: i64,
}

/// What of a view can be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedViewForm {
    pub name: String,
    pub state: ListState,
    pub is_shared: bool,
}
