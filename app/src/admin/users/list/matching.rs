//! How many match (U4): the page says it when it knows; else it is asked for once the rows are there.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::user_list::{Filter, MatchCount};

use super::{List, address};
use crate::admin::users::api::count_matching;

/// What was counted last, and for which filter.
pub type Counted = RwSignal<Option<(Filter, MatchCount)>>;

/// Counts whenever a page came without its number.
pub fn watch(list: List) {
    Effect::new(move || {
        let uncounted = list.pages.with(|page| match page {
            Some((address, Ok(page))) if page.count.is_none() => Some(address::state_of(address).filter),
            _ => None,
        });
        let Some(filter) = uncounted else { return };
        if list.counted.with_untracked(|counted| matches!(counted, Some((of, _)) if *of == filter)) {
            return;
        }
        spawn_local(async move {
            let count = count_matching(filter.clone()).await;
            let still_asked = list.state.try_with_untracked(|state| state.filter == filter) == Some(true);
            if let (Ok(count), true) = (count, still_asked) {
                let _ = list.counted.try_set(Some((filter, count)));
            }
        });
    });
}

/// How many match a filter whose page knows this much; `None`: it is being counted.
pub fn count(list: List, filter: Filter, known: Option<MatchCount>) -> Signal<Option<MatchCount>> {
    Signal::derive(move || {
        known.or_else(|| list.counted.with(|counted| counted.as_ref().filter(|(of, _)| *of == filter).map(|it| it.1)))
    })
}
