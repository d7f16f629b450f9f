//! Search and page of a list in its address: `q`, `after`, `before`.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use types::user_list::Position;

use crate::ui::page_error::percent_encode;
use crate::ui::pager::PagerLinks;

/// What the address asks for.
pub type Asked = (String, Position);

/// Follows the browser's address.
pub fn use_asked() -> Memo<Asked> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| {
            let some = |name: &str| query.get(name).filter(|value| !value.is_empty());
            let position = match (some("after"), some("before")) {
                (Some(after), _) if after == "last" => Position::Last,
                (Some(after), _) => Position::After(after),
                (None, Some(before)) => Position::Before(before),
                (None, None) => Position::First,
            };
            (some("q").unwrap_or_default(), position)
        })
    })
}

pub fn href(path: &str, q: &str, position: &Position) -> String {
    let mut pairs = Vec::new();
    if !q.is_empty() {
        pairs.push(format!("q={}", percent_encode(q)));
    }
    match position {
        Position::First => {}
        Position::Last => pairs.push("after=last".to_owned()),
        Position::After(cursor) => pairs.push(format!("after={}", percent_encode(cursor))),
        Position::Before(cursor) => pairs.push(format!("before={}", percent_encode(cursor))),
    }
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Where the pages around this one are.
pub fn links(path: &str, q: &str, before: Option<&String>, after: Option<&String>) -> PagerLinks {
    let at = |position: Position| href(path, q, &position);
    PagerLinks {
        first: before.map(|_| at(Position::First)),
        previous: before.map(|cursor| at(Position::Before(cursor.clone()))),
        next: after.map(|cursor| at(Position::After(cursor.clone()))),
        last: after.map(|_| at(Position::Last)),
    }
}
