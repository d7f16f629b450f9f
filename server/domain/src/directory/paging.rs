//! Pages of short lists, forwards and backwards: the cursor is the id of the outermost row.

use types::user_list::Position;
use uuid::Uuid;

/// Rows on a page.
pub const ROWS: usize = 50;

/// What of a list is wanted.
pub struct Window {
    pub backwards: bool,
    pub cursor: Option<Uuid>,
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
        let cursor = text.and_then(|text| text.parse().ok());
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
        id: impl Fn(&Row) -> Uuid,
    ) -> (Vec<Row>, Option<String>, Option<String>) {
        let more = rows.len() > ROWS;
        rows.truncate(ROWS);
        if self.backwards {
            rows.reverse();
        }
        let (before, after) =
            if self.backwards { (more, self.cursor.is_some()) } else { (self.cursor.is_some(), more) };
        let cursor = |row: Option<&Row>| row.map(|row| id(row).to_string());
        let (before, after) =
            (before.then(|| cursor(rows.first())).flatten(), after.then(|| cursor(rows.last())).flatten());
        (rows, before, after)
    }
}
