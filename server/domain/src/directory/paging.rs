//! Pages of short lists, forwards and backwards: the cursor is what the list is sorted by, and the id,
//! of the outermost row. Whatever it says is compared with rows that the reader may see, never looked up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use types::user_list::Position;
use uuid::Uuid;

/// Rows on a page.
pub const ROWS: usize = 50;

/// Where a page ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub id: Uuid,
    /// What the list is sorted by before the id; `""` for a list in the order of ids.
    pub key: String,
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (id, key) = text.split_once(' ')?;
        // PostgreSQL has no NUL in text.
        (!key.contains('\0')).then_some(Self { id: id.parse().ok()?, key: key.to_owned() })
    }

    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {}", self.id, self.key))
    }
}

/// What of a list is wanted.
pub struct Window {
    pub backwards: bool,
    pub cursor: Option<Cursor>,
}

impl Window {
    /// A cursor that makes no sense begins at the first page.
    pub fn of(position: &Position) -> Self {
        let (text, backwards) = match position {
            Position::First => (None, false),
            Position::Last => (None, true),
            Position::After(text) => (Some(text), false),
            Position::Before(text) => (Some(text), true),
        };
        let cursor = text.and_then(|text| Cursor::read(text));
        Self { backwards: backwards && (cursor.is_some() || text.is_none()), cursor }
    }

    /// `>` and `ASC`, or their opposites.
    pub fn order(&self) -> (&'static str, &'static str) {
        if self.backwards { ("<", "DESC") } else { (">", "ASC") }
    }

    /// The rows in the list's order, and the cursors of the pages around them. `rows` has one more
    /// than a page when there are more.
    pub fn cut<Row>(
        &self,
        mut rows: Vec<Row>,
        place: impl Fn(&Row) -> (Uuid, String),
    ) -> (Vec<Row>, Option<String>, Option<String>) {
        let more = rows.len() > ROWS;
        rows.truncate(ROWS);
        if self.backwards {
            rows.reverse();
        }
        let (before, after) =
            if self.backwards { (more, self.cursor.is_some()) } else { (self.cursor.is_some(), more) };
        let cursor = |row: Option<&Row>| {
            let (id, key) = place(row?);
            Some(Cursor { id, key }.write())
        };
        let (before, after) =
            (before.then(|| cursor(rows.first())).flatten(), after.then(|| cursor(rows.last())).flatten());
        (rows, before, after)
    }
}
