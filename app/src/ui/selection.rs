//! Which rows are selected: by id, so that it survives sorting, paging and searching (U11).

use std::collections::HashSet;
use std::hash::Hash;

/// Either rows by id, or everything that a filter matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection<Id: Eq + Hash, Filter> {
    ids: HashSet<Id>,
    /// Where a shift-click's range begins.
    anchor: Option<Id>,
    matching: Option<(Filter, i64)>,
}

impl<Id: Eq + Hash, Filter> Default for Selection<Id, Filter> {
    fn default() -> Self {
        Self { ids: HashSet::new(), anchor: None, matching: None }
    }
}

/// How much of the page is selected: the state of the checkbox in the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageState {
    None,
    Some,
    All,
}

impl<Id: Copy + Eq + Hash, Filter: Clone + PartialEq> Selection<Id, Filter> {
    /// How many: exact, also for all that match.
    pub fn count(&self) -> i64 {
        match &self.matching {
            Some((_, count)) => *count,
            None => self.ids.len() as i64,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Whether a row of a list with the filter `shown` is selected.
    pub fn contains(&self, id: Id, shown: &Filter) -> bool {
        match &self.matching {
            Some((filter, _)) => filter == shown,
            None => self.ids.contains(&id),
        }
    }

    /// Selects or releases one row. Releasing a row of "all that match" keeps the rest of the page.
    pub fn toggle(&mut self, id: Id, page: &[Id], shown: &Filter) {
        self.leave_matching(page, shown);
        if !self.ids.remove(&id) {
            self.ids.insert(id);
        }
        self.anchor = Some(id);
    }

    /// Shift-click: everything from the row clicked before to this one becomes as this one becomes.
    pub fn toggle_range(&mut self, id: Id, page: &[Id], shown: &Filter) {
        let place = |wanted: Id| page.iter().position(|row| *row == wanted);
        let (Some(from), Some(to)) = (self.anchor.and_then(place), place(id)) else {
            return self.toggle(id, page, shown);
        };
        self.leave_matching(page, shown);
        let select = !self.ids.contains(&id);
        for row in &page[from.min(to)..=from.max(to)] {
            if select {
                self.ids.insert(*row);
            } else {
                self.ids.remove(row);
            }
        }
        self.anchor = Some(id);
    }

    pub fn page_state(&self, page: &[Id], shown: &Filter) -> PageState {
        let selected = page.iter().filter(|id| self.contains(**id, shown)).count();
        match selected {
            0 => PageState::None,
            n if n == page.len() => PageState::All,
            _ => PageState::Some,
        }
    }

    /// The checkbox in the head: selects the page, or releases it when all of it is selected.
    pub fn toggle_page(&mut self, page: &[Id], shown: &Filter) {
        match self.page_state(page, shown) {
            PageState::All if self.matching.is_some() => self.clear(),
            PageState::All => page.iter().for_each(|id| {
                self.ids.remove(id);
            }),
            _ => {
                self.leave_matching(page, shown);
                self.ids.extend(page.iter().copied());
            }
        }
        self.anchor = None;
    }

    /// Everything that `filter` matches, of which there are `count`.
    pub fn select_matching(&mut self, filter: Filter, count: i64) {
        self.ids.clear();
        self.anchor = None;
        self.matching = Some((filter, count));
    }

    /// Forgets a row that is there no more.
    pub fn release(&mut self, id: Id) {
        self.ids.remove(&id);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The filter, when the selection is everything that it matches.
    pub fn matching(&self) -> Option<&Filter> {
        self.matching.as_ref().map(|(filter, _)| filter)
    }

    /// The ids, when rows were selected one by one.
    pub fn ids(&self) -> impl Iterator<Item = Id> {
        self.ids.iter().copied()
    }

    fn leave_matching(&mut self, page: &[Id], shown: &Filter) {
        if let Some((filter, _)) = self.matching.take()
            && filter == *shown
        {
            self.ids = page.iter().copied().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: [u32; 5] = [1, 2, 3, 4, 5];

    fn ids(selection: &Selection<u32, &str>) -> Vec<u32> {
        let mut ids: Vec<_> = selection.ids().collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn survives_another_page() {
        let mut selection = Selection::<u32, &str>::default();
        selection.toggle(2, &PAGE, &"");
        selection.toggle(9, &[8, 9], &"b");
        assert_eq!(ids(&selection), [2, 9]);
        assert_eq!(selection.page_state(&PAGE, &""), PageState::Some);
        selection.toggle(2, &PAGE, &"");
        assert_eq!(ids(&selection), [9]);
    }

    #[test]
    fn shift_selects_a_range_both_ways_and_releases_it() {
        let mut selection = Selection::<u32, &str>::default();
        selection.toggle(4, &PAGE, &"");
        selection.toggle_range(2, &PAGE, &"");
        assert_eq!(ids(&selection), [2, 3, 4]);
        selection.toggle_range(4, &PAGE, &"");
        assert!(selection.is_empty());
    }

    #[test]
    fn a_range_that_began_on_another_page_is_one_row() {
        let mut selection = Selection::<u32, &str>::default();
        selection.toggle(9, &[8, 9], &"");
        selection.toggle_range(3, &PAGE, &"");
        assert_eq!(ids(&selection), [3, 9]);
    }

    #[test]
    fn the_page_box_selects_and_releases_the_page_only() {
        let mut selection = Selection::<u32, &str>::default();
        selection.toggle(9, &[8, 9], &"");
        selection.toggle_page(&PAGE, &"");
        assert_eq!(selection.count(), 6);
        assert_eq!(selection.page_state(&PAGE, &""), PageState::All);
        selection.toggle_page(&PAGE, &"");
        assert_eq!(ids(&selection), [9]);
        assert_eq!(selection.page_state(&[], &""), PageState::None);
    }

    #[test]
    fn all_that_match_carries_filter_and_count() {
        let mut selection = Selection::<u32, &str>::default();
        selection.toggle(1, &PAGE, &"a");
        selection.select_matching("a", 12_345);
        assert_eq!((selection.count(), selection.matching()), (12_345, Some(&"a")));
        assert!(selection.contains(77, &"a"));
        assert!(!selection.contains(77, &"b"));
        // Releasing one row leaves the rest of the page.
        selection.toggle(3, &PAGE, &"a");
        assert_eq!(ids(&selection), [1, 2, 4, 5]);
        assert_eq!(selection.matching(), None);
    }

    #[test]
    fn the_page_box_releases_all_that_match() {
        let mut selection = Selection::<u32, &str>::default();
        selection.select_matching("a", 100);
        selection.toggle_page(&PAGE, &"a");
        assert!(selection.is_empty());
    }

    #[test]
    fn selecting_a_row_elsewhere_begins_anew() {
        let mut selection = Selection::<u32, &str>::default();
        selection.select_matching("a", 100);
        selection.toggle(3, &PAGE, &"b");
        assert_eq!(ids(&selection), [3]);
    }
}
